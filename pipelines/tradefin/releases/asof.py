"""A release as it would have been on a day: its own core tables filtered, its marts made again by its own SQL.

Needs pyarrow and duckdb only. What belongs here: a release as the source of such views (`tables.asof` makes them).
"""

from typing import TYPE_CHECKING

import pyarrow as pa

from tradefin import locked
from tradefin.errors import NotFound
from tradefin.quoting import quote, sql_type
from tradefin.releases.release import Release
from tradefin.tables.asof import Shape, View, connect

if TYPE_CHECKING:
    import duckdb

    from tradefin.releases.manifest import TableInfo


class ReleaseTables:
    """Tables of one release, each verified when it is read.

    Args:
        release: The opened release.
    """

    def __init__(self, release: Release) -> None:
        self.release = release
        self._read: dict[str, pa.Table] = {}

    def connect(self) -> "duckdb.DuckDBPyConnection":
        """A private in-memory DuckDB that reads what is registered in it and nothing else."""
        return locked.private()

    def table(self, stem: str) -> "pa.Table":
        """A whole table as it was published."""
        if stem not in self._read:
            self._read[stem] = self.release.arrow(stem)
        return self._read[stem]

    def closure(self, stems: list[str]) -> list[str]:
        """The tables and all of the release that they are made from, upstream first."""
        order: list[str] = []

        def visit(stem: str) -> None:
            if stem not in order:
                for need in self._info(stem).inputs:
                    if need in self.release.manifest.tables:
                        visit(need)
                order.append(stem)

        for stem in stems:
            visit(self.release.table(stem).name)
        return order

    def shape(self, stem: str) -> Shape | None:
        """Layer, columns and days of a table, as its manifest tells them."""
        info = self.release.manifest.tables.get(stem)
        return Shape(info.layer, {c.name: c.known_from for c in info.columns}, info.as_of) if info else None

    def derive(self, con: "duckdb.DuckDBPyConnection", stem: str) -> "pa.Table":
        """A mart made by the release's own SQL from what the connection holds, in its published types and order."""
        con.execute(f"create or replace temp table derived as {self._sql(self._info(stem))}")
        return self._published_form(con, stem, "derived")

    def seen(self, stem: str, view: View) -> pa.Table:
        """One table as a view sees it, in its published types and order."""
        with connect(self, [stem], view) as con:
            return self._published_form(con, stem, stem)

    def _published_form(self, con: "duckdb.DuckDBPyConnection", stem: str, relation: str) -> pa.Table:
        info = self._info(stem)
        fields = ", ".join(f"cast({quote(c.name)} as {sql_type(c.type)}) as {quote(c.name)}" for c in info.columns)
        order = ", ".join(f"{quote(name)} nulls first" for name in info.sorted_by)
        made = con.sql(f"select {fields} from {quote(relation)} order by {order}").to_arrow_table()
        published = self.table(stem).schema  # but a cell may be missing on a day that is not missing today
        return made.cast(pa.schema([f.with_nullable(True) for f in published], published.metadata))

    def _info(self, stem: str) -> "TableInfo":
        return self.release.manifest.tables[stem]

    def _sql(self, info: "TableInfo") -> str:
        if not info.sql:
            raise NotFound(f"Release {self.release.id} does not hold the SQL of {info.name}; a newer release does.")
        return self.release.file_bytes(info.sql).decode().strip().removesuffix(";")
