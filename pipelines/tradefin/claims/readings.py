"""Each claim measured on the days that matter: when it was said, every fifth anniversary, and today.

What belongs here: which day, which reading, over which tables. What does not: what the figures mean.
"""

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from tradefin.claims.claim import Claim
from tradefin.claims.measure import Measurement, measure, register_statistics
from tradefin.quoting import quote
from tradefin.tables.asof import Known, Tables, View, connect
from tradefin.tables.sql import upstream

Readings = dict[str, dict[View, list[Measurement]]]

PAST: tuple[Known, ...] = ("published", "period_ended")
_YEARS_APART = 5
_OWN_DATE = "own date"


def newest_day(tables: Tables) -> date:
    """The day on which the newest vintage at hand became public: what "today" means for a release."""
    days: list[date] = tables.table("vintages").column("known_on").to_pylist()
    return max(days)


def views_of(claim: Claim, today: date) -> list[View]:
    """The day on which a claim was made and its anniversaries, in both readings, and all that is known today."""
    days = [claim.said_on]
    while (later := _years_after(claim.said_on, _YEARS_APART * len(days))) < today:
        days.append(later)
    return [*(View(day, known) for day in days for known in PAST), View(today, "latest")]


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def measure_all(
    tables: Tables,
    claims: Mapping[str, Claim],
    queries: Mapping[str, Path],
    today: date,
    day: date | None = None,
) -> Readings:
    """Every testable claim measured.

    Args:
        tables: The project's tables or a release's.
        claims: The claims by id.
        queries: The file of each one's query.
        today: The day on which the newest figure at hand became public.
        day: Measure as of this day alone; by default as of each day of `views_of`.
    """
    wanted: dict[View, list[str]] = {}
    for name in queries:
        views = [View(day, known) for known in PAST] if day else views_of(claims[name], today)
        for view in views:
            wanted.setdefault(view, []).append(name)

    def measured(view: View) -> dict[str, list[Measurement]]:
        reads = {name: upstream(queries[name]) for name in wanted[view]}
        stems = {"vintages", *(t for needs in reads.values() for t in needs)}
        with connect(tables, sorted(stems), view) as con:
            register_statistics(con)
            rules = _rules(con, tables, stems)
            known_by = {name: _known_by(tables, needs, rules) for name, needs in reads.items()}
            return {
                name: [replace(m, known_by=known_by[name]) for m in measure(con, claims[name], queries[name])]
                for name in reads
            }

    readings: Readings = {name: {} for name in queries}
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # DuckDB lets go of Python while it works
        for view, found in zip(wanted, pool.map(measured, wanted), strict=True):
            for name, measurements in found.items():
                readings[name][view] = measurements
    return readings


def _rules(con: duckdb.DuckDBPyConnection, tables: Tables, stems: Iterable[str]) -> dict[str, str]:
    """How the publication days of each core table's visible rows are known, in the words of `vintages`."""
    vintages = tables.shape("vintages")
    if vintages is None or "known_on_rule" not in vintages.columns:
        return {}
    found = {}
    for stem in tables.closure(sorted(stems)):
        shape = tables.shape(stem)
        if shape is None or shape.days is None or "vintage_id" not in shape.columns:
            continue
        published = quote(shape.days.published)
        rows = con.execute(
            f"select distinct case when t.{published} = v.known_on then v.known_on_rule else '{_OWN_DATE}' end "
            f"from {quote(stem)} as t join vintages as v using (vintage_id) order by 1"
        ).fetchall()
        found[stem] = ", ".join(row[0] for row in rows)
    return found


def _known_by(tables: Tables, stems: Iterable[str], rules: Mapping[str, str]) -> str | None:
    closure = tables.closure(sorted(stems))
    return "; ".join(f"{stem}: {rules[stem]}" for stem in closure if rules.get(stem)) or None
