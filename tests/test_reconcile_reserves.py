"""The five largest holders computed by SQL agree with the compiled cross-check, every year and every group."""

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

# The cross-check's names -> ours. It prints tenths of a billion.
SERIES = {"incl_gold_WDI": "with_gold_wdi", "excl_gold_EWN": "without_gold_ewn"}
HOLDERS = {"five largest": "five_largest", "G5 (USA JPN DEU GBR FRA)": "g5", "USA DEU JPN GBR CHE": "named_five"}
HALF_A_TENTH = Decimal("0.05")


@pytest.fixture(scope="module")
def checked(facts: Path) -> list[dict[str, str]]:
    """Rows of the cross-check."""
    with (facts / "facts_top5_reserves.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_agrees(checked: list[dict[str, str]], built: Callable[[str], pa.Table]) -> None:
    computed = {
        (r["year"], r["reserve_series"], r["holders"]): r for r in built("reserves_by_holder_group").to_pylist()
    }
    held = {
        (r["iso3"], r["year"], r["basis"]): r["reserves_usd_bn"]
        for r in built("reserves").to_pylist()
        if r["vintage_id"] in ("wdi-2025-12-04", "ewn-2022-12")
    }
    assert len(checked) == 261
    for row in checked:
        year, series = int(row["year"]), SERIES[row["basis"]]
        ours = computed[year, series, HOLDERS[row["group"]]]
        named = dict(pair.split("=") for pair in row["members_usd_billion"].split())
        members = ours["members"].split()
        assert set(members) == set(named), row
        if row["group"] == "five largest":
            assert members == list(named), row
        assert abs(ours["reserves_usd_bn"] - Decimal(row["sum_usd_billion"])) <= HALF_A_TENTH, row
        basis = "with_gold" if series == "with_gold_wdi" else "without_gold"
        for iso3, amount in named.items():
            assert abs(held[iso3, year, basis] - Decimal(amount)) <= HALF_A_TENTH, (row, iso3)


def test_taiwan_is_missing_with_gold_only(built: Callable[[str], pa.Table]) -> None:
    largest = {
        (r["year"], r["reserve_series"]): (r["members"] or "").split()
        for r in built("reserves_by_holder_group").to_pylist()
        if r["holders"] == "five_largest"
    }
    held = {(r["iso3"], r["year"], r["vintage_id"]): r["reserves_usd_bn"] for r in built("reserves").to_pylist()}
    with_taiwan = [year for (year, series), five in largest.items() if series == "without_gold_ewn" and "TWN" in five]
    assert not any("TWN" in five for (_, series), five in largest.items() if series == "with_gold_wdi")
    assert {2000, 2001} <= set(with_taiwan)
    assert len(with_taiwan) == 34
    above_the_fifth = [
        year
        for year in with_taiwan
        if held["TWN", year, "ewn-2022-12"] > held[largest[year, "with_gold_wdi"][-1], year, "wdi-2025-12-04"]
    ]
    assert len(above_the_fifth) == 22
