"""Figures given more than once: all core tables take part, and what was revised agrees with a count without SQL."""

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal

import pyarrow as pa

from tradefin.tables.builder import Builder

Built = Callable[[str], pa.Table]

# Core tables of figures in editions that are left out, and why.
LEFT_OUT = {
    "wto_dispute_events": "the dates of wto_disputes, one a row",
    "wto_dispute_parties": "who took part, and no figure",
    "antidumping_events": "one account of each event",
}


def test_every_core_table_of_figures_takes_part(builder: Builder) -> None:
    core = {s for s, c in builder.contracts.items() if c.layer == "core" and c.as_of and "vintage_id" in c.columns}
    assert core - set(LEFT_OUT) == set(builder.graph["figure_editions"]) - {"vintages"}


def test_revisions_of_turnover_are_those_of_its_editions(built: Built) -> None:
    known = {v["vintage_id"]: v["known_on"] for v in built("vintages").to_pylist()}
    editions: dict[str, dict[str, set[Decimal]]] = defaultdict(lambda: defaultdict(set))
    for row in built("bis_fx_turnover").to_pylist():
        if row["turnover_usd_bn"] is not None:
            figure = f"{row['survey_year']}|{row['instrument']}|{row['basis']}"
            editions[figure][row["vintage_id"]].add(row["turnover_usd_bn"])
    expected = {}
    for figure, given in editions.items():
        order = sorted(given, key=lambda v: (known[v], v))
        if len(order) > 1:
            expected[figure] = (len(order), order[0], order[-1], given[order[0]], given[order[-1]])
    told = {
        r["figure"]: r
        for r in built("revisions").to_pylist()
        if (r["table_name"], r["column_name"]) == ("bis_fx_turnover", "turnover_usd_bn")
    }
    assert set(told) == set(expected)
    assert len(told) > 10
    for figure, (count, first, last, firsts, lasts) in expected.items():
        row = told[figure]
        assert (row["editions"], row["first_vintage"], row["last_vintage"]) == (count, first, last), figure
        assert Decimal(row["first_value"]) in firsts
        assert Decimal(row["last_value"]) in lasts
        assert row["total_change"] == Decimal(row["last_value"]) - Decimal(row["first_value"])


def test_a_figure_that_was_never_revised_has_no_largest_revision(built: Built) -> None:
    for row in built("revisions").to_pylist():
        assert (row["revisions"] == 0) == (row["largest_to_vintage"] is None), row
        if row["first_value"] != row["last_value"]:
            assert row["total_change"] is None or row["total_change"] != 0
