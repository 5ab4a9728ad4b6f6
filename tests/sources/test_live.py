"""The round over all publishers: nobody's failure stops another, stand-ins stand in, and what is said of it all."""

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
import stamina

from tests.sources.bank import CSV, FLOW, HOST, MIRROR, PUBLISHER, ZIP, ZIP_FLOW, zipped
from tests.sources.live_bank import Bank, make_bank, rates
from tests.sources.loopback import Loopback, Reply
from tradefin.errors import NotFound, ProjectInvalid
from tradefin.project import Project
from tradefin.sources import connectors, live
from tradefin.sources.archive import Archive
from tradefin.sources.description import read_publishers
from tradefin.sources.flow import Flow, Part, Request
from tradefin.tables.store import Store

GOOD = rates("JP,2000,10.5", "JP,2001,11.25")
DOWN = Reply(b"down", 503, etag=False)


@pytest.fixture(autouse=True)
def without_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@pytest.fixture(scope="module")
def publisher() -> Iterator[Loopback]:
    with Loopback(HOST, MIRROR) as one:
        yield one


def asks(address: str) -> Callable[[], tuple[Request, ...]]:
    return lambda: (Request(address),)


def stands_in(name: str, flow: str = "rates") -> Flow:
    return replace(ZIP_FLOW, name=name, fallback_for=flow)


@pytest.fixture
def bank(tmp_path: Path, publisher: Loopback, monkeypatch: pytest.MonkeyPatch) -> Bank:
    publisher.serve(CSV, GOOD)
    publisher.serve(ZIP, zipped({"rates.csv": GOOD}))
    publisher.asked.clear()
    flows = (FLOW, stands_in("first"), stands_in("second"), stands_in("of_first", "first"))
    return make_bank(tmp_path, publisher, monkeypatch, *flows)


def test_stand_ins_are_asked_only_when_needed(bank: Bank) -> None:
    assert [(one.flow, one.state) for one in bank.ask()] == [
        ("rates", "changed"),
        ("first", "skipped"),
        ("second", "skipped"),
        ("of_first", "skipped"),
    ]
    assert [one.address for one in bank.publisher.asked] == [CSV]
    bank.publisher.serve(CSV, DOWN)
    done = bank.ask()
    assert [one.state for one in done] == ["failed", "changed", "skipped", "skipped"]
    assert (done[0].error, done[1].rows, done[2].message) == ("Unavailable", 2, "not needed: rates has been answered")
    bank.publisher.serve(ZIP, DOWN)
    assert [one.state for one in bank.ask()] == ["failed"] * 4


def test_each_result_is_told_as_it_comes(bank: Bank) -> None:
    done = bank.ask()
    assert tuple(bank.seen) == done


def test_a_connector_that_stumbles_has_failed_and_is_recorded(
    tmp_path: Path, publisher: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble() -> tuple[live.Refreshed, ...]:
        raise KeyError("address")

    publisher.serve(CSV, GOOD)
    broken = replace(FLOW, name="broken", requests=stumble)  # type: ignore[arg-type]
    bank = make_bank(tmp_path, publisher, monkeypatch, broken, FLOW)
    done = bank.ask()
    assert [(one.state, one.error) for one in done] == [("failed", "SourceChanged"), ("changed", "")]
    assert "bank.broken stumbled (KeyError: 'address')" in done[0].message
    assert [fetch.error for fetch in Archive(bank.builder.store).of("bank", "broken")] == ["SourceChanged"]


def test_an_answer_that_cannot_become_rows_has_failed(bank: Bank) -> None:
    bank.ask()
    bank.publisher.serve(CSV, GOOD + b"JP,2000,6,10.75\n")
    (first, *_) = bank.ask()
    assert (first.state, first.error) == ("failed", "SourceChanged")
    assert "more than once, first iso3=JPN, year=2000" in first.message
    assert bank.live().table("source_bank_rates").num_rows == 6


def test_warnings_and_rows_are_told(bank: Bank) -> None:
    bank.publisher.serve(CSV, GOOD + b"AUT,2001,6,1\n")
    (first, *_) = bank.ask()
    assert (first.rows, len(first.warnings)) == (3, 1)


def test_publishers_are_asked_at_once_and_one_failure_stops_nobody(
    tmp_path: Path, publisher: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank = make_bank(tmp_path, publisher, monkeypatch)
    together = threading.Barrier(3, timeout=10)

    def parse(parts: tuple[Part, ...]) -> pa.Table:
        together.wait()  # passes only if three are asked at once
        if parts[0].request.address != CSV:
            raise ValueError("what is this?")
        return FLOW.parse(parts)

    sources = bank.builder.project.expectations / "sources"
    text = (sources / "bank.yml").read_text(encoding="utf-8")
    for slug in ("bank", "coop", "savings"):
        address = CSV if slug == "bank" else f"https://{HOST}/{slug}.csv"
        publisher.serve(address, GOOD)
        flow = replace(FLOW, publisher=slug, requests=asks(address), parse=parse)
        module = SimpleNamespace(FLOWS=(flow,))
        monkeypatch.setitem(sys.modules, f"the_{slug}", module)
        monkeypatch.setitem(connectors.MODULES, slug, (f"the_{slug}",))
        (sources / f"{slug}.yml").write_text(text.replace("publisher: bank", f"publisher: {slug}"), encoding="utf-8")
    done = bank.ask()
    assert [(one.publisher, one.state) for one in done] == [
        ("bank", "changed"),
        ("coop", "failed"),
        ("savings", "failed"),
    ], done
    assert "ValueError: what is this?" in done[1].message


def test_an_unknown_publisher_is_named(bank: Bank) -> None:
    with pytest.raises(NotFound, match=r"No live source is called nobody\. There are: bank\."):
        bank.ask(publishers=["nobody"])


def test_without_a_contact_nobody_is_asked(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRADEFIN_CONTACT", raising=False)
    with pytest.raises(ProjectInvalid, match="TRADEFIN_CONTACT"):
        live.refresh(bank.builder.project, bank.builder.store)
    assert bank.publisher.asked == []


def test_a_plan_asks_nobody(bank: Bank) -> None:
    project, store = bank.builder.project, bank.builder.store
    first = live.plan(project, store)
    assert [(one.flow, one.address, one.last_asked, one.fallback_for) for one in first[:2]] == [
        ("rates", CSV, None, ""),
        ("first", ZIP, None, "rates"),
    ]
    assert bank.publisher.asked == []
    bank.ask()
    planned = live.plan(project, store, ["bank"])[0]
    assert planned.last_asked is not None and planned.next_due == planned.last_asked + timedelta(days=7)


def test_how_each_flow_stands(bank: Bank) -> None:
    def stands(days: float = 0) -> list[tuple[str, str]]:
        now = bank.today + timedelta(days=days)
        return [(s.state, s.message) for s in live.statuses(bank.builder.project, bank.builder.store, now)[:2]]

    never = ("never", "asked only when rates fails")
    assert stands() == [("never", ""), never]
    bank.ask(days=0)
    assert stands() == [("ok", ""), never]
    assert stands(7.1) == [("due", "last asked on 2026-01-05"), never]
    assert stands(14.1)[0][0] == "stale"
    bank.publisher.serve(CSV, DOWN)
    bank.ask(days=0)
    (principal, stand_in) = stands(14.1)
    assert principal[0] == "stale" and "503" in principal[1]
    assert stand_in[0] == "ok", "a stand-in that answered once is not due"


def test_a_flow_that_never_answered_has_failed(bank: Bank) -> None:
    bank.publisher.serve(CSV, DOWN)
    bank.ask()
    (status, *_) = live.statuses(bank.builder.project, bank.builder.store, bank.today)
    assert (status.state, status.changed_at) == ("failed", None)


def test_a_described_flow_without_a_connector_is_an_error(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connectors.MODULES, "bank", ())
    with pytest.raises(
        ProjectInvalid, match="describes flows that no connector asks for: first, of_first, rates, second"
    ):
        connectors.connectors(bank.builder.project)
    monkeypatch.setitem(connectors.MODULES, "bank", ("not_here",))
    with pytest.raises(ProjectInvalid, match=r"not_here is not installed.*tradefin\[live\]"):
        connectors.connectors(bank.builder.project)


def test_a_publisher_without_flows_has_no_connector() -> None:
    assert connectors.flows_of(PUBLISHER.model_copy(update={"flows": {}})) == ()


def test_the_real_connectors_are_those_described(project: Project) -> None:
    for slug, flows in connectors.connectors(project).items():
        names = [flow.name for flow in flows]
        assert len(set(names)) == len(names) and {flow.publisher for flow in flows} == {slug}
        assert {flow.fallback_for for flow in flows} - {""} <= set(names)


def test_every_select_of_a_live_flow_belongs_to_one(project: Project) -> None:
    known = {
        (f"source_{slug}_{table}", flow.name)
        for slug, flows in connectors.connectors(project).items()
        for table in read_publishers(project)[slug].tables
        for flow in flows
    }
    found = {(path.parent.name, path.stem) for path in (project.root / "sql" / "sources").glob("*/*.sql")}
    assert found <= known, f"no flow is called {sorted(found - known)}"


def test_the_real_plan_names_allowed_addresses(project: Project, tmp_path: Path) -> None:
    hosts = {slug: one.hosts for slug, one in read_publishers(project).items()}
    for one in live.plan(project, Store(tmp_path)):
        assert one.address.split("/")[2] in hosts[one.publisher], one
    assert live.statuses(project, Store(tmp_path), datetime(2026, 1, 1, tzinfo=UTC))
