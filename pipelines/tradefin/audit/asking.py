"""How an expectation is put in SQL: what to count, of which rows, and what breaks it.

It means what it means to Great Expectations on a pandas frame, except where that is wrong: sums of decimals are exact,
and NaN is not a missing value. What belongs here: expressions. What does not: asking DuckDB (see `counting`).
"""

import ast
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from typing import Any

from tradefin.quoting import literal, quote

_KNOWN = {
    *("column", "column_A", "column_B", "column_list", "value_set", "min_value", "max_value", "strict_min"),
    *("strict_max", "regex", "or_equal", "mostly", "ignore_row_if", "row_condition", "condition_parser"),
}

_BINARY = ("DOUBLE", "FLOAT")


@dataclass(frozen=True)
class Ask:
    """How one expectation is put in SQL.

    Attributes:
        columns: What is shown of a row that breaks it; of a key, its columns.
        considered: Condition of the rows that are looked at.
        broken: Condition of those that break it; empty for a key, which takes more than a look at one row.
        figure: Instead of all that, the aggregate that it is about.
        group: Column and value of its rows, where it is about some only.
    """

    columns: tuple[str, ...] = ()
    considered: str = "true"
    broken: str = ""
    figure: str = ""
    group: tuple[str, str] | None = None

    @property
    def is_key(self) -> bool:
        """Whether it asks that no two rows have the same values."""
        return not (self.broken or self.figure)

    @property
    def counts(self) -> tuple[str, ...]:
        """Its aggregates."""
        if self.figure:
            return (self.figure,)
        return ("count(*)", _count(self.considered), *((_count(self.broken),) if self.broken else ()))


def in_sql(expectation: dict[str, Any], types: dict[str, str]) -> Ask | None:
    """Put one expectation in SQL.

    Args:
        expectation: As `expectations.suite_json` writes it.
        types: DuckDB's type of each column of the table.

    Returns:
        None if SQL cannot say the same: an unusual expectation, argument, pattern or condition, or nonsense, of which
        Great Expectations says what is wrong with it.
    """
    kind, kwargs = expectation["type"], {k: v for k, v in expectation["kwargs"].items() if v is not None}
    named = [kwargs[k] for k in ("column", "column_A", "column_B") if k in kwargs] + kwargs.get("column_list", [])
    if kind not in _ASKS or not set(kwargs) <= _KNOWN or not set(named) <= set(types):
        return None
    found = _ASKS[kind](kwargs, types)
    if found is None or "row_condition" not in kwargs:
        return found
    group = _group(kwargs, types)
    return None if group is None or found.is_key else replace(found, group=group)


def _group(kwargs: dict[str, Any], types: dict[str, str]) -> tuple[str, str] | None:
    """Column and value of a condition as `expectations` writes it for one group; None for any other condition."""
    found = re.fullmatch(r"`(\w+)`(?:\.astype\('str'\))? == (.+)", str(kwargs["row_condition"]), re.DOTALL)
    if not found or found[1] not in types:
        return None
    try:
        return found[1], str(ast.literal_eval(found[2]))
    except (SyntaxError, ValueError):
        return None


def _count(condition: str) -> str:
    return "count(*)" if condition == "true" else f"count(*) filter ({condition})"


def _not_null(kwargs: dict[str, Any], types: dict[str, str]) -> Ask:
    return Ask((kwargs["column"],), broken=f"{quote(kwargs['column'])} is null")


def _unique(kwargs: dict[str, Any], types: dict[str, str]) -> Ask:
    return Ask((kwargs["column"],), f"{quote(kwargs['column'])} is not null")


def _compound(kwargs: dict[str, Any], types: dict[str, str]) -> Ask | None:
    columns = tuple(kwargs["column_list"])
    join = {"all_values_are_missing": " or ", "any_value_is_missing": " and "}
    rule = kwargs.get("ignore_row_if", "all_values_are_missing")
    if rule not in join or len(columns) < 2:
        return None
    return Ask(columns, join[rule].join(f"{quote(c)} is not null" for c in columns))


def _in_set(kwargs: dict[str, Any], types: dict[str, str]) -> Ask | None:
    column, values = kwargs["column"], kwargs.get("value_set")
    fitting = {"text": str, "number": int, "boolean": bool}.get(_kind(types[column]))
    if values is None or fitting is None or any(type(v) is not fitting for v in values) or _places(types[column]):
        return None
    one_of = ", ".join(literal(v) if isinstance(v, str) else str(v).lower() for v in values)
    allowed = f"select unnest([{one_of}]::{types[column]}[])"
    return _of_column(column, f"{quote(column)} not in ({allowed})")


def _between(kwargs: dict[str, Any], types: dict[str, str]) -> Ask | None:
    column = kwargs["column"]
    low: Any = kwargs.get("min_value")
    high: Any = kwargs.get("max_value")
    kind, strict_min, strict_max = types[column], bool(kwargs.get("strict_min")), bool(kwargs.get("strict_max"))
    edges = []
    if low is not None:
        edges.append(("<=" if strict_min else "<", _edge(low, kind, up=not strict_min)))
    if high is not None:
        edges.append((">=" if strict_max else ">", _edge(high, kind, up=strict_max)))
    if not edges or any(edge is None for _, edge in edges) or (None not in (low, high) and low > high):
        return None
    broken = [f"{quote(column)} {beyond} {edge}" for beyond, edge in edges]
    if kind in _BINARY:
        broken.append(f"isnan({quote(column)})")
    return _of_column(column, " or ".join(broken))


def _regex(kwargs: dict[str, Any], types: dict[str, str]) -> Ask | None:
    column, pattern = kwargs["column"], _as_re2(kwargs["regex"])
    if pattern is None or _kind(types[column]) != "text":
        return None
    return _of_column(column, f"not regexp_matches({quote(column)}, {literal(pattern)})")


def _greater(kwargs: dict[str, Any], types: dict[str, str]) -> Ask | None:
    return _pair(kwargs, types, ">=" if kwargs.get("or_equal") else ">")


def _equal(kwargs: dict[str, Any], types: dict[str, str]) -> Ask | None:
    return _pair(kwargs, types, "=")


def _pair(kwargs: dict[str, Any], types: dict[str, str], relation: str) -> Ask | None:
    columns = (kwargs["column_A"], kwargs["column_B"])
    kinds = {_kind(types[c]) for c in columns}
    if kwargs.get("ignore_row_if") != "either_value_is_missing" or len(kinds) > 1 or kinds & {"", "boolean"}:
        return None
    a, b = (quote(c) for c in columns)
    return Ask(columns, f"{a} is not null and {b} is not null", f"not ({a} {relation} {b})")


def _aggregate(function: str) -> Callable[[dict[str, Any], dict[str, str]], Ask | None]:
    def ask(kwargs: dict[str, Any], types: dict[str, str]) -> Ask | None:
        bounds = (kwargs.get("min_value"), kwargs.get("max_value"))
        if _kind(types[kwargs["column"]]) != "number" or any(isinstance(b, str) for b in bounds):
            return None
        return Ask(figure=function.format(quote(kwargs["column"])))

    return ask


_ASKS: dict[str, Callable[[dict[str, Any], dict[str, str]], Ask | None]] = {
    "expect_table_row_count_to_be_between": lambda kwargs, types: Ask(figure="count(*)"),
    "expect_column_values_to_not_be_null": _not_null,
    "expect_column_values_to_be_unique": _unique,
    "expect_compound_columns_to_be_unique": _compound,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_match_regex": _regex,
    "expect_column_pair_values_a_to_be_greater_than_b": _greater,
    "expect_column_pair_values_to_be_equal": _equal,
    "expect_column_sum_to_be_between": _aggregate("coalesce(sum({0}), 0)"),  # a sum of nothing is nothing
    "expect_column_min_to_be_between": _aggregate("min({0})"),
    "expect_column_max_to_be_between": _aggregate("max({0})"),
}


def _of_column(column: str, broken: str) -> Ask:
    present = f"{quote(column)} is not null"
    return Ask((column,), present, f"{present} and ({broken})")  # nothing, too, is not in the empty set


def _kind(sql_type: str) -> str:
    """text, number, date, boolean, or empty for any other type."""
    if sql_type.startswith(("DECIMAL", "DOUBLE", "FLOAT")) or sql_type.endswith("INT") or sql_type == "INTEGER":
        return "number"
    return {"VARCHAR": "text", "DATE": "date", "BOOLEAN": "boolean"}.get(sql_type, "")


def _places(sql_type: str) -> float:
    """Places after the point of a number; of a binary number there is no telling."""
    if sql_type in _BINARY:
        return math.inf
    return int(sql_type.rpartition(",")[2].rstrip(")")) if sql_type.startswith("DECIMAL") else 0


def _edge(bound: Any, sql_type: str, *, up: bool) -> str | None:  # noqa: ANN401 - a bound of any type
    """A bound in SQL: that of a decimal or integer column the next one that the column can hold, so nothing is rounded.

    Args:
        bound: What the contract says.
        sql_type: Type of the column.
        up: Whether the next one is above.

    Returns:
        None where Great Expectations has to say that the two do not go together.
    """
    kind = _kind(sql_type)
    if kind == "date":
        return f"{literal(bound)}::{sql_type}" if isinstance(bound, str) else None
    if kind != "number" or isinstance(bound, bool | str) or bound is None or not math.isfinite(bound):
        return None
    if sql_type in _BINARY:
        return f"{float(bound)!r}::double"
    with localcontext(prec=400):  # a binary number has up to 310 digits before its point
        unit = Decimal(1).scaleb(-int(_places(sql_type)))
        return f"{Decimal(bound).quantize(unit, ROUND_CEILING if up else ROUND_FLOOR):f}"


# What Python and RE2 read alike; `$` and `\d` are put into RE2's words.
_ALIKE = re.compile(
    r"\\d|\\[^\w\s]|\[\^?(?:[^\\\[\]]|\\[^\w\s])+\]|\(\?:|\((?!\?)|\)|\{\d{1,3}(?:,\d{0,3})?\}|[^\\\[\](){}]", re.ASCII
)


def _as_re2(pattern: str) -> str | None:
    """A pattern of Python for DuckDB; None if it might mean something else there."""
    parts = _ALIKE.findall(pattern)
    if "".join(parts) != pattern or re.search(r"[*+?}]\+", pattern):
        return None
    return "".join({"$": r"(?:\n?\z)", r"\d": r"\p{Nd}"}.get(p, p) for p in parts)
