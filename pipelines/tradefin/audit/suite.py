"""From a contract to the checks of its table: what Dagster lists and what Great Expectations runs.

Needs no data and never imports Great Expectations. What belongs here: which checks a table has, their names and
their reasons. What does not: the values of codelists and referenced tables, which are looked up when a check runs.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from tradefin.errors import ProjectInvalid
from tradefin.tables.contract import Column, Contract, Expectation

Severity = Literal["critical", "warning", "info"]

# Arguments of Great Expectations that name columns.
_COLUMN_ARGUMENTS = ("column", "column_A", "column_B", "column_list", "column_set")

# Great Expectations would compare a missing date with a day and stumble.
_SKIP_MISSING = {"expect_column_pair_": "either_value_is_missing", "expect_multicolumn_": "any_value_is_missing"}

_EQUAL = "expect_column_pair_values_to_be_equal"
_GREATER = "expect_column_pair_values_a_to_be_greater_than_b"

# Between these lie all days and years, unless a contract says otherwise.
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_TIMES_WHY = "no figure here is older than the century of the talk; beyond lies a slip, or a number read as a day"

# What the names of extra checks leave out of the expectation's own name.
_NOISE = re.compile(
    r"^expect_(column_pair_values_|column_values_|column_|compound_columns_|multicolumn_"
    r"|select_column_values_|table_)?(to_be_|to_)?"
)


@dataclass(frozen=True)
class Check:
    """One thing that must hold of a table.

    Attributes:
        name: Unique in the table, of letters, digits and `_`, and stable: `quota_sdr_mn_between`.
        type: Great Expectations' name in snake case, `expect_...`.
        kwargs: Its arguments. A `value_set` that must be looked up is written `{"codelist": name}` or
            `{"references": "table.column"}`.
        severity: `critical` blocks the release; `warning` and `info` are shown.
        columns: Columns that it looks at; none for the table as a whole.
        per: Column for each of whose values it is run apart, or empty.
        why: The reason for it, for readers.
    """

    name: str
    type: str
    kwargs: dict[str, Any] = field(hash=False)
    severity: Severity = "critical"
    columns: tuple[str, ...] = ()
    per: str = ""
    why: str = ""


def checks(contract: Contract) -> tuple[Check, ...]:
    """All checks of a table: those that the contract implies, then those that it adds.

    Args:
        contract: The table's contract.

    Raises:
        ProjectInvalid: An expectation names a column that the table lacks, or says what the columns say already.
    """
    derived = [*_of_table(contract)]
    for name, column in contract.columns.items():
        derived += _of_column(contract, name, column)
    taken = {c.name for c in derived}
    for expectation in contract.expectations:
        check = _extra(contract, expectation, taken)
        _refuse_repeated(contract, check, derived)
        taken.add(check.name)
        derived.append(check)
    return tuple(derived)


def _of_table(contract: Contract) -> list[Check]:
    columns, key = tuple(contract.columns), contract.key
    one = len(key) == 1
    return [
        Check(
            "columns",
            "expect_table_columns_to_match_ordered_list",
            {"column_list": list(columns)},
            why=f"the contract {contract.version} promises these columns in this order",
        ),
        Check(
            "row_count",
            "expect_table_row_count_to_be_between",
            {"min_value": contract.rows.min, "max_value": contract.rows.max},
            why=contract.rows.why,
        ),
        Check(
            "key_unique",
            "expect_column_values_to_be_unique" if one else "expect_compound_columns_to_be_unique",
            {"column": key[0]} if one else {"column_list": list(key)},
            columns=key,
            why=f"one row is {contract.one_row_is}",
        ),
    ]


def _of_column(contract: Contract, name: str, column: Column) -> list[Check]:
    about = column.text or column.unit
    found = []
    if not column.optional:
        found.append(
            Check(
                f"{name}_not_null",
                "expect_column_values_to_not_be_null",
                {"column": name},
                columns=(name,),
                why=f"every row has it: {about}",
            )
        )
    for suffix, values, why in _value_sets(column):
        if column.type.startswith(("date", "decimal")):
            raise ProjectInvalid(
                f"expectations/tables/{contract.table}.yml: column {name} is of type {column.type}; only text, integer "
                "and boolean columns may have a codelist, values or references. Use min and max."
            )
        found.append(
            Check(
                f"{name}_in_{suffix}",
                "expect_column_values_to_be_in_set",
                {"column": name, "value_set": values},
                columns=(name,),
                why=why,
            )
        )
    stated = {k: v for k, v in (("min_value", column.min), ("max_value", column.max)) if v is not None}
    if bounds := {**_times(contract, name, column), **stated}:
        found.append(
            Check(
                f"{name}_between",
                "expect_column_values_to_be_between",
                {"column": name, **bounds},
                columns=(name,),
                why=column.why or _TIMES_WHY,
            )
        )
    return found


def _times(contract: Contract, name: str, column: Column) -> dict[str, Any]:
    """Bounds of a day or a year, but for a side on which a relation to another column in each row bounds it already."""
    if _equals_another(contract, name, column):
        return {}
    low: int | str
    high: int | str
    if column.type == "date":
        low, high = f"{_FIRST_YEAR}-01-01", f"{_LAST_YEAR}-12-31"
    elif column.unit == "year":
        low, high = _FIRST_YEAR, _LAST_YEAR
    else:
        return {}
    pairs = _pairs(contract, _GREATER)
    above = {p["column_A"] for p in pairs if not contract.columns[p["column_B"]].optional}
    below = {p["column_B"] for p in pairs if not contract.columns[p["column_A"]].optional}
    return {
        **({} if name in above else {"min_value": low}),
        **({} if name in below else {"max_value": high}),
    }


def _equals_another(contract: Contract, name: str, column: Column) -> bool:
    """Whether a column equals another one, which is bounded, wherever it has a value."""
    columns = contract.columns
    return any(
        (p["column_A"] == name and not columns[p["column_B"]].optional)
        or (p["column_B"] == name and column.optional and not columns[p["column_A"]].optional)
        for p in _pairs(contract, _EQUAL)
    )


def _pairs(contract: Contract, kind: str) -> list[dict[str, Any]]:
    pairs = [e.kwargs for e in contract.expectations if e.type == kind and e.severity == "critical"]
    return [p for p in pairs if {p["column_A"], p["column_B"]} <= set(contract.columns)]


def _value_sets(column: Column) -> list[tuple[str, Any, str]]:
    """Suffix of the name, the values or where to look them up, and the reason, for each closed set of a column."""
    found: list[tuple[str, Any, str]] = []
    about = column.text or column.unit
    if column.codelist:
        found.append(
            ("codelist", {"codelist": column.codelist}, f"an unknown code must stop, not pass as a new one: {about}")
        )
    if column.values:
        found.append(("values", [_typed(v, column.type) for v in column.values], f"a closed set: {about}"))
    if column.references:
        table = column.references.split(".", maxsplit=1)[0]
        found.append((table, {"references": column.references}, f"a row must not point to nothing: {about}"))
    return found


def _typed(value: str, kind: str) -> str | int | bool:
    if kind == "integer":
        return int(value)
    return value == "true" if kind == "boolean" else value


def _extra(contract: Contract, expectation: Expectation, taken: set[str]) -> Check:
    where = f"expectations/tables/{contract.table}.yml"
    columns: list[str] = []
    for argument in _COLUMN_ARGUMENTS:
        given = expectation.kwargs.get(argument, [])
        columns += [given] if isinstance(given, str) else given
    for column in (*columns, *((expectation.per,) if expectation.per else ())):
        if column not in contract.columns:
            raise ProjectInvalid(
                f"{where}: {expectation.type} names the column '{column}', which the table does not have."
            )
    if {"row_condition", "condition_parser"} & set(expectation.kwargs) and expectation.per:
        raise ProjectInvalid(f"{where}: {expectation.type} has both 'per' and 'row_condition'; use one of them.")
    short = _NOISE.sub("", expectation.type).replace("_to_be_", "_")
    base = "_".join([*columns, short, *(("per", expectation.per) if expectation.per else ())])
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    return Check(
        name,
        expectation.type,
        _compared(expectation),
        expectation.severity,
        tuple(columns),
        expectation.per,
        expectation.why,
    )


def _compared(expectation: Expectation) -> dict[str, Any]:
    """Its arguments; a comparison skips rows that lack a value, since whether one may is a check of its own."""
    default = next((v for k, v in _SKIP_MISSING.items() if expectation.type.startswith(k)), None)
    return {**({"ignore_row_if": default} if default else {}), **expectation.kwargs}


def _refuse_repeated(contract: Contract, check: Check, derived: list[Check]) -> None:
    for other in derived:
        if (other.type, other.kwargs, other.per) == (check.type, check.kwargs, check.per):
            raise ProjectInvalid(
                f"expectations/tables/{contract.table}.yml: {check.type} on "
                f"{', '.join(check.columns) or 'the table'} repeats the check '{other.name}'."
            )
