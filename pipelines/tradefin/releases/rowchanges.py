"""Rows of two versions of one table, compared by key in DuckDB.

One join tells how many rows and cells differ; further ones run only where there is something to list. So an unchanged
table of ten million rows costs one join, and memory does not grow with the number of changes. What belongs here: SQL.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradefin import locked
from tradefin.quoting import literal, quote
from tradefin.releases.changes import Key, Revision, RowChanges

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Pair:
    """A column before and after.

    Attributes:
        before: Its former name.
        after: Its name now.
        as_text: Whether the two have types that only compare as texts.
    """

    before: str
    after: str
    as_text: bool = False

    @property
    def old(self) -> str:
        """The former value in SQL."""
        return f"b.{quote(self.before)}" + ("::varchar" if self.as_text else "")

    @property
    def new(self) -> str:
        """The value now in SQL."""
        return f"a.{quote(self.after)}" + ("::varchar" if self.as_text else "")

    @property
    def differs(self) -> str:
        """The condition that the values are not the same."""
        return f"{self.old} is distinct from {self.new}"


class Comparison:
    """Two Parquet files of one table, to be compared by key.

    Args:
        con: A connection made by `private`.
        before: The former file.
        after: The file now.
        key: The key columns.
    """

    def __init__(self, con: "duckdb.DuckDBPyConnection", before: Path, after: Path, key: tuple[Pair, ...]) -> None:
        self.con = con
        self.key = key
        self.before, self.after = (f"read_parquet({literal(str(path))})" for path in (before, after))
        self.on = " and ".join(f"{k.old} = {k.new}" for k in key)
        self.both = f"{self.before} as b inner join {self.after} as a on {self.on}"

    def same_throughout(self, pairs: list[Pair]) -> list[Pair]:
        """Those pairs of columns whose values agree in every common row, and are there in at least one."""
        if not pairs:
            return []
        tests = ", ".join(f"count_if({p.differs}) = 0 and count({p.old}) > 0" for p in pairs)
        found = self._rows(f"select {tests} from {self.both}")[0]
        return [p for p, same in zip(pairs, found, strict=True) if same]

    def changes(self, values: tuple[Pair, ...], rows: tuple[int, int], limit: int) -> RowChanges:
        """Rows added, removed and revised.

        Args:
            values: The columns beside the key that both files have.
            rows: Number of rows before and now.
            limit: How many rows of each kind are listed.
        """
        any_differs = " or ".join(p.differs for p in values) or "false"
        per_column = "".join(f", count_if({p.differs})" for p in values)
        counted = f"select count(*), count_if({any_differs}){per_column} from {self.both}"
        common, revised, *cells = (n or 0 for n in self._rows(counted)[0])  # without any row count_if is null
        added, removed = rows[1] - common, rows[0] - common
        if added < 0 or removed < 0:
            return RowChanges(why_not="the key does not name one row")
        return RowChanges(
            added=added,
            removed=removed,
            revised=revised,
            columns={p.after: n for p, n in zip(values, cells, strict=True) if n},
            added_keys=self._alone("a", limit) if added else (),
            removed_keys=self._alone("b", limit) if removed else (),
            revisions=self._revisions(values, any_differs, limit) if revised else (),
        )

    def _alone(self, side: str, limit: int) -> tuple[Key, ...]:
        files = (f"{self.after} as a", f"{self.before} as b")
        here, there = files if side == "a" else files[::-1]
        names = [k.after if side == "a" else k.before for k in self.key]
        columns = ", ".join(f"{side}.{quote(n)}" for n in names)
        texts = ", ".join(f"{side}.{quote(n)}::varchar" for n in names)
        found = self._rows(
            f"select {texts} from {here} anti join {there} on {self.on} order by {columns} limit {limit}"
        )
        return tuple(dict(zip(names, row, strict=True)) for row in found)

    def _revisions(self, values: tuple[Pair, ...], any_differs: str, limit: int) -> tuple[Revision, ...]:
        texts = ", ".join(f"a.{quote(k.after)}::varchar" for k in self.key)
        cells = ", ".join(f"{p.old}::varchar, {p.new}::varchar, {p.differs}" for p in values)
        order = ", ".join(f"a.{quote(k.after)}" for k in self.key)
        rows = self._rows(
            f"select {texts}, {cells} from {self.both} where {any_differs} order by {order} limit {limit}"
        )
        return tuple(self._revision(values, row) for row in rows)

    def _revision(self, values: tuple[Pair, ...], row: tuple[Any, ...]) -> Revision:
        key = dict(zip((k.after for k in self.key), row, strict=False))
        cells = row[len(self.key) :]
        triples = zip(values, cells[::3], cells[1::3], cells[2::3], strict=True)
        told: Mapping[str, tuple[str | None, str | None]] = {p.after: (o, n) for p, o, n, differs in triples if differs}
        return Revision(key, told)

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.con.execute(sql).fetchall()


@contextmanager
def private() -> "Iterator[duckdb.DuckDBPyConnection]":
    """An in-memory DuckDB that may spill to a folder of its own, which is gone afterwards."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="tradefin-diff-") as folder:
        config = {**locked.NO_EXTENSIONS, "temp_directory": folder, "preserve_insertion_order": "false"}
        with duckdb.connect(":memory:", config=config) as con:
            yield con
