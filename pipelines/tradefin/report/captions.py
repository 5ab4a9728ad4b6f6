"""What stands below a chart: whose figures they are, how new, and of which release.

What belongs here: finding that out. What does not: how it is drawn (`drawing`).
"""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from tradefin.report import catalogue
from tradefin.report.charts.chart import Chart
from tradefin.report.drawing import Caption
from tradefin.tables.sql import upstream

if TYPE_CHECKING:
    import duckdb

    from tradefin.tables.builder import Builder

LEDGER = ("claims", "claim_measurements", "claim_sensitivity", "claim_verdicts")


class Captions:
    """The captions of one release's charts.

    Args:
        builder: Knows the tables, their publishers and the queries of the claims.
        con: Sees the tables in their schemas.
        release: Id of the release; empty where there is none yet.
    """

    def __init__(self, builder: "Builder", con: "duckdb.DuckDBPyConnection", release: str) -> None:
        self._builder = builder
        self._con = con
        self._release = release
        self._of_table: dict[str, list[str]] = {}

    def of(self, chart: Chart) -> Caption:
        """The caption of a chart."""
        tables = catalogue.tables_of(chart)
        if set(tables) <= set(LEDGER):
            tables = tuple(t for claim in chart.claims for t in self.reads(claim))
        behind = self.publishers(tables)
        sources = [v.attribution for slug in behind for v in self._builder.publishers[slug].licences.values()]
        days = [day for slug, day in self._newest.items() if slug in behind or not behind]
        told = tuple(dict.fromkeys(sources)) or ("the publishers that the page of each claim names",)
        return Caption(told, max(days, default=None), self._release)

    def reads(self, claim: str) -> tuple[str, ...]:
        """Tables that the query of a claim reads."""
        query = self._builder.project.claim_sql_files.get(claim)
        return upstream(query) if query else ()

    def publishers(self, tables: Sequence[str]) -> list[str]:
        """Slugs of the publishers whose figures tables hold."""
        for table in tables:
            if table not in self._of_table:
                self._of_table[table] = self._builder.publishers_of(table)
        return sorted({slug for table in tables for slug in self._of_table[table]})

    @cached_property
    def _newest(self) -> dict[str, date]:
        """Day on which the newest vintage of each publisher became public."""
        vintages = self._builder.contracts.get("vintages")
        if vintages is None or "publisher" not in vintages.columns:
            return {}
        query = "select publisher, max(known_on) as day from core.vintages group by all order by all"
        return {row["publisher"]: row["day"] for row in self._con.sql(query).to_arrow_table().to_pylist()}
