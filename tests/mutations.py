"""For each check of a contract, changes of one row (or of one group of rows) that break it.

Each mutator gives candidates in the order of hope; `tests/test_expectations.py` takes the first that breaks no other
check.
"""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

import pyarrow as pa

from tradefin.audit.suite import Check
from tradefin.tables.contract import Contract

Rows = list[dict[str, Any]]
Edits = dict[int, dict[str, Any]]  # row -> column -> new value

CANDIDATES = 150

SUM = "expect_column_sum_to_be_between"
MAX = "expect_column_max_to_be_between"
EQUAL = "expect_column_pair_values_to_be_equal"
PAIR = "expect_column_pair_values_a_to_be_greater_than_b"


@dataclass(frozen=True)
class Change:
    """Cells to overwrite, or a row to leave out.

    Attributes:
        edits: New values by row and column.
        needs: Other rows that must stay as they are for the change to mean something.
        drop: Row to leave out, if any.
    """

    edits: Edits = field(default_factory=dict)
    needs: tuple[int, ...] = ()
    drop: int | None = None

    @property
    def rows(self) -> set[int]:
        """Rows that it changes."""
        return {*self.edits, *([] if self.drop is None else [self.drop])}


@dataclass(frozen=True)
class Mutation:
    """One way of breaking one check, which only that check may notice."""

    check: Check
    name: str
    candidates: list[Change]


def mutations(contract: Contract, checks: tuple[Check, ...], rows: Rows) -> list[Mutation]:
    """All ways in which the checks of a table should be broken; bounds are broken on both sides."""
    found = []
    for check in checks:
        for side in _sides(check):
            mutator = _MUTATORS.get(check.type)
            assert mutator, f"{contract.table}: no mutator for {check.type}; write one in tests/mutations.py"
            name = f"{check.name}{f' ({side})' if side else ''}"
            found.append(Mutation(check, name, list(islice(mutator(contract, check, rows, side), CANDIDATES))))
    return found


def _sides(check: Check) -> list[str]:
    return [s for s, k in (("low", "min_value"), ("high", "max_value")) if k in check.kwargs] or [""]


def step(contract: Contract, column: str) -> Any:  # noqa: ANN401 - a number or a span of days
    """The smallest difference between two values of a column."""
    kind = contract.columns[column].type
    if kind == "date":
        return datetime.timedelta(days=1)
    if kind.startswith("decimal"):
        scale: int = contract.columns[column].arrow_type.scale
        return Decimal(1).scaleb(-scale)
    return 1


def typed(contract: Contract, column: str, value: Any) -> Any:  # noqa: ANN401 - a bound as YAML gives it
    """A bound of the contract as a value of the column."""
    kind = contract.columns[column].type
    if kind == "date":
        return datetime.date.fromisoformat(value)
    return Decimal(str(value)) if kind.startswith("decimal") else value


def spread(count: int) -> Iterator[int]:
    """Row numbers in an order that jumps about, so that two mutations seldom meet in one row."""
    jump = next(j for j in (7919, 104729, 1299709) if count % j)
    return ((i * jump + count // 2) % count for i in range(count))


def by_weight(contract: Contract, rows: Rows) -> list[int]:
    """Rows by how little they weigh in the table's sums, so that losing one is not noticed by a sum."""
    summed = [e.kwargs["column"] for e in contract.expectations if e.type == SUM]
    order = list(spread(len(rows)))
    return sorted(order, key=lambda r: max((abs(rows[r][c] or 0) for c in summed), default=0)) if summed else order


def not_null(contract: Contract, check: Check, rows: Rows, side: str) -> Iterator[Change]:
    del side
    column = check.columns[0]
    yield from (Change({r: {column: None}}) for r in by_weight(contract, rows) if rows[r][column] is not None)


def in_set(contract: Contract, check: Check, rows: Rows, side: str) -> Iterator[Change]:
    del side
    column = check.columns[0]
    value: Any = 987_654_321 if contract.columns[column].type == "integer" else "no such value"
    yield from _each(contract, rows, column, value)


def between(contract: Contract, check: Check, rows: Rows, side: str) -> Iterator[Change]:
    column = check.columns[0]
    bound = typed(contract, column, check.kwargs["min_value" if side == "low" else "max_value"])
    value = bound - step(contract, column) if side == "low" else bound + step(contract, column)
    yield from _each(contract, rows, column, value)


def _each(contract: Contract, rows: Rows, column: str, value: Any) -> Iterator[Change]:  # noqa: ANN401
    """A value put into one row; where sums would notice, into a row whose group makes up for it, or a whole group."""
    sums = [e for e in contract.expectations if e.type == SUM and e.per]
    if any(e.kwargs["column"] == column for e in sums):
        per = next(e.per for e in sums if e.kwargs["column"] == column)
        yield from _made_up_for(contract, rows, column, per, value)
    if any(e.per == column for e in sums):
        for group in dict.fromkeys(row[column] for row in rows):
            yield Change({r: {column: value} for r, row in enumerate(rows) if row[column] == group})
    present = [r for r in by_weight(contract, rows) if rows[r][column] is not None]
    order = sorted([*present, *spread(len(rows))], key=lambda r: related(contract, rows[r], column))
    yield from (Change({r: alike(contract, rows[r], {column: value})}) for r in order)


def alike(contract: Contract, row: dict[str, Any], cells: dict[str, Any]) -> dict[str, Any]:
    """New cells of a row, with those that must equal them changed alike."""
    pairs = [(e.kwargs["column_A"], e.kwargs["column_B"]) for e in contract.expectations if e.type == EQUAL]
    for a, b in [*pairs, *pairs]:  # twice: a third column may equal the second
        for known, other in ((a, b), (b, a)):
            if known in cells and row[other] is not None:
                cells = {other: cells[known], **cells}
    return cells


def related(contract: Contract, row: dict[str, Any], *columns: str) -> int:
    """How many cells of a row are compared with those of some columns: the fewer, the fewer checks notice a change."""
    pairs = [(e.kwargs["column_A"], e.kwargs["column_B"]) for e in contract.expectations if "column_A" in e.kwargs]
    return sum(row[other] is not None for p in pairs for c, other in (p, p[::-1]) if c in columns)


def _made_up_for(contract: Contract, rows: Rows, column: str, per: str, value: Any) -> Iterator[Change]:  # noqa: ANN401
    """The largest row of a group takes the value, the others share out what it gained or lost."""
    for group in dict.fromkeys(row[per] for row in rows):
        members = [r for r, row in enumerate(rows) if row[per] == group and row[column] is not None]
        if len(members) < 2:
            continue
        members.sort(key=lambda r: rows[r][column], reverse=value > rows[members[0]][column])
        first, *others = members
        rest = sum(rows[r][column] for r in others)
        factor = (rest - (value - rows[first][column])) / rest
        smallest = step(contract, column)
        edits: Edits = {r: {column: (rows[r][column] * factor).quantize(smallest)} for r in others}
        yield Change({first: {column: value}, **edits})


def greater(contract: Contract, check: Check, rows: Rows, side: str) -> Iterator[Change]:
    del side
    a, b = check.kwargs["column_A"], check.kwargs["column_B"]
    gap = step(contract, a) if check.kwargs.get("or_equal") else step(contract, a) * 0
    order = sorted(spread(len(rows)), key=lambda r: related(contract, rows[r], a, b))
    both = [r for r in order if rows[r][a] is not None and rows[r][b] is not None]
    for r in both:
        yield Change({r: alike(contract, rows[r], {a: rows[r][b] - gap})})
        yield Change({r: alike(contract, rows[r], {b: rows[r][a] + gap})})
    for r in order:
        if rows[r][b] is not None:
            yield Change({r: alike(contract, rows[r], {a: rows[r][b] - gap})})


def equal(contract: Contract, check: Check, rows: Rows, side: str) -> Iterator[Change]:
    del side
    a, b = check.kwargs["column_A"], check.kwargs["column_B"]
    both = [r for r in spread(len(rows)) if rows[r][a] is not None and rows[r][b] is not None]
    for r in both:
        for column in (a, b):
            yield from (Change({r: {column: rows[r][column] + step(contract, column) * n}}) for n in (1, -1))


def largest(contract: Contract, check: Check, rows: Rows, side: str) -> Iterator[Change]:
    """Every value above what the largest must reach becomes that much, less a step: another unit does no less."""
    del side
    column = check.kwargs["column"]
    below = typed(contract, column, check.kwargs["min_value"]) - step(contract, column)
    yield Change(
        {
            r: alike(contract, row, {column: below})
            for r, row in enumerate(rows)
            if row[column] is not None and row[column] > below
        }
    )


def regex(contract: Contract, check: Check, rows: Rows, side: str) -> Iterator[Change]:
    del side
    column = check.columns[0]
    for r in spread(len(rows)):
        given = rows[r][column]
        for value in (given.lower(), given.upper(), given + "x", "no such value") if given is not None else ():
            if not re.match(check.kwargs["regex"], value):
                yield Change({r: {column: value}})


def unique(contract: Contract, check: Check, rows: Rows, side: str) -> Iterator[Change]:
    """One row takes the key of another, of the same group of a sum where there is one."""
    del side
    per = next((e.per for e in contract.expectations if e.per in check.columns), None)
    for r in by_weight(contract, rows):
        for other in (r - 1, r + 1, (r + len(rows) // 2) % len(rows)):
            if 0 <= other < len(rows) and other != r and (per is None or rows[r][per] == rows[other][per]):
                yield Change({r: alike(contract, rows[r], {c: rows[other][c] for c in check.columns})}, needs=(other,))


def summed(contract: Contract, check: Check, rows: Rows, side: str) -> Iterator[Change]:
    """One row of a group grows or shrinks by more than the sum may be off."""
    column = check.kwargs["column"]
    room = Decimal(str(check.kwargs["max_value"])) - Decimal(str(check.kwargs["min_value"]))
    change = (room * 2).quantize(step(contract, column)) * (-1 if side == "low" else 1)
    for r in sorted(spread(len(rows)), key=lambda r: -(rows[r][column] or 0)):
        if rows[r][column] is not None:
            yield Change({r: {column: rows[r][column] + change}})


def row_count(contract: Contract, check: Check, rows: Rows, side: str) -> Iterator[Change]:
    del check, side
    yield from (Change(drop=r) for r in by_weight(contract, rows))


_MUTATORS = {
    "expect_column_values_to_not_be_null": not_null,
    "expect_column_values_to_be_in_set": in_set,
    "expect_column_values_to_be_between": between,
    "expect_column_values_to_match_regex": regex,
    "expect_column_values_to_be_unique": unique,
    "expect_compound_columns_to_be_unique": unique,
    PAIR: greater,
    EQUAL: equal,
    MAX: largest,
    SUM: summed,
}


def apply(table: pa.Table, rows: Rows, changes: list[Change]) -> pa.Table:
    """The table with the changes; the number of rows changes only where a change leaves one out."""
    changed: dict[str, dict[int, Any]] = {}
    for change in changes:
        for r, cells in change.edits.items():
            for column, value in cells.items():
                changed.setdefault(column, {})[r] = value
    for column, new in changed.items():
        at, kind = table.schema.get_field_index(column), table.schema.field(column).type
        values = [new.get(r, row[column]) for r, row in enumerate(rows)]
        table = table.set_column(at, pa.field(column, kind), pa.array(values, kind))
    dropped = {c.drop for c in changes if c.drop is not None}
    return table.take(pa.array([r for r in range(len(rows)) if r not in dropped], pa.int64())) if dropped else table
