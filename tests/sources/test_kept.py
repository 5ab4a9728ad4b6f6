"""Answers that cannot be read or used any more: their figures stay where they were kept, and all of it is told."""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
import stamina

from tests.sources.bank import CSV, FLOW, HOST, MIRROR, ZIP, ZIP_FLOW
from tests.sources.live_bank import Bank, make_bank, rates
from tests.sources.loopback import Loopback, Reply
from tests.sources.test_history import FIRST, STEMS, of, shas, state
from tests.tiny import rewrite
from tradefin.errors import SourceChanged
from tradefin.sources import live
from tradefin.sources.flow import Flow, Part
from tradefin.tables.store import digest


@pytest.fixture(autouse=True)
def without_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@pytest.fixture(scope="module")
def publisher() -> Iterator[Loopback]:
    with Loopback(HOST, MIRROR) as one:
        yield one


@pytest.fixture
def bank(tmp_path: Path, publisher: Loopback, monkeypatch: pytest.MonkeyPatch) -> Bank:
    publisher.serve(CSV, FIRST)
    return make_bank(tmp_path, publisher, monkeypatch)


def read_otherwise(bank: Bank, monkeypatch: pytest.MonkeyPatch, refuses: bytes) -> None:
    """From now on the connector cannot read answers that hold these bytes."""

    def parse(parts: tuple[Part, ...]) -> pa.Table:
        if refuses in parts[0].data:
            raise SourceChanged("this form is not read any more.")
        return FLOW.parse(parts)

    monkeypatch.setitem(sys.modules, "the_bank", SimpleNamespace(FLOWS=(replace(FLOW, parse=parse),)))
    for folder in ("memo", "tables"):
        shutil.rmtree(bank.builder.store.home / folder)


def test_what_a_later_connector_cannot_read_stays_as_it_was_read(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.ask()
    bank.publisher.serve(CSV, rates("JP,2000,10.5", "JP,2001,11.25", "NA,2000,3", "NA,2001,4.75"))
    bank.ask()
    before = {stem: bank.live().ref(stem).sha256 for stem in STEMS if stem != "source_states"}
    read_otherwise(bank, monkeypatch, b"4.5\n")
    assert {stem: bank.live().ref(stem).sha256 for stem in before} == before, "as of no day has anything changed"
    assert state(bank)[0] == "live"
    (warning,) = bank.rows("source_states", "warnings")[0]
    assert warning == (
        "The answer of 2026-01-05 can no longer be read for source_bank_rates; what was read from it when it came "
        f"stays in use: this form is not read any more. It is {digest(FIRST)}.csv. When it came, 4 rows were read from "
        "it."
    )
    read_otherwise(bank, monkeypatch, b",")
    assert {stem: bank.live().ref(stem).sha256 for stem in before} == before
    assert state(bank) == ("stale", "2026-01-12", "2026-01-12", "SourceChanged"), "nor can the newest be read"
    (status,) = live.statuses(bank.builder.project, bank.builder.store, bank.today)
    assert (status.state, status.error, status.lost) == ("stale", "SourceChanged", ())


def test_a_column_that_older_answers_lack_loses_none_of_their_figures(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank.ask()
    for path, old, new in (
        ("expectations/sources/bank.yml", "OBS_VALUE:", "VALUE:"),
        ("sql/sources/source_bank_rates/rates.sql", "OBS_VALUE", "VALUE"),
    ):
        rewrite(bank.builder, path, old, new)
    bank.publisher.serve(CSV, FIRST.replace(b"OBS_VALUE", b"VALUE").replace(b"4.5", b"4.75"))
    assert [one.state for one in bank.ask()] == ["changed"]
    assert [v for v, _ in of(bank, "NAM")] == ["4", "4.5", "4.75"]
    assert "has no VALUE, which today's description has" in bank.rows("source_states", "warnings")[0][0]


def test_what_cannot_be_read_and_was_not_kept_is_told(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.ask()
    (record,) = (bank.builder.store.home / "fetches" / "bank" / "rates").glob("*.json")
    content = json.loads(record.read_text(encoding="utf-8"))
    del content["rows"], content["left_out"]  # as records of an older version
    record.write_text(json.dumps(content), encoding="utf-8")
    bank.publisher.serve(CSV, rates("JP,2000,10.5", "JP,2001,11.25", "NA,2000,3", "NA,2001,4.75"))
    bank.ask()
    read_otherwise(bank, monkeypatch, b"4.5\n")
    assert [v for _, v in of(bank, "NAM")] == ["bank-2002", "bank-rates-2026-01-12"]
    warning = bank.rows("source_states", "warnings")[0][0]
    assert warning.startswith("The answer of 2026-01-05 gives no rows for source_bank_rates: ")
    assert warning.endswith(f"It is {digest(FIRST)}.csv.")
    (status,) = live.statuses(bank.builder.project, bank.builder.store, bank.today)
    assert (status.lost, status.message.splitlines()[-1]) == (
        ("2026-01-05",),
        "not in use any more: answers of 2026-01-05: this form is not read any more.",
    )


def test_a_stand_in_rests_once_it_is_not_needed(
    tmp_path: Path, publisher: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = Flow("bank", "rates_zip", ZIP_FLOW.requests, ZIP_FLOW.parse, fallback_for="rates")
    second = replace(stand_in, name="second", fallback_for="rates_zip")
    for address in (CSV, ZIP):
        publisher.serve(address, Reply(b"gone", 404, etag=False))
    bank = make_bank(tmp_path, publisher, monkeypatch, FLOW, stand_in, second)
    bank.ask()
    assert [state(bank, one)[0] for one in ("rates", "rates_zip", "second")] == ["failed"] * 3
    publisher.serve(CSV, FIRST)
    bank.ask(days=0)
    assert [state(bank, one)[0] for one in ("rates", "rates_zip", "second")] == ["live", "resting", "resting"]
    assert {one.state for one in live.statuses(bank.builder.project, bank.builder.store, bank.today)} == {"ok"}
    before = shas(bank)
    bank.ask()
    assert shas(bank) == before
