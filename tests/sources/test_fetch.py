"""One flow from the question to the table: pages, what has not changed, and a process that is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import stamina

from tests.conftest import ROOT
from tests.sources.bank import CSV, ELSEWHERE, FLOW, GOOD, HEADER, HOST, MIRROR, PAGES, PUBLISHER, RATES, ROWS, pages
from tests.sources.loopback import Loopback, Reply
from tradefin.errors import SourceChanged
from tradefin.sources.archive import Archive
from tradefin.sources.description import FlowDescription, FlowParts
from tradefin.sources.fetch import Fetched, fetch, stored
from tradefin.sources.flow import Flow, Part, Request
from tradefin.tables.store import Store, digest


@pytest.fixture(autouse=True)
def without_waiting() -> Iterator[None]:
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
    def run(flow: Flow, force: bool = False, description: FlowDescription = RATES) -> Fetched:
        bank.asked.clear()
        with bank.client(PUBLISHER) as client:
            return fetch(client, archive, flow, description, force=force)

    return run


def test_new_then_unchanged_then_new(bank: Loopback, archive: Archive, run: Callable[..., Fetched]) -> None:
    bank.serve(CSV, GOOD)
    first = run(FLOW)
    assert (first.state, first.table.num_rows, first.warnings) == ("changed", 20, ())
    second = run(FLOW)
    assert second.state == "unchanged"
    assert [one.status for one in bank.asked] == [304]
    assert second.table.equals(first.table)
    assert second.fetch.snapshots[0].fetched_at == first.fetch.snapshots[0].fetched_at
    bank.serve(CSV, GOOD.replace(b"10.50", b"10.75"))
    third = run(FLOW)
    assert third.state == "changed"
    assert [one.state for one in archive.all()] == ["changed", "unchanged", "changed"]
    assert len(archive.snapshots()) == 2


def test_force_asks_for_all_bytes(bank: Loopback, archive: Archive, run: Callable[..., Fetched]) -> None:
    bank.serve(CSV, GOOD)
    run(FLOW)
    assert run(FLOW, force=True).state == "unchanged"
    assert [one.status for one in bank.asked] == [200]
    assert len(archive.snapshots()) == 1


def test_other_bytes_with_the_same_figures_are_no_change(
    bank: Loopback, archive: Archive, run: Callable[..., Fetched]
) -> None:
    bank.serve(CSV, GOOD)
    run(FLOW)
    bank.serve(CSV, "\n".join([HEADER, *reversed(ROWS)]).encode())
    assert run(FLOW).state == "unchanged"
    assert len(archive.snapshots()) == 2


def test_missing_bytes_are_asked_for_again(bank: Loopback, archive: Archive, run: Callable[..., Fetched]) -> None:
    bank.serve(CSV, GOOD)
    (snapshot,) = run(FLOW).fetch.snapshots
    snapshot.path.unlink()
    assert run(FLOW).state == "unchanged"
    assert [one.status for one in bank.asked] == [200]
    assert archive.read(snapshot) == GOOD


def test_pages_are_one_fetch(bank: Loopback, archive: Archive, run: Callable[..., Fetched]) -> None:
    for address, data in pages().items():
        bank.serve(address, data)
    found = run(PAGES)
    assert found.table.num_rows == 20
    assert [one.address for one in found.fetch.snapshots] == list(pages())
    first, second = pages()
    bank.serve(second, pages()[second].replace(b"10.50", b"10.75"))
    found = run(PAGES)
    assert found.state == "changed"
    assert [one.status for one in bank.asked] == [304, 200]
    assert [part.request.address for part in found.parts] == [first, second]
    again = stored(archive, PAGES, RATES)
    assert again is not None and again.table.equals(found.table)
    assert [one.state for one in archive.all()] == ["changed", "changed"]


@pytest.mark.parametrize(
    ("leads_to", "says"),
    [
        (f"https://{ELSEWHERE}/2", "not asked, since host elsewhere.example is not among"),
        (f"https://{HOST}/1", "is to be asked for twice"),
        ("javascript:x", "only https"),
    ],
)
def test_pages_that_lead_astray(
    bank: Loopback, archive: Archive, run: Callable[..., Fetched], leads_to: str, says: str
) -> None:
    address = f"https://{HOST}/1"
    bank.serve(address, "\n".join([HEADER, *ROWS, f"next:{leads_to}"]).encode())
    with pytest.raises(SourceChanged, match=says):
        run(PAGES)
    (failed,) = archive.all()
    assert (failed.state, len(failed.snapshots)) == ("failed", 1), "what came is kept as evidence"


def test_pages_for_ever(bank: Loopback, run: Callable[..., Fetched]) -> None:
    def more(parts: tuple[Part, ...]) -> tuple[Request, ...]:
        return (Request(f"{CSV}?page={len(parts)}"),)

    for page in range(500):
        bank.serve(f"{CSV}?page={page}", GOOD)
    bank.serve(CSV, GOOD)
    described = RATES.model_copy(update={"parts": FlowParts(most=5)})
    with pytest.raises(
        SourceChanged, match=r"6 parts or more where at most 5 may be asked for; not asked: .*page=5\. "
    ):
        run(replace(FLOW, follow=more), description=described)
    assert len(bank.asked) == 5


def test_a_list_that_outgrows_the_limit_is_refused_before_it_is_asked_for(
    bank: Loopback, run: Callable[..., Fetched]
) -> None:
    many = tuple(Request(f"{CSV}?page={page}") for page in range(9))
    described = RATES.model_copy(update={"parts": FlowParts(most=5)})
    with pytest.raises(SourceChanged, match=r"page=5, .*page=6, .*page=7 and 1 more\. If that is right, raise 'most'"):
        run(replace(FLOW, requests=lambda: many), description=described)
    assert bank.asked == []


@pytest.mark.parametrize("step", ["parse", "follow"])
def test_a_parser_that_stumbles_is_a_changed_source(
    bank: Loopback, archive: Archive, run: Callable[..., Fetched], step: str
) -> None:
    def stumble(parts: tuple[Part, ...]) -> tuple[Request, ...]:
        raise KeyError("dataSets")

    bank.serve(CSV, GOOD)
    flow = replace(FLOW, parse=stumble) if step == "parse" else replace(FLOW, follow=stumble)
    with pytest.raises(SourceChanged, match=r"could not be read \(KeyError: 'dataSets'\)"):
        run(flow)
    assert archive.last("bank", "rates") is None
    assert archive.checks()[0].error == "SourceChanged"


def test_warnings_are_kept(bank: Loopback, archive: Archive, run: Callable[..., Fetched]) -> None:
    bank.serve(CSV, GOOD.replace(b"JP,2000", b"XK,2000"))
    found = run(FLOW)
    assert found.warnings == ("bank.rates: COUNTRY has an unknown code: 'XK' (in 1 of 20 rows).",)
    assert archive.checks()[0].warnings == found.warnings


def test_nothing_stored() -> None:
    assert stored(Archive(Store(Path("/nowhere"))), FLOW, RATES) is None


CHILD = """
import sys, time
from pathlib import Path
from tests.sources.bank import FLOW, PUBLISHER, RATES, parse
from tests.sources.loopback import CONTACT, ToLoopback
from tradefin.sources.archive import Archive
from tradefin.sources.fetch import fetch
from tradefin.sources.http import Client
from tradefin.tables import store
from dataclasses import replace

home, port, authority, where = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]

def stop(*_):
    (home / "reached").touch()
    time.sleep(60)

if where == "writing":
    store.os.fsync = stop
if where == "reading":
    FLOW = replace(FLOW, parse=stop)
transport = ToLoopback(port, authority.read_bytes())
with Client(PUBLISHER, contact=CONTACT, transport=transport) as client:
    fetch(client, Archive(store.Store(home / "outputs")), FLOW, RATES)
"""


@pytest.mark.parametrize("where", ["answering", "writing", "reading"])
def test_killed_while_fetching(bank: Loopback, tmp_path: Path, where: str) -> None:
    bank.release.clear()
    bank.serve(CSV, Reply(GOOD, how="held" if where == "answering" else "whole"))
    bank.asked.clear()
    authority = tmp_path / "authority.pem"
    authority.write_bytes(bank.authority)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path), str(bank.port), str(authority), where],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        until = time.monotonic() + 20
        while not (bank.asked if where == "answering" else (tmp_path / "reached").exists()):
            assert child.poll() is None and time.monotonic() < until
            time.sleep(0.02)
        time.sleep(0.1)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    bank.release.set()

    archive = Archive(Store(tmp_path / "outputs"))
    visible = sorted(path.name for path in (tmp_path / "outputs" / "snapshots").glob("[!.]*"))
    assert visible == ([f"{digest(GOOD)}.csv"] if where == "reading" else []), "whole or not at all"
    assert archive.all() == ()
    assert archive.last("bank", "rates") is None

    bank.serve(CSV, GOOD)
    with bank.client(PUBLISHER) as client:
        found = fetch(client, archive, FLOW, RATES)
    assert (found.state, found.table.num_rows) == ("changed", 20)
    assert len(archive.all()) == len(archive.snapshots()) == 1
    assert [path.name for path in (tmp_path / "outputs" / "snapshots").glob("[!.]*")] == [f"{digest(GOOD)}.csv"]
