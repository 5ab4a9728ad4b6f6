"""Answers that are too large for the memory: written while they come, hashed, kept once, read as files."""

import gzip
import random
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import stamina

from benchmarks.measure import Command
from tests.sources.bank import CSV, FLOW, GOOD, HOST, MIRROR, PUBLISHER, RATES
from tests.sources.bis_answers import flat, wide
from tests.sources.loopback import QUICK, Loopback, Reply
from tradefin.errors import ReleaseDamaged, SourceChanged, Unavailable
from tradefin.sources import archive as archives
from tradefin.sources import body
from tradefin.sources.archive import Archive
from tradefin.sources.bis_series import DATAFLOW
from tradefin.sources.description import FlowDescription
from tradefin.sources.fetch import Fetched, fetch, stored
from tradefin.sources.flow import Request
from tradefin.tables.store import Store

PARSES = """
import sys
from pathlib import Path
from tradefin.sources.bis import FLOWS
from tradefin.sources.flow import Part
flow = next(flow for flow in FLOWS if flow.name == sys.argv[1])
print(flow.parse((Part(flow.requests()[0], Path(sys.argv[2])),)).num_rows)
"""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is more than a hundred bytes counts as large."""
    for module in (body, archives):
        monkeypatch.setattr(module, "IN_MEMORY", 100)
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@pytest.fixture(scope="module")
def bank() -> Iterator[Loopback]:
    with Loopback(HOST, MIRROR) as publisher:
        yield publisher


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(Store(tmp_path))


@pytest.fixture
def run(bank: Loopback, archive: Archive) -> Callable[..., Fetched]:
    def run(description: FlowDescription = RATES) -> Fetched:
        bank.asked.clear()
        with bank.client(PUBLISHER) as client:
            return fetch(client, archive, FLOW, description)

    return run


def files(archive: Archive) -> list[str]:
    return sorted(path.name for path in archive.incoming.iterdir())


def test_kept_once_and_read_as_a_file(bank: Loopback, archive: Archive, run: Callable[..., Fetched]) -> None:
    for reply in (Reply(gzip.compress(GOOD), headers=(("Content-Encoding", "gzip"),), how="chunked"), GOOD):
        bank.serve(CSV, reply)
        found = run()
        (snapshot,) = found.fetch.snapshots
        assert (found.parts[0].body, snapshot.size) == (snapshot.path, len(GOOD))
        assert files(archive) == [f"{snapshot.sha256}.csv"]
        assert (snapshot.path.read_bytes(), snapshot.path.stat().st_mode & 0o777) == (GOOD, 0o644)
    assert run().state == "unchanged"
    assert [one.status for one in bank.asked] == [304]
    again = stored(archive, FLOW, RATES)
    assert again is not None and again.parts[0].body == snapshot.path and again.table.equals(found.table)


def test_damage_is_noticed_and_mended(bank: Loopback, archive: Archive, run: Callable[..., Fetched]) -> None:
    bank.serve(CSV, GOOD)
    (snapshot,) = run().fetch.snapshots
    snapshot.path.write_bytes(GOOD[:-1] + b"!")
    with pytest.raises(ReleaseDamaged, match="not what was kept"):
        archive.body(snapshot)
    assert run().state == "unchanged"
    assert [one.status for one in bank.asked] == [200]
    assert archive.body(snapshot) == snapshot.path and archive.read(snapshot) == GOOD
    snapshot.path.unlink()
    with pytest.raises(ReleaseDamaged, match="missing"):
        archive.body(snapshot)


@pytest.mark.parametrize(
    ("reply", "error", "why"),
    [
        (Reply(GOOD * 2000, how="cut"), Unavailable, "cut short"),
        (Reply(GOOD * 2000, how="chunked and cut"), Unavailable, "cut short"),
        (Reply(b"<html><title>Moved</title>" + bytes(1000)), SourceChanged, "titled 'Moved'"),
        (Reply(bytes(5 << 20), how="chunked"), SourceChanged, "larger than 4,194,304 bytes"),
    ],
)
def test_nothing_is_left_of_what_is_refused(
    bank: Loopback, archive: Archive, run: Callable[..., Fetched], reply: Reply, error: type[Exception], why: str
) -> None:
    bank.serve(CSV, reply)
    with pytest.raises(error, match=why):
        run()
    assert files(archive) == []


def test_only_a_flow_that_says_so_may_be_larger_than_others(bank: Loopback, tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(5 << 20)  # noqa: S311 - a test
    bank.serve(CSV, noise)
    with bank.client(PUBLISHER, limits=replace(QUICK, large_bytes=6 << 20)) as client:
        with pytest.raises(SourceChanged, match="larger than 4,194,304 bytes"):
            client.get(Request(CSV), folder=tmp_path)
        answer = client.get(Request(CSV, large=True), folder=tmp_path)
    assert isinstance(answer.data, Path) and answer.data.read_bytes() == noise


@pytest.mark.parametrize(("flow", "layout"), [("otc_turnover_flat", "flat"), ("otc_turnover_bulk", "col")])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, flow: str, layout: str) -> None:
    good = flat(units="each", labels="both") if layout == "flat" else wide(units=True)
    header, *rows = good.splitlines(keepends=True)
    others = b"".join(row.replace(b"5J", b"JP") for row in rows if b",GB" not in row and b",MT" not in row)
    others *= (4 << 20) // len(others)
    peaks = []
    for times in (5, 100):
        path = tmp_path / f"{layout}.zip"
        with zipfile.ZipFile(path, "w") as archive, archive.open(f"{DATAFLOW}_csv_{layout}.csv", "w") as member:
            member.write(header)
            for _ in range(times):
                member.write(others)
            member.write(b"".join(rows))
        cost = Command([sys.executable, "-c", PARSES, flow, path]).run(tmp_path)
        assert cost.output.split()[0] == "10", cost.output
        peaks.append(cost.mebibytes)
    assert path.stat().st_size > 300 << 20
    assert peaks[1] - peaks[0] < 100 and max(peaks) < 512, "MiB"
