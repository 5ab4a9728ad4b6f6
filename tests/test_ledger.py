"""The ledger is whole: every claim of the talk, each with definitions, days, verdicts and cases that flip."""

import re
from collections.abc import Callable
from datetime import date

import pyarrow as pa
import pytest

from tests.conftest import ROOT, SHARED
from tradefin.claims.claim import Claim, read_claims
from tradefin.claims.readings import newest_day
from tradefin.project import Project
from tradefin.tables.builder import Builder

CLAIMS = read_claims(Project.find())
TESTABLE = {name: claim for name, claim in CLAIMS.items() if not claim.not_testable}


def _rows(table: pa.Table, claim: str) -> list[dict[str, object]]:
    return [row for row in table.to_pylist() if row["claim_id"] == claim]


def test_every_line_of_the_list_is_a_claim() -> None:
    listed = SHARED / "design" / "CLAIMS.md"
    if not listed.is_file():
        pytest.skip(f"no list of claims at {listed}")
    ids = re.findall(r"^\| ([a-z][a-z0-9_]+) \| [PKF] \|", listed.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(ids) > 20
    assert sorted(set(ids) - set(CLAIMS)) == []


@pytest.mark.parametrize("name", TESTABLE)
def test_a_claim_is_measured_in_more_than_one_way(name: str, built: Callable[[str], pa.Table]) -> None:
    claim: Claim = TESTABLE[name]
    now = [row for row in _rows(built("claim_sensitivity"), name) if row["known"] == "latest"]
    assert {row["definition"] for row in now} == set(claim.definitions)
    assert sum(row["holds"] is not None for row in now) >= 2 or _undecided(name, built), (
        f"{name}: fewer than two definitions can be judged by '{claim.holds_when}'"
    )


def _undecided(name: str, built: Callable[[str], pa.Table]) -> bool:
    return all(row["verdict"] == "undecided" for row in _rows(built("claim_verdicts"), name))


@pytest.mark.parametrize("name", TESTABLE)
def test_every_definition_is_measured(name: str, built: Callable[[str], pa.Table]) -> None:
    measured = {row["definition"] for row in _rows(built("claim_measurements"), name) if row["known"] == "latest"}
    assert measured == set(TESTABLE[name].definitions)


@pytest.mark.parametrize("name", TESTABLE)
def test_a_claim_is_judged_then_and_now(name: str, builder: Builder) -> None:
    days = [row["as_of"] for row in _rows(builder.table("claim_verdicts"), name)]
    assert days[0] == date(2001, 12, 6)
    assert days[-1] == newest_day(builder)
    assert len(days) == 6


@pytest.mark.parametrize("name", TESTABLE)
def test_other_figures_give_another_verdict(name: str) -> None:
    verdicts = {p.read_text().strip() for p in (ROOT / "tests" / "sql" / name).glob("*/verdict.txt")}
    assert len(verdicts) >= 2, f"{name}: its golden cases show {verdicts or 'no verdict'}"
