"""Which charts a report has.

What belongs here: the list. What does not: the charts (`charts`), their files (`drawing`).
"""

from collections.abc import Callable, Sequence

import sqlglot
from sqlglot import exp

from tradefin.claims.ledger import Entry
from tradefin.report.charts import definitions, verdicts
from tradefin.report.charts.agreements import AGREEMENTS_IN_FORCE
from tradefin.report.charts.chart import Chart
from tradefin.report.charts.disputes import US_JAPAN_TIMELINE, US_SCORECARD
from tradefin.report.charts.quotas import QUOTA_AND_WEIGHT, QUOTA_GAPS
from tradefin.report.charts.turnover import TURNOVER_AND_RESERVES

_OWN = (
    TURNOVER_AND_RESERVES,
    QUOTA_AND_WEIGHT,
    QUOTA_GAPS,
    US_JAPAN_TIMELINE,
    US_SCORECARD,
    AGREEMENTS_IN_FORCE,
)


def charts_of(entries: Sequence[Entry], has: Callable[[str], bool]) -> list[Chart]:
    """Every chart of a report: the overview, those of single subjects, two of each testable claim.

    Args:
        entries: The ledger.
        has: Whether the release has a table.
    """
    own = [chart for chart in _OWN if all(has(table) for table in tables_of(chart))]
    return [verdicts.chart_of(entries), *own, *(c for entry in entries for c in definitions.charts_of(entry))]


def tables_of(chart: Chart) -> tuple[str, ...]:
    """Names of the tables that a chart is drawn from."""
    tree = sqlglot.parse_one(chart.query, dialect="duckdb")
    ctes = {c.alias_or_name for c in tree.find_all(exp.CTE)}
    return tuple(sorted({t.name for t in tree.find_all(exp.Table) if t.name} - ctes))
