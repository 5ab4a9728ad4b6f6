"""The rows of one table, asked by DuckDB where they lie: a Parquet file is never held in memory.

What belongs here: reading rows, whatever they mean. What does not: checks.
"""

from functools import cache, cached_property
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tradefin import locked
from tradefin.quoting import literal, quote

# Names within the private DuckDB: the rows, and the rows with their place, counted from 0. No column can be called so.
ROWS = '"#rows"'
PLACED = '"#placed"'
PLACE = '"#"'

Values = tuple[Any, ...]


class Rows:
    """Rows to be checked.

    Args:
        source: A Parquet file that is known to be sound (DuckDB verifies no checksum of its pages), or an Arrow table.
        threads: Threads that DuckDB may use; None leaves it to DuckDB. No answer depends on it.
    """

    def __init__(self, source: Path | pa.Table, threads: int | None = None) -> None:
        self._source = source
        self._threads = threads

    @classmethod
    def of(cls, rows: "Rows | pa.Table") -> "Rows":
        """The same rows, an Arrow table made ready to be asked."""
        return rows if isinstance(rows, Rows) else cls(rows)

    @cached_property
    def _con(self) -> duckdb.DuckDBPyConnection:
        con = _database(self._threads).cursor()
        if isinstance(self._source, Path):
            file = literal(str(self._source))
            con.execute(f"create temp view {ROWS} as from read_parquet({file})")
            placed = f"select *, file_row_number as {PLACE} from read_parquet({file}, file_row_number = true)"
        else:
            con.register("#rows", self._source)
            placed = f"select *, row_number() over () - 1 as {PLACE} from {ROWS}"
        con.execute(f"create temp view {PLACED} as {placed}")
        return con

    @cached_property
    def types(self) -> dict[str, str]:
        """DuckDB's type of each column, in the table's order."""
        return {name: str(kind) for name, kind, *_ in self.ask(f"describe {ROWS}")}

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in the table's order."""
        return [*self.types]

    @cached_property
    def number(self) -> int:
        """How many rows there are."""
        return int(self.ask(f"select count(*) from {ROWS}")[0][0])

    def ask(self, query: str) -> list[Values]:
        """What a SELECT on `ROWS` or `PLACED` answers."""
        return self._con.execute(query).fetchall()

    def arrow(self) -> pa.Table:
        """All rows in memory, for what DuckDB cannot answer."""
        if isinstance(self._source, Path):
            return pq.read_table(self._source, page_checksum_verification=True)
        return self._source

    def distinct(self, column: str) -> list[Any]:
        """The values of a column in order, without the missing one; none for a column that is not there."""
        if column not in self.types:
            return []
        name = quote(column)
        return sorted(v for (v,) in self.ask(f"select distinct {name} from {ROWS} where {name} is not null"))

    def at(self, places: list[int], columns: list[str]) -> list[dict[str, str]]:
        """Some rows as texts, in the table's order; a missing value is the empty text.

        Args:
            places: Numbers of the rows, counted from 0.
            columns: Which columns, in this order; those that are not there are left out.
        """
        known = [c for c in columns if c in self.types]
        if not places or not known:
            return [{} for _ in places]
        wanted = ", ".join(str(int(p)) for p in places)
        return [
            texts(known, row)
            for row in self.ask(f"select {_list(known)} from {PLACED} where {PLACE} in ({wanted}) order by {PLACE}")
        ]

    def shared(self, key: tuple[str, ...], most: int) -> list[tuple[dict[str, str], int]]:
        """Keys that several rows have, as texts, and how many rows each: those that come first in the table.

        Args:
            key: Columns that make the key.
            most: How many keys at most.
        """
        found = self.ask(
            f"select {_list(key)}, count(*) from {doubtful(key)} group by {_list(key)} having count(*) > 1 "
            f"order by min({PLACE}) limit {most}"
        )
        return [(texts(key, row), row[-1]) for row in found]


@cache
def _database(threads: int | None) -> duckdb.DuckDBPyConnection:
    """An empty database for all tables that are asked: opening one takes longer than most answers."""
    config = locked.NO_EXTENSIONS | ({"threads": threads} if threads else {})
    return duckdb.connect(":memory:", config=config)


def doubtful(key: tuple[str, ...]) -> str:
    """A subquery of the placed rows whose key may occur twice, since its hash does: few, where keys are unique."""
    hashed = hash_of(key)
    twice = f"select {hashed} from {ROWS} group by all having count(*) > 1"
    return f"(select * from {PLACED} where {hashed} in ({twice}))"


def hash_of(key: tuple[str, ...]) -> str:
    """DuckDB's hash of a key. Equal keys have equal hashes: as many hashes as rows prove that no key occurs twice."""
    return f"hash({_list(key)})"


def texts(columns: list[str] | tuple[str, ...], row: Values) -> dict[str, str]:
    """A row for people."""
    return {c: "" if v is None else str(v) for c, v in zip(columns, row, strict=False)}


def _list(columns: list[str] | tuple[str, ...]) -> str:
    return ", ".join(quote(c) for c in columns)
