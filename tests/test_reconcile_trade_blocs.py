"""The shares of blocs agree with their own amounts, with each other and with what the WTO published."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

Built = Callable[[str], pa.Table]
Row = dict[str, Any]


def _by_bloc(built: Built) -> dict[tuple[str, int], Row]:
    return {(row["bloc"], row["year"]): row for row in built("trade_within_blocs").to_pylist()}


def test_shares_are_those_of_the_amounts(built: Built) -> None:
    checked = 0
    for name, row in _by_bloc(built).items():
        if row["imports_usd_bn"] is None:
            continue
        intra, exports, imports = row["intra_exports_usd_bn"], row["exports_usd_bn"], row["imports_usd_bn"]
        assert float(100 * intra / exports) == pytest.approx(float(row["intra_share_of_exports_pct"]), abs=0.02), name
        both = exports + imports
        assert float(200 * intra / both) == pytest.approx(float(row["intra_share_of_trade_pct"]), abs=0.02), name
        checked += 1
    assert checked > 100


@pytest.mark.parametrize("europe", ["EU15", "EU28"])
def test_three_blocs_are_the_sum_of_three(built: Built, europe: str) -> None:
    rows = _by_bloc(built)
    for year in range(1964, 2017, 4):
        if year == 1992:  # the world's total of that year lacks a flow
            continue
        parts = [rows[bloc, year]["intra_share_of_world_pct"] for bloc in (europe, "NAFTA", "EAST_ASIA_16")]
        whole = rows[f"{europe}_NAFTA_EAST_ASIA", year]
        within, between = whole["within_share_of_world_pct"], whole["between_share_of_world_pct"]
        assert sum(parts) == pytest.approx(within, abs=Decimal("0.01")), year
        inward = float(100 * within / (within + between))
        assert inward == pytest.approx(float(whole["within_share_of_blocs_pct"]), abs=0.01), year


@pytest.mark.parametrize(
    ("bloc", "year", "published"),
    [("NAFTA", 2000, 56), ("NAFTA", 2008, 51), ("ASEAN_10", 2008, 25), ("EU28", 2008, 68)],
)
def test_what_the_wto_published_is_near(built: Built, bloc: str, year: int, published: int) -> None:
    """The WTO's figures are of 2000 and 2007, the nearest year of the data set is 2008."""
    assert abs(_by_bloc(built)[bloc, year]["intra_share_of_exports_pct"] - published) < 2


def test_invalid_rows_are_nowhere(built: Built) -> None:
    rows = built("trade_by_bloc").to_pylist()
    assert not [row for row in rows if (row["note"] or "").startswith("INVALID")]
    (nafta,) = [r for r in rows if r["bloc"] == "NAFTA" and r["year"] == 1992 and r["measure"] == "intra_exports"]
    assert nafta["amount_usd_bn"] == Decimal("227.081")
    assert nafta["vintage_id"] == "penppml-trade-repaired-1992"
