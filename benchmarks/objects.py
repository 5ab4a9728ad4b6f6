"""Objects: outputs in an object store against a folder of this machine.

The store is moto's S3 server, one process on loopback: what is seen is what asking costs, without a network's delay and
without a real store's speed. `load` takes every table of the bundled release into an empty cache; the filtered read
takes two columns of the largest table, by one value. Bytes are those of the server's answers and questions.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Command, Costs
from benchmarks.row import Row
from benchmarks.workshop import Workshop
from tests.objects import Objects, bucket
from tradefin.releases.manifest import MANIFEST
from tradefin.releases.release import Release

_LOAD = "import tradefin; print(sum(tradefin.load(t.name).num_rows for t in tradefin.tables()))"
_FILTER = (
    "import sys, tradefin, pyarrow.dataset as ds; of, first, last = sys.argv[1:]; found = tradefin.dataset(of); "
    "value = found.head(1).column(first)[0]; "
    "print(found.to_table(columns=[first, last], filter=ds.field(first) == value).num_rows)"
)
_MIB = 2**20


def run(workshop: Workshop) -> list[Row]:
    """Publish, load and filter, in both places."""
    folder, cache, reader = (workshop.scratch / name for name in ("folder", "cache", "reader"))
    disk = {"TRADEFIN_HOME": str(folder)}
    with bucket() as objects:
        store = {"TRADEFIN_HOME": objects.address(), "TRADEFIN_CACHE": str(cache)}
        away = {**store, "TRADEFIN_CACHE": str(reader)}

        def both(argv: Sequence[str | Path], env: dict[str, str], *empty: Path, objects_too: bool = False) -> _Both:
            """The same in the store and in the folder, each beginning without those folders."""

            def before() -> None:
                _forget(*empty)
                if objects_too:
                    for name in objects.names():
                        objects.delete(name)
                objects.asked.clear()

            commands = {"store": Command(argv, env, before=before), "disk": Command(argv, disk)}
            if objects_too:
                commands["disk"] = Command(argv, disk, before=lambda: _forget(folder))
            found = workshop.compete(commands, min(workshop.runs, 3))
            return _Both(found["store"], found["disk"], objects)

        build, load = [workshop.tradefin, "run"], [workshop.python, "-c", _LOAD]
        cold = both(build, store, cache, objects_too=True)
        again = both(build, store)
        loaded, kept = both(load, away, reader), both(load, away)
        release = Release.open(folder)
        files = release.manifest.all_files()
        table = max(release.manifest.tables.values(), key=lambda one: files[one.path].bytes)
        part = [workshop.python, "-c", _FILTER, table.name, table.columns[0].name, table.columns[-1].name]
        read = both(part, away, reader)
    whole, of_tables = (
        sum(files[path].bytes for path in paths) / _MIB
        for paths in (files, [one.path for one in release.manifest.tables.values()])
    )
    staged = f"{cold.requests:,} requests; also tables, memos, and the files once more where they are staged"
    manifest = f"{read.requests:,} requests; the manifest comes first, {read.of(MANIFEST):.2f} MiB"
    return [
        cold.row("cold build and publish"),
        Row("sent by that build", "MiB", [cold.got], "the release's files", [whole], note=staged),
        again.row("nothing changed"),
        loaded.row("`load` of every table"),
        Row("received by that `load`", "MiB", [loaded.sent], "the tables' files", [of_tables],
            note=f"{loaded.requests:,} requests; with the manifest"),
        kept.row("`load` of every table, kept from before"),
        read.row(f"two columns of `{table.name}` by one value"),
        Row("received of that table", "MiB", [read.of(table.path)], "its file", [files[table.path].bytes / _MIB],
            note=manifest),
    ]  # fmt: skip


class _Both:
    """What came of both, and what the last run in the store asked of it, in MiB."""

    def __init__(self, store: Costs, disk: Costs, objects: Objects) -> None:
        self.store, self.disk = store, disk
        self._asked = [*objects.asked]
        self.requests = len(self._asked)
        self.sent = self.of("")
        self.got = sum(one.got for one in self._asked) / _MIB

    def of(self, path: str) -> float:
        """What was sent of files whose names end so."""
        return sum(one.sent for one in self._asked if one.path.endswith(path)) / _MIB

    def row(self, what: str) -> Row:
        return Row(what, "s", self.store.seconds, "a folder", self.disk.seconds)


def _forget(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
