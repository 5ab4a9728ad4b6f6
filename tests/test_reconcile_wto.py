"""Counts that an independent audit of the compiled facts named, computed from the built tables.

They are not bounds of the contracts: a new edition moves them, and then this file says by how much.
"""

from collections.abc import Callable

import duckdb
import pyarrow as pa
import pytest

Query = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def query(built: Callable[[str], pa.Table]) -> Query:
    """Run SQL over the vertical's tables."""
    stems = (
        "wto_disputes",
        "wto_dispute_parties",
        "wto_dispute_events",
        "wto_rulings",
        "wto_dispute_scorecard",
        "antidumping_actions",
        "antidumping_events",
        "trade_agreements",
    )
    con = duckdb.connect(":memory:")
    for stem in stems:
        con.register(stem, built(stem))
    return lambda sql: con.execute(sql).fetchall()


def test_every_dispute_once(query: Query) -> None:
    assert query("select count(*), min(ds_number), max(ds_number), count(distinct ds_number) from wto_disputes") == [
        (646, 1, 646, 646)
    ]


def test_disputes_of_the_wto_file(query: Query) -> None:
    # DS622 stands in the file too, but its newest stage is from the news.
    assert query(
        "select count(*) filter (where vintage_id = 'wto-disputes-2024-06'), count(*) filter (where ds_number <= 624) "
        "from wto_disputes"
    ) == [(623, 624)]


def test_outcomes_of_adopted_reports(query: Query) -> None:
    assert query("select outcome, count(*) from wto_disputes where adopted is not null group by all order by all") == [
        ("ambiguous", 1),
        ("complainant_prevailed", 226),
        ("respondent_prevailed", 24),
    ]


def test_adoption_is_told_by_date_where_the_flag_is_wrong(query: Query) -> None:
    assert query("select count(adopted) from wto_disputes where ds_number in (404, 444, 445, 480, 517)") == [(5,)]


def test_the_audit_s_contested_rulings(query: Query) -> None:
    assert query(
        "select contested_kind, list(ds_number order by ds_number) from wto_disputes where is_ambiguous "
        "group by all order by all"
    ) == [
        ("conflicting_texts", [244, 360]),
        ("no_recommendation", [165]),
        ("not_on_merits", [22, 60]),
        ("split_findings", [46, 70, 160, 184]),
    ]


def test_violation_and_recommendation_are_two_rules(query: Query) -> None:
    assert query(
        "select ds_number, violation_found, recommendation_made from wto_disputes "
        "where ds_number in (165, 244, 360) order by all"
    ) == [(165, True, False), (244, False, False), (360, None, False)]


@pytest.mark.parametrize(("unit", "expected"), [("ds_number", 3), ("panel_report", 1), ("adoption", 1)])
def test_computer_equipment_is_three_losses_or_one(query: Query, unit: str, expected: int) -> None:
    assert query(
        "select count(distinct ruling_id) from wto_rulings where ds_number in (62, 67, 68) "
        f"and counting_unit = '{unit}' and not complainant_prevailed"
    ) == [(expected,)]


def test_rulings_in_three_ways(query: Query) -> None:
    assert query("select counting_unit, count(distinct ruling_id) from wto_rulings group by all order by all") == [
        ("adoption", 196),
        ("ds_number", 251),
        ("panel_report", 197),
    ]


def test_no_ruling_joins_opposite_results(query: Query) -> None:
    assert not query(
        "select r.ruling_id from wto_rulings r join wto_disputes d using (ds_number) "
        "where winning_rule = 'violation_found' group by counting_unit, r.ruling_id "
        "having count(distinct d.violation_found) > 1"
    )


def test_disputes_without_parties_or_day(query: Query) -> None:
    assert query(
        "select ds_number from wto_disputes where ds_number not in (select ds_number from wto_dispute_parties)"
    ) == [(645,)]
    assert query(
        "select list(ds_number order by ds_number) from wto_disputes where consultations_requested is null"
    ) == [([641, 642, 645],)]


def test_every_conflict_of_dates_keeps_both(query: Query) -> None:
    assert query(
        "select count(*) filter (where is_kept), count(*) filter (where not is_kept) from wto_dispute_events "
        "where other_date is not null"
    ) == [(25, 25)]


def test_kept_events_are_the_disputes_dates(query: Query) -> None:
    assert query("select count(*) from wto_dispute_events where is_kept and stage = 'adopted'") == query(
        "select count(adopted) from wto_disputes"
    )


def test_us_japan_rulings_by_the_day_of_the_talk(query: Query) -> None:
    assert query(
        "select role, adopted, prevailed from wto_dispute_scorecard where member = 'JPN' and as_of_date = '2001-12-06' "
        "and counting_unit = 'panel_report' and winning_rule = 'violation_found' order by role"
    ) == [("complainant", 4, 4), ("respondent", 3, 1)]


def test_base_rates_of_the_two_roles_add_up(query: Query) -> None:
    assert not query(
        "select as_of_date from wto_dispute_scorecard where member = 'WLD' and adopted > 0 "
        "group by as_of_date, counting_unit, winning_rule having sum(prevailed) <> max(adopted)"
    )


def test_antidumping_rows_of_every_compiler(query: Query) -> None:
    assert query("select compiler, count(*) from antidumping_actions group by all order by all") == [
        ("gad_us", 1031),
        ("secondary_booklet", 50),
        ("secondary_paper", 74),
        ("wto_press_release", 85),
        ("wto_table", 429),
    ]
    assert query("select count(*) from antidumping_events") == [(17,)]


def test_united_states_antidumping_totals(query: Query) -> None:
    assert query(
        "select series, sum(actions) from antidumping_actions where compiler = 'gad_us' group by all order by all"
    ) == [("final_measures", 620), ("initiations", 1360), ("orders_in_force_2001_12_01", 243)]


def test_two_compilers_of_united_states_measures(query: Query) -> None:
    within = "period_start >= '1995-01-01' and period_end <= '2001-12-31' and reporter = 'USA'"
    assert query(
        "select sum(actions) from antidumping_actions where series = 'final_measures' and compiler = 'gad_us' "
        f"and {within}"
    ) == [(131,)]
    assert query(
        "select sum(actions) from antidumping_actions where series = 'measures_by_reporter' and compiler = 'wto_table' "
        f"and {within}"
    ) == [(170,)]


def test_measures_on_japan_1995_2001_are_a_range(query: Query) -> None:
    assert query(
        "select actions from antidumping_actions where exporter = 'JPN' and series like 'measures_by_exporter_%_bound' "
        "order by actions"
    ) == [(58,), (67,)]


@pytest.mark.parametrize(
    ("day", "all_of_them", "without_accessions"),
    [("1990-12-31", 48, 44), ("1995-12-31", 104, 99), ("2001-12-31", 188, 178), ("2001-12-06", 186, 176)],
)
def test_agreements_in_force(query: Query, day: str, all_of_them: int, without_accessions: int) -> None:
    assert query(
        "select count(*), count(*) filter (where not is_accession) from trade_agreements "
        f"where in_force_from <= '{day}' and coalesce(inactive_from > '{day}', true)"
    ) == [(all_of_them, without_accessions)]


def test_agreements_that_the_claims_turn_on(query: Query) -> None:
    assert query("select count(*) from trade_agreements") == [(655,)]
    assert query(
        "select min(in_force_from) from trade_agreements "
        "where name like '%Japan%' or original_signatories like '%Japan%'"
    ) == query("select date '2002-11-30'")
    assert query("select rta_id from trade_agreements where name = 'ASEAN Free Trade Area (AFTA)' order by rta_id") == [
        (126,),
        (1170,),
    ]
