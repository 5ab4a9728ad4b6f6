"""A flow in many parts: without those that it can do without, and going on where a round was not finished."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
import stamina

from tests.conftest import ROOT
from tests.sources.bank import HEADER, HOST, INDEX, MIRROR, PUBLISHER, RATES, SHEETS, sheet, sheet_data, sheets
from tests.sources.loopback import Loopback, Reply
from tradefin.errors import ProjectInvalid, SourceChanged, TradefinError, Unavailable
from tradefin.sources.archive import Archive
from tradefin.sources.asking import StoppedError
from tradefin.sources.description import FlowParts
from tradefin.sources.fetch import Fetched, fetch, stored
from tradefin.sources.flow import Flow, Part, Request
from tradefin.tables.store import Store, digest

MANY = range(1, 41)
DESCRIBED = RATES.model_copy(update={"parts": FlowParts(most=100, may_lack_pct=5, resume_hours=24)})


@pytest.fixture(autouse=True)
def without_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1, cap=True):
        yield


@pytest.fixture
def bank() -> Iterator[Loopback]:
    with Loopback(HOST, MIRROR) as publisher:
        publisher.serve(INDEX, " ".join(map(str, MANY)).encode())
        for number in MANY:
            publisher.serve(sheet(number), sheet_data(number))
        yield publisher


class Clock:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def archive(tmp_path: Path, clock: Clock) -> Archive:
    return Archive(Store(tmp_path), clock)


Run = Callable[..., Fetched]


@pytest.fixture
def run(bank: Loopback, archive: Archive) -> Run:
    def run(flow: Flow = SHEETS, stopped: Callable[[], bool] = lambda: False, force: bool = False) -> Fetched:
        bank.asked.clear()
        with bank.client(PUBLISHER) as client:
            return fetch(client, archive, flow, DESCRIBED, force=force, stopped=stopped)

    return run


def asked(bank: Loopback) -> list[str]:
    return [one.address for one in bank.asked]


# -- parts that may be missing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "says", "kept"),
    [
        (Reply(b"not here", 404), "404 Not Found. Nothing is there any more", False),
        (Reply(b"", 410), "410 Gone. The publisher has removed it", False),
        (Reply(b""), "answers 200 with nothing in it", False),
        (Reply(b"<!DOCTYPE html><html><title>Sorry</title>"), "(titled 'Sorry')", False),
        (Reply(f"{HEADER}\n".encode()), "the answer has a header and no rows", True),
    ],
)
def test_one_part_that_is_gone_or_not_understood_is_left_out(
    bank: Loopback, archive: Archive, run: Run, reply: Reply, says: str, kept: bool
) -> None:
    bank.serve(sheet(7), reply)
    found = run()
    assert found.table.num_rows == 78
    (warning,) = found.warnings
    assert warning.startswith(f"bank.rates_sheets: left out {sheet(7)}: ") and says in warning
    assert len(asked(bank)) == 41, "it is not asked for twice in a round"
    (record,) = archive.all()
    (left_out,) = record.left_out
    assert (left_out.address, left_out.sha256) == (sheet(7), digest(reply.body) if kept else "")
    assert sheet(7) not in [one.address for one in record.snapshots]
    again = stored(archive, SHEETS, DESCRIBED)
    assert again is not None and again.table.equals(found.table)

    bank.serve(sheet(7), sheet_data(7))
    well = run()
    assert (well.table.num_rows, well.warnings) == (80, ())
    assert {one.status for one in bank.asked if one.address != sheet(7)} == {304}


def test_a_parser_that_stumbles_over_an_optional_part_leaves_it_out(run: Run) -> None:
    def stumble(part: Part) -> None:
        if part.request.address == sheet(3):
            raise KeyError("OBS")

    (warning,) = run(replace(SHEETS, legible=stumble)).warnings
    assert warning.endswith("/sheets/3: it could not be read (KeyError: 'OBS').")


def test_a_part_that_is_needed_still_fails_the_flow(bank: Loopback, archive: Archive, run: Run) -> None:
    def needed(parts: tuple[Part, ...]) -> tuple[Request, ...]:
        return tuple(replace(one, optional=one.address != sheet(7)) for one in sheets(parts))

    bank.serve(sheet(7), Reply(b"", 404))
    with pytest.raises(SourceChanged, match="sheets/7 answers 404"):
        run(replace(SHEETS, follow=needed))
    bank.serve(sheet(7), Reply(b"", 503))
    with pytest.raises(Unavailable, match="503"):
        run()
    assert archive.last("bank", "rates_sheets") is None


def test_too_many_missing_parts_mean_that_the_source_has_changed(bank: Loopback, archive: Archive, run: Run) -> None:
    for number in (3, 5, 7, 9):
        bank.serve(sheet(number), Reply(b"", 404))
    with pytest.raises(
        SourceChanged, match=r"3 of 40 parts that it could do without .* more than 5 %.*sheets/3: .*404"
    ):
        run()
    assert sheet(8) not in asked(bank), "who is refused does not go on asking"
    (failed,) = archive.all()
    assert [one.address for one in failed.left_out] == [sheet(3), sheet(5), sheet(7)]


# -- a round that was not finished -----------------------------------------------------------------------------------


def interrupted(bank: Loopback, run: Run, number: int = 21) -> None:
    """A round that ends when it is half done."""
    bank.serve(sheet(number), Reply(b"down", 503))
    with pytest.raises(Unavailable):
        run()
    bank.serve(sheet(number), sheet_data(number))


def test_a_round_goes_on_where_it_ended(bank: Loopback, archive: Archive, run: Run) -> None:
    interrupted(bank, run)
    assert archive.last("bank", "rates_sheets") is None, "half a round is no answer"
    assert stored(archive, SHEETS, DESCRIBED) is None
    found = run()
    assert asked(bank) == [sheet(number) for number in range(21, 41)], "what has come is not asked for again"
    assert (found.state, found.table.num_rows, len(found.fetch.snapshots)) == ("changed", 80, 41)
    assert not (archive.store.home / "unfinished" / "bank" / "rates_sheets").exists()
    assert run().state == "unchanged"
    assert len(bank.asked) == 41, "a finished round is asked for anew"
    assert {one.status for one in bank.asked} == {304}


def test_what_has_come_grows_old(bank: Loopback, clock: Clock, run: Run) -> None:
    interrupted(bank, run)
    clock.now += timedelta(hours=24)
    run()
    assert len(bank.asked) == 41


def test_a_flow_that_states_no_time_begins_anew(bank: Loopback, archive: Archive) -> None:
    bank.serve(sheet(21), Reply(b"down", 503), sheet_data(21))
    with bank.client(PUBLISHER) as client:
        for error in (Unavailable, None):
            bank.asked.clear()
            described = DESCRIBED.model_copy(update={"parts": FlowParts()})
            if error:
                with pytest.raises(error):
                    fetch(client, archive, SHEETS, described)
            else:
                fetch(client, archive, SHEETS, described)
    assert len(bank.asked) == 41
    assert not (archive.store.home / "unfinished").exists()


def test_what_was_refused_is_asked_for_anew(bank: Loopback, run: Run) -> None:
    """The index led to a table that was refused; its pages had been understood one by one."""
    bank.serve(INDEX, b"1 2")
    with pytest.raises(SourceChanged, match="4 rows where 5 to 100 are expected"):
        run()
    bank.serve(INDEX, b"1 2 3")
    assert run().table.num_rows == 6
    assert asked(bank) == [INDEX, sheet(3)]


def test_a_fault_of_the_project_loses_nothing(bank: Loopback, archive: Archive, run: Run) -> None:
    def refuse(table: object) -> dict[str, pa.Table]:
        raise ProjectInvalid("a SELECT is wrong")

    with bank.client(PUBLISHER) as client, pytest.raises(ProjectInvalid):
        fetch(client, archive, SHEETS, DESCRIBED, accept=refuse)
    assert run().state == "changed"
    assert bank.asked == []


def test_force_begins_anew(bank: Loopback, run: Run) -> None:
    interrupted(bank, run)
    run(force=True)
    assert [one.status for one in bank.asked] == [200] * 41


def test_damaged_bytes_are_asked_for_again(bank: Loopback, archive: Archive, run: Run) -> None:
    interrupted(bank, run)
    archive.store.snapshot_path(digest(sheet_data(4)), ".csv").write_bytes(b"x")
    note = next((archive.store.home / "unfinished" / "bank" / "rates_sheets").glob("*.json"))
    note.write_text("not JSON")
    found = run()
    assert found.table.num_rows == 80
    assert len(bank.asked) in (21, 22)


def test_somebody_ends_the_round(bank: Loopback, archive: Archive, run: Run) -> None:
    with pytest.raises(StoppedError):
        run(stopped=lambda: len(bank.asked) >= 10)
    assert len(bank.asked) == 10
    assert archive.all() == (), "nothing has failed"
    assert run().table.num_rows == 80
    assert len(bank.asked) == 31


def test_a_note_is_no_answer_of_a_later_round(bank: Loopback, archive: Archive, run: Run) -> None:
    """Killed after the record was written and before the notes were swept away."""
    interrupted(bank, run)
    unfinished = archive.store.home / "unfinished" / "bank" / "rates_sheets"
    notes = {path: path.read_bytes() for path in unfinished.iterdir()}
    run()
    unfinished.mkdir()
    for path, data in notes.items():
        path.write_bytes(data)
    bank.serve(sheet(2), sheet_data(2).replace(b"2.5", b"2.75"))
    assert run().state == "changed"
    assert len(bank.asked) == 41


CHILD = """
import sys
from pathlib import Path
from tests.sources.bank import PUBLISHER, SHEETS
from tests.sources.loopback import CONTACT, QUICK, ToLoopback
from tests.sources.test_asking import DESCRIBED
from tradefin.sources.archive import Archive
from tradefin.sources.fetch import fetch
from tradefin.sources.http import Client
from tradefin.sources.pace import Pace
from tradefin.tables.store import Store

home, port, authority = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]).read_bytes()
pace = Pace(sleep=lambda seconds: None, clock=iter(range(0, 10**6, 61)).__next__)
with Client(PUBLISHER, contact=CONTACT, limits=QUICK, pace=pace, transport=ToLoopback(port, authority)) as client:
    fetch(client, Archive(Store(home)), SHEETS, DESCRIBED)
"""


@pytest.mark.parametrize("held", [2, 21, 40])
def test_killed_in_the_middle_of_a_round(bank: Loopback, tmp_path: Path, held: int) -> None:
    bank.release.clear()
    bank.serve(sheet(held), Reply(sheet_data(held), how="held"))
    authority = tmp_path / "authority.pem"
    authority.write_bytes(bank.authority)
    home = tmp_path / "outputs"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(home), str(bank.port), str(authority)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        until = time.monotonic() + 60
        while not bank.asked_for(sheet(held)):
            assert child.poll() is None and time.monotonic() < until
            time.sleep(0.02)
        time.sleep(0.1)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    bank.release.set()

    archive = Archive(Store(home))
    assert archive.all() == () and archive.snapshots() == (), "half a round is no answer"
    for path in (home / "snapshots").glob("[!.]*"):
        assert digest(path.read_bytes()) == path.name.split(".")[0], "whole or not at all"
    bank.serve(sheet(held), sheet_data(held))
    bank.asked.clear()
    with bank.client(PUBLISHER) as client:
        found = fetch(client, archive, SHEETS, DESCRIBED)
    assert asked(bank) == [sheet(number) for number in range(held, 41)]
    assert (found.state, found.table.num_rows) == ("changed", 80)
    assert len(archive.all()) == 1
    assert not (home / "unfinished" / "bank" / "rates_sheets").exists()


def test_every_error_is_one_that_is_known() -> None:
    assert not issubclass(StoppedError, TradefinError), "else it would be recorded as a failure of the source"
