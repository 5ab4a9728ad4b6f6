"""The computed timeline of United States-Japan disputes against the hand-checked one, row by row."""

import csv
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

DATES = (
    "consultations_requested",
    "panel_established",
    "panel_report_circulated",
    "ab_report_circulated",
    "adopted",
)


@pytest.fixture(scope="module")
def computed(built: Callable[[str], pa.Table]) -> dict[int, dict[str, object]]:
    return {row["ds_number"]: row for row in built("us_japan_disputes").to_pylist()}


@pytest.fixture(scope="module")
def checked(facts: Path) -> dict[int, dict[str, str]]:
    with (facts / "facts_us_japan_disputes.csv").open(encoding="utf-8", newline="") as lines:
        return {int(row["ds_number"]): row for row in csv.DictReader(lines)}


def test_the_same_disputes(computed: dict[int, dict[str, object]], checked: dict[int, dict[str, str]]) -> None:
    assert sorted(computed) == sorted(checked)


@pytest.mark.parametrize("date", DATES)
def test_the_same_dates(date: str, computed: dict[int, dict[str, object]], checked: dict[int, dict[str, str]]) -> None:
    assert {n: str(row[date] or "") for n, row in computed.items()} == {n: row[date] for n, row in checked.items()}


def test_the_same_directions(computed: dict[int, dict[str, object]], checked: dict[int, dict[str, str]]) -> None:
    direction = {
        n: "japan_v_us" if row["direction"].startswith("Japan v") else "us_v_japan" for n, row in checked.items()
    }
    assert {n: row["direction"] for n, row in computed.items()} == direction


def test_the_same_parties(computed: dict[int, dict[str, object]], checked: dict[int, dict[str, str]]) -> None:
    found = {n: (row["complainants"], row["respondents"]) for n, row in computed.items()}
    assert found == {n: (row["complainants"], row["respondent"]) for n, row in checked.items()}


def test_the_same_winners(computed: dict[int, dict[str, object]], checked: dict[int, dict[str, str]]) -> None:
    # The hand-checked list adds the circumstances in brackets: 'JPN (all complainants)', 'none (settled)'.
    winner = {n: row["winner"].split(" ")[0] for n, row in checked.items()}
    assert {n: row["winner"] for n, row in computed.items()} == winner


def test_a_winner_is_told_from_the_same_rule(
    computed: dict[int, dict[str, object]], checked: dict[int, dict[str, str]]
) -> None:
    starts = {
        "violation_found": "violation found",
        "no_violation_found": "no violation",
        "no_report_adopted": "no report",
    }
    wrong = {
        n for n, row in computed.items() if not checked[n]["winner_rule"].startswith(starts[str(row["winner_rule"])])
    }
    assert not wrong
