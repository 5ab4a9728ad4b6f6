"""What expectations ask of a table, counted by DuckDB: one SELECT for all of them, one more for each key.

Great Expectations judges by these counts (see `engine`). What belongs here: asking DuckDB. What does not: what an
expectation means (see `asking`), verdicts; nothing here imports Great Expectations.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tradefin.audit.asking import Ask, in_sql
from tradefin.audit.rows import PLACE, PLACED, ROWS, Rows, doubtful, hash_of
from tradefin.quoting import literal, quote

# Great Expectations keeps no more values that break an expectation either (its MAX_RESULT_RECORDS).
SHOWN = 200

_COLUMNS = "expect_table_columns_to_match_ordered_list"


@dataclass(frozen=True)
class Figure:
    """One figure of the table or of a group."""

    value: Any


@dataclass(frozen=True)
class Broken:
    """Rows that break an expectation.

    Attributes:
        rows: All rows, of the group where there is one.
        considered: Those of them that are looked at; others lack a value.
        unexpected: Those of them that break it.
        values: Of the first `SHOWN` of these, what is wrong: a value, a pair, or a row by column.
        places: Their numbers, counted from 0.
    """

    rows: int
    considered: int
    unexpected: int
    values: list[Any] = field(default_factory=list)
    places: list[int] = field(default_factory=list)


def count(rows: Rows, expectations: list[dict[str, Any]]) -> list[Figure | Broken | None]:
    """Count what each expectation is about.

    Args:
        rows: The table.
        expectations: As `expectations.suite_json` writes them.

    Returns:
        For each expectation a figure or the rows that break it, or None if it cannot be put in SQL.
    """
    asks = [in_sql(e, rows.types) for e in expectations]
    counted = _count_all(rows, [a for a in asks if a])
    return [
        Figure(rows.columns) if e["type"] == _COLUMNS else _found(rows, a, counted[a]) if a in counted else None
        for e, a in zip(expectations, asks, strict=True)
    ]


def _count_all(rows: Rows, asks: list[Ask]) -> dict[Ask, tuple[Any, ...]]:
    """The aggregates of each, all that are about the same column's groups in one SELECT."""
    counted: dict[Ask, tuple[Any, ...]] = {}
    together: dict[str, list[Ask]] = defaultdict(list)
    for ask in asks:
        together[ask.group[0] if ask.group else ""].append(ask)
    for column, some in together.items():
        wanted = list(dict.fromkeys(a for ask in some for a in ask.counts))
        by = (f"{quote(column)}, ", " group by 1") if column else ("'', ", "")
        answer = rows.ask(f"select {by[0]}{', '.join(wanted)} from {ROWS}{by[1]}")
        found = {str(group): dict(zip(wanted, figures, strict=True)) for group, *figures in answer}
        for ask in some:
            if figures := found.get(ask.group[1] if ask.group else ""):
                counted[ask] = tuple(figures[a] for a in ask.counts)
    return counted


def _found(rows: Rows, ask: Ask, counted: tuple[Any, ...]) -> Figure | Broken:
    if ask.figure:
        return Figure(counted[0])
    shown = ", ".join(quote(c) for c in ask.columns)
    if ask.is_key:
        total, considered = counted
        several = f"count(*) over (partition by {shown})"
        found = f"(from {doubtful(ask.columns)} where {ask.considered} qualify {several} > 1)"
        unexpected = 0 if _all_differ(rows, ask, considered) else rows.ask(f"select count(*) from {found}")[0][0]
    else:
        total, considered, unexpected = counted
        found = f"{PLACED} where ({ask.broken})"
        if ask.group:
            column, value = ask.group
            found += f" and {quote(column)} = {literal(value)}::{rows.types[column]}"
    if not unexpected:
        return Broken(total, considered, 0)
    sample = rows.ask(f"select {PLACE}, {shown} from {found} order by {PLACE} limit {SHOWN}")
    return Broken(total, considered, unexpected, [_shown(ask, r[1:]) for r in sample], [r[0] for r in sample])


def _all_differ(rows: Rows, ask: Ask, considered: int) -> bool:
    hashes = f"select {hash_of(ask.columns)} as h from {ROWS} where {ask.considered}"
    return bool(rows.ask(f"select count(distinct h) from ({hashes})")[0][0] == considered)


def _shown(ask: Ask, values: tuple[Any, ...]) -> Any:  # noqa: ANN401 - whatever the columns hold
    if ask.is_key and len(values) > 1:
        return dict(zip(ask.columns, values, strict=True))
    return values if len(values) > 1 else values[0]
