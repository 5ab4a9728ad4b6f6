"""Fifty million observations by partition, on one worker and on two.

A flow in the layout of the BIS's locational banking statistics is generated, served by a publisher on this machine and
published by 48 runs, one for each reporting country: asked for (one worker at a time, as the publisher's pool says),
read strictly, typed, audited by every expectation of its contract, and put into the current edition. Dagster keeps its
runs in Postgres and hands the steps by Redis to Celery workers, each a process of its own; all of it shares the cores
with the workers, and so does the publisher. Time is from the first run to the end of the last; memory is the largest
resident set of a worker. Needs Debian's postgresql and redis-server.
"""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Command
from benchmarks.row import Row
from benchmarks.workshop import HERE, ROOT, Workshop
from tests.scale import servers
from tests.scale.locational import write
from tests.scale.locational_flow import Flowing, flowing
from tradefin.project import Project
from tradefin.sources.description import read_publishers

OBSERVATIONS = 50_000_000
_PARTITION = HERE / "scripts" / "partition.py"
_MILLION = 1_000_000
_RUNS = 3
_HOURS = 3 * 3600.0
_MEMORY_MIB = 2048
_TWO_BY_ONE = 0.65


def run(workshop: Workshop) -> list[Row]:
    """Publish the flow with one worker and with two."""
    countries = read_publishers(Project.find())["bis"].partitioned["locational_banking"].partitions
    return [*measure(workshop.scratch, countries, OBSERVATIONS), *costs(workshop)]


def costs(workshop: Workshop) -> list[Row]:
    """What each step of the way of a million observations costs, in one process and one thread."""
    folders = [workshop.scratch / f"costs{turn}" for turn in range(_RUNS)]
    told = []
    for folder in folders:
        folder.mkdir()
        argv = [workshop.python, _PARTITION, str(_MILLION), str(folder)]
        told.append(json.loads(Command(argv, {"PYTHONPATH": str(ROOT)}).run(folder).output.splitlines()[-1]))
    steps = {
        "ask": "asked over TLS, kept, parsed, compared with its description",
        "ask again": "asked again and answered 'unchanged'",
        "make": "read from the archive again, typed, sorted, written as Parquet",
        "audit": "audited by Great Expectations",
        "publish": "put into the edition",
    }
    rows = [
        Row(f"a million observations {text}", "s", [one[f"{step}_s"] for one in told]) for step, text in steps.items()
    ]
    sizes = {"answer": "as the publisher sends them", "table": "as Parquet (generated figures, which pack well)"}
    return rows + [
        Row(f"a million observations {text}", "MB", [one[f"{kind}_MB"] for one in told]) for kind, text in sizes.items()
    ]


def measure(scratch: Path, countries: Sequence[str], observations: int) -> list[Row]:
    """Publish that many observations, spread evenly over these countries.

    Raises:
        FileNotFoundError: A server is not installed.
    """
    if missing := servers.missing():
        raise FileNotFoundError(f"{missing} is not installed: {servers.PACKAGES}")
    answers = scratch / "answers"
    answers.mkdir()
    for place, country in enumerate(countries):
        write(
            answers / f"{country}.csv",
            country,
            observations // len(countries) + (place < observations % len(countries)),
        )
    seconds, memory, editions, again = {}, [], set(), 0.0
    for workers in (1, 2):
        with tempfile.TemporaryDirectory(prefix="bench-scale-") as folder:
            Path(folder).chmod(0o755)
            with flowing(Path(folder), answers, countries, workers) as flow:
                seconds[workers] = flow.backfill(_HOURS)
                memory += [worker.peak_mebibytes() for worker in flow.fleet.workers]
                editions.add(_id(flow))
                if workers == 2:
                    flow.revise(countries[0], observations // len(countries))
                    again = flow.backfill(_HOURS)
    assert len(editions) == 1, "one worker and two publish the same edition"  # noqa: S101 - else nothing is comparable
    what = f"{observations / 1e6:.0f} million observations in {len(countries)} partitions"
    return [
        Row(f"{what}: two workers", "s", [seconds[2]], "one worker", [seconds[1]], _TWO_BY_ONE,
            note="two cores carry Postgres, Redis, the publisher and a process for each run as well"),
        Row(f"{what}: memory of a worker", "MiB", [max(memory)], at_most=_MEMORY_MIB,
            note="one partition at a time: it grows with the largest partition, not with the flow"),
        Row("all partitions again, one of them changed: two workers", "s", [again],
            note="the rest is one question each, answered 'unchanged'"),
    ]  # fmt: skip


def _id(flow: Flowing) -> str:
    edition = flow.edition()
    return edition.id if edition else ""
