"""One partition in one process and one thread: prints what each step of its way costs, as JSON.

`python partition.py OBSERVATIONS FOLDER`; the answer comes from a publisher on this machine. Great Expectations is
imported before the clock runs, as it is in a worker after its first audit.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import great_expectations  # noqa: F401 - see above

from tests.scale.locational import write
from tests.scale.locational_flow import Publisher
from tests.sources.loopback import QUICK
from tradefin.partitioned.edition import publish
from tradefin.partitioned.flow import Partitions
from tradefin.project import Project
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store

COUNTRY = "GB"

found: dict[str, float] = {}


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Note how long something took."""
    began = time.perf_counter()
    yield
    found[f"{name}_s"] = time.perf_counter() - began


observations, folder = int(sys.argv[1]), Path(sys.argv[2])
write(folder / f"{COUNTRY}.csv", COUNTRY, observations)
(flow,) = Partitions.all(Builder(Project.find(), Store(folder / "outputs"), threads=1))
with Publisher(folder) as publisher, publisher.client(flow.publisher, replace(QUICK, bytes=1 << 30)) as client:
    with timed("ask"):
        flow.fetch(client, COUNTRY)
    with timed("ask again"):
        flow.fetch(client, COUNTRY)
with timed("make"):
    ref = flow.ref(COUNTRY)
with timed("audit"):
    flow.audit(ref)
with timed("publish"):
    publish(flow, COUNTRY, ref)
found["answer_MB"] = (folder / f"{COUNTRY}.csv").stat().st_size / 1e6
found["table_MB"] = flow.store.table_path(ref).stat().st_size / 1e6
print(json.dumps(found))
