"""The quota tables, built from the bundled figures, against figures that an independent recomputation found."""

from collections.abc import Callable
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest

Built = Callable[[str], pa.Table]
ASIA = "('CHN', 'JPN', 'KOR', 'IND', 'IDN', 'THA', 'MYS', 'SGP', 'PHL', 'VNM')"


@pytest.fixture(scope="module")
def con(built: Built) -> duckdb.DuckDBPyConnection:
    """The quota tables under their own names."""
    con = duckdb.connect(":memory:")
    for stem in ("imf_quotas", "imf_calculated_quotas", "imf_quota_alignment", "imf_quota_alignment_by_group"):
        con.register(stem, built(stem))
    return con


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> Decimal:
    value = con.execute(sql).fetchall()[0][0]
    assert value is not None, sql
    return Decimal(value)


@pytest.mark.parametrize(
    ("data_set", "kind", "share"),
    [
        ("2008_reform", "actual", "17.83"),
        ("2008_reform", "calculated", "22.99"),
        ("14th_review", "actual_agreed", "21.29"),
        ("14th_review", "calculated", "23.33"),
        ("2017_update", "calculated", "28.06"),  # 28.065: half a unit of the last place either way
        ("2018_update", "calculated", "28.51"),
    ],
)
def test_asia_ten_in_each_data_set(con: duckdb.DuckDBPyConnection, data_set: str, kind: str, share: str) -> None:
    found = _one(
        con,
        f"select sum(share_pct) from imf_calculated_quotas where data_set = '{data_set}' "
        f"and kind = '{kind}' and iso3 in {ASIA}",
    )
    assert abs(found - Decimal(share)) <= Decimal("0.0051")


def test_every_list_of_shares_is_a_whole(con: duckdb.DuckDBPyConnection) -> None:
    sums = con.execute("select data_set, kind, sum(share_pct) from imf_calculated_quotas group by all").fetchall()
    assert len(sums) == 6
    assert all(Decimal("99.99") < total < Decimal("100.01") for _, _, total in sums), sums


def test_asia_ten_held_15_16_percent_of_all_quotas_in_2001(con: duckdb.DuckDBPyConnection) -> None:
    found = _one(
        con,
        "select quota_share_of_all_pct from imf_quota_alignment_by_group "
        "where quota_date = '2001-02-28' and group_code = 'ASIA_10'",
    )
    assert round(found, 2) == Decimal("15.16")


@pytest.mark.parametrize("day", ["2022-10-02", "2024-01-31"])
def test_total_of_all_quotas(con: duckdb.DuckDBPyConnection, day: str) -> None:
    listed = con.execute(f"select sum(quota_sdr_mn), count(*) from imf_quotas where quota_date = '{day}'").fetchall()
    assert listed == [(Decimal("476272.0"), 190)]
    stated = con.execute(f"select distinct all_quotas_published_sdr_mn from imf_quotas where quota_date = '{day}'")
    assert stated.fetchall() == [(Decimal("476272.0"),)]


def test_published_shares_of_2022_are_those_computed_here(con: duckdb.DuckDBPyConnection) -> None:
    worst = _one(
        con,
        "select max(abs(q.share_published_pct - a.quota_share_pct)) from imf_quotas q "
        "join imf_quota_alignment a on a.iso3 = q.iso3 and a.quota_date = q.quota_date "
        "where q.quota_date = '2022-10-02'",
    )
    assert worst <= Decimal("0.006")


def test_every_facts_row_arrived(con: duckdb.DuckDBPyConnection) -> None:
    assert _one(con, "select count(*) from imf_quotas") == 1626
    assert _one(con, "select count(*) from imf_calculated_quotas") == 1134


def test_each_quota_date_is_one_whole_with_the_united_states_in_it(con: duckdb.DuckDBPyConnection) -> None:
    dates = con.execute(
        "select quota_date, sum(quota_share_pct), count(*) filter (where iso3 = 'USA'), "
        "max(iso3) filter (where iso3 = 'TWN') "
        "from imf_quota_alignment group by quota_date order by quota_date"
    ).fetchall()
    assert len(dates) == 11
    for day, total, united_states, taiwan in dates:
        assert abs(total - 100) < Decimal("0.001"), day
        assert (united_states, taiwan) == (1, None), day


def test_no_derived_quota_counts_as_published_on_the_day_of_the_talk(con: duckdb.DuckDBPyConnection) -> None:
    seen = con.execute(
        "select distinct iso3 from imf_quotas where known_on <= date '2001-12-06' order by iso3"
    ).fetchall()
    assert seen == [("CHN",), ("USA",)]
