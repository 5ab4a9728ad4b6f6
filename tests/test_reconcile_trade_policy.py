"""Counts of anti-dumping, trade agreements and disputes that an audit of the compiled facts named, found in the marts.

They are not bounds of the contracts: a new edition moves them, and then this file says by how much.
"""

from collections.abc import Callable

import duckdb
import pyarrow as pa
import pytest

Query = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def query(built: Callable[[str], pa.Table]) -> Query:
    """Run SQL over the marts."""
    stems = (
        "antidumping_by_exporter",
        "antidumping_by_reporter",
        "trade_agreements_in_force",
        "wto_disputes_by_pair",
        "wto_disputes_by_span",
        "us_japan_disputes",
    )
    con = duckdb.connect(":memory:")
    for stem in stems:
        con.register(stem, built(stem))
    return lambda sql: con.execute(sql).fetchall()


def test_agreements_in_force_with_and_without_accessions(query: Query) -> None:
    assert query(
        "select as_of_date::varchar, in_force, in_force_without_accessions from trade_agreements_in_force "
        "where area = 'world' and as_of_date in ('1990-12-31', '1995-12-31', '2001-12-06', '2001-12-31') order by 1"
    ) == [("1990-12-31", 48, 44), ("1995-12-31", 104, 99), ("2001-12-06", 186, 176), ("2001-12-31", 188, 178)]


def test_afta_is_one_name(query: Query) -> None:
    assert query(
        "select in_force, in_force_by_name from trade_agreements_in_force "
        "where area = 'within_east_asia' and as_of_date = '2001-12-31'"
    ) == [(3, 2)]


def test_measures_of_the_united_states_by_two_compilers(query: Query) -> None:
    assert query(
        "select compiler, sum(actions)::integer from antidumping_by_reporter where reporter = 'USA' "
        "and series in ('final_measures', 'measures_by_reporter') and period between '1995' and '2001' "
        "group by compiler order by compiler"
    ) == [("gad_us", 131), ("wto_table", 170)]


def test_measures_on_the_four_most_hit_and_japan_between_bounds(query: Query) -> None:
    assert query(
        "select exporter, actions_low, actions_high, rank_best from antidumping_by_exporter "
        "where definition = 'all_measures_since_1995' and period = '1995-2001' and rank_best <= 5 "
        "order by rank_best, exporter"
    ) == [("CHN", 183, 183, 1), ("KOR", 79, 79, 2), ("JPN", 58, 67, 3), ("USA", 58, 58, 3), ("TWN", 57, 57, 5)]


def test_the_eu_together_once(query: Query) -> None:
    assert query(
        "select actions from antidumping_by_exporter "
        "where definition = 'all_measures_1995_2019' and eu = 'together' and exporter = 'EUN'"
    ) == [(94 + 388,)]


def test_orders_in_force(query: Query) -> None:
    assert query(
        "select exporter, actions, all_actions from antidumping_by_exporter "
        "where definition = 'us_orders_in_force' and eu = 'apart' and exporter in ('CHN', 'JPN') order by 1"
    ) == [("CHN", 44, 243), ("JPN", 30, 243)]


def test_pairs_and_spans_count_the_disputes_between_the_united_states_and_japan(query: Query) -> None:
    listed = query("select count(*) from us_japan_disputes")
    pair = "(member, respondent) in (('USA', 'JPN'), ('JPN', 'USA'))"
    assert (
        query(f"select sum(disputes)::integer from wto_disputes_by_pair where role = 'complainant' and {pair}")
        == listed
    )
    assert (
        query(
            "select sum(disputes)::integer from wto_disputes_by_span where pair = 'us_japan' and counting = 'ds_number'"
        )
        == listed
    )


def test_totals_count_every_dispute_once(query: Query) -> None:
    total = "role = 'complainant' and member = 'WLD' and respondent = 'WLD'"
    assert query(f"select sum(disputes)::integer, sum(adopted)::integer from wto_disputes_by_pair where {total}") == [
        (646, 251)
    ]
