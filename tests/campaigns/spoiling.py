"""Ways in which a table goes wrong, each as a table: what the campaign `expectations` puts before the suites.

Cell by cell (a missing value, one out of range, a code that nobody knows), row by row (one that is there twice), column
by column (two that are swapped, one that slid by a row, one in another unit). What belongs here: making such tables.
What does not: whether anything notices.
"""

import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import Any

import pyarrow as pa

from tradefin.tables.contract import Column, Contract

KINDS = ("null", "duplicate", "out of range", "wrong code", "swapped", "shifted", "wrong unit")

THOUSAND = 1000
SLICE = 400  # rows among which one cell is spoilt: what judges a cell looks at its row alone

_DAYS = (datetime.date(1, 1, 1), datetime.date(9999, 12, 31))


@dataclass(frozen=True)
class Spoilt:
    """One way in which one table goes wrong.

    Attributes:
        kind: One of `KINDS`.
        table: The stem.
        columns: Columns that differ; of a duplicate, the key.
        how: For people: which side, which factor.
    """

    kind: str
    table: str
    columns: tuple[str, ...]
    how: str = ""

    def __str__(self) -> str:
        words = [self.table, self.kind, " and ".join(self.columns), self.how]
        return ", ".join(w for w in words if w)


def ways(contract: Contract) -> Iterator[Spoilt]:
    """Every way of every kind that a contract's columns allow, whether or not it would change the rows at hand."""
    stem, columns = contract.table, contract.columns
    yield Spoilt("duplicate", stem, contract.key)
    for name, column in columns.items():
        if not column.optional:
            yield Spoilt("null", stem, (name,))
        if column.type in ("text", "integer") and (column.codelist or column.values or column.references):
            yield Spoilt("wrong code", stem, (name,))
        elif _is_number(column) or column.type == "date":
            yield from (Spoilt("out of range", stem, (name,), side) for side in ("low", "high"))
        if _is_measure(column):
            yield from (Spoilt("wrong unit", stem, (name,), side) for side in ("/ 1,000", "x 1,000"))
        yield Spoilt("shifted", stem, (name,))
    for a, b in combinations(columns, 2):
        if _family(columns[a]) == _family(columns[b]):
            yield Spoilt("swapped", stem, (a, b))


def _is_number(column: Column) -> bool:
    return column.type == "integer" or column.type.startswith("decimal")


def _is_measure(column: Column) -> bool:
    """Whether it has one unit: a code in digits has none, and some columns have each row's own, told beside it."""
    coded = column.codelist or column.values or column.references
    return _is_number(column) and not coded and not column.unit.startswith("as ")


def _family(column: Column) -> str:
    return column.type.partition("(")[0]


def spoil(way: Spoilt, contract: Contract, table: pa.Table, chance: random.Random) -> pa.Table | None:
    """The table gone wrong, or None where that changes nothing: a column that is always empty, or always the same.

    Args:
        way: What goes wrong.
        contract: The table's contract.
        table: The table as it is.
        chance: Picks the row where one row goes wrong.
    """
    if way.kind == "duplicate":
        return pa.concat_tables([table, table.slice(chance.randrange(table.num_rows), 1)])
    old = [table.column(c) for c in way.columns]
    if way.kind == "swapped":
        new = [_fitted(values, column.type) for values, column in zip(reversed(old), old, strict=True)]
    else:
        new = [_spoilt_column(way, contract.columns[way.columns[0]], old[0], chance)]
    if any(n is None for n in new) or all(n.equals(o) for n, o in zip(new, old, strict=True)):
        return None
    for name, values in zip(way.columns, new, strict=True):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, pa.field(name, values.type), values)
    return table


def _spoilt_column(
    way: Spoilt, column: Column, values: pa.ChunkedArray, chance: random.Random
) -> pa.ChunkedArray | None:
    present = [r for r, v in enumerate(values.to_pylist()) if v is not None]
    if not present:
        return None
    if way.kind == "shifted":
        return pa.chunked_array([*values.slice(len(values) - 1).chunks, *values.slice(0, len(values) - 1).chunks])
    if way.kind == "wrong unit":
        return pa.chunked_array([pa.array([_scaled(v, way.how) for v in values.to_pylist()], _wide(values.type))])
    cells = values.to_pylist()
    cells[chance.choice(present)] = _wrong(way, column, cells)
    return pa.chunked_array([pa.array(cells, _wide(values.type) if way.kind == "out of range" else values.type)])


def _wrong(way: Spoilt, column: Column, cells: list[Any]) -> Any:  # noqa: ANN401 - a value of the column
    """A cell that cannot be right: missing, unknown, or a thousand times as far out as anything in its column."""
    if way.kind == "null":
        return None
    if way.kind == "wrong code":
        return 987_654_321 if column.type == "integer" else "no such code"
    if column.type == "date":
        return _DAYS[way.how == "high"]
    farthest = max([abs(c) for c in cells if c is not None] + [1]) * THOUSAND
    return farthest if way.how == "high" else -farthest


def _scaled(value: Any, how: str) -> Any:  # noqa: ANN401 - a number, or none
    if value is None:
        return None
    scaled = Decimal(value) * THOUSAND if how == "x 1,000" else Decimal(value) / THOUSAND
    return int(scaled) if isinstance(value, int) else scaled.quantize(Decimal(1).scaleb(value.as_tuple().exponent))


def _wide(kind: pa.DataType) -> pa.DataType:
    """A type that also holds what is a thousand times too large: being refused by its type is not the suites' merit."""
    return pa.decimal128(38, kind.scale) if pa.types.is_decimal(kind) else kind


def _fitted(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Values of another column as this one holds them: decimals keep their digits."""
    if not pa.types.is_decimal(kind) or values.type == kind:
        return values
    step = Decimal(1).scaleb(-kind.scale)
    cells = [None if v is None else v.quantize(step) for v in values.to_pylist()]
    return pa.chunked_array([pa.array(cells, _wide(kind))])
