"""The suite of one table as Great Expectations writes suites in JSON, ready to run on the published Parquet file.

Allowed values are looked up and `per` becomes one expectation per group here, so that the file stands on its own.
What belongs here: the JSON. What does not: running it; nothing here imports Great Expectations.
"""

import math
import re
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tradefin.audit.rows import Rows
from tradefin.audit.suite import Check, checks
from tradefin.errors import ProjectInvalid
from tradefin.tables.builder import Builder
from tradefin.tables.contract import Contract

# How a table's Parquet file is read before its suite is run. Most suites run on the plain frame, where a decimal is a
# Decimal and a date a datetime.date; but Great Expectations 1.24 cannot add Decimal columns up: it takes 1 ms a value,
# fails over a missing one, and under a row condition mixes up the rows, with an error or with a wrong sum.
READ_WITH = 'pandas.read_parquet(file).astype(dict.fromkeys(suite["meta"]["read_as_float"], float))'

_ADDING_UP = re.compile(r"expect_column_(sum|mean|median|stdev|min|max|quantile_values)_to_be_between")


def suite_json(builder: Builder, contract: Contract, table: Rows | pa.Table) -> dict[str, Any]:
    """A table's suite, as `great_expectations.ExpectationSuite(**suite)` takes it.

    Args:
        builder: Gives codelists and referenced tables.
        contract: The table's contract.
        table: The table; its groups decide how often a check with `per` is run.

    Returns:
        A JSON object. The `meta` of each expectation names its check, and its group where it has one.

    Raises:
        ProjectInvalid: A codelist, a referenced table or its column does not exist.
    """
    rows = Rows.of(table)
    added_up = {c.kwargs["column"] for c in checks(contract) if _ADDING_UP.fullmatch(c.type)}
    return {
        "name": contract.table,
        "expectations": [e for check in checks(contract) for e in _expectations(builder, contract, check, rows)],
        "meta": {
            "table": contract.table,
            "contract_version": contract.version,
            "read_with": READ_WITH,
            "read_as_float": sorted(c for c in added_up if _is_decimal(contract, c)),
        },
        "notes": f"{contract.text} Run it on {contract.table}.parquet, read with {READ_WITH}.",
    }


def _expectations(builder: Builder, contract: Contract, check: Check, rows: Rows) -> list[dict[str, Any]]:
    kwargs = _kwargs(builder, contract, check)
    groups = rows.distinct(check.per) if check.per else [None]
    return [_expectation(contract, check, kwargs, group) for group in groups]


def _expectation(contract: Contract, check: Check, kwargs: dict[str, Any], group: Any) -> dict[str, Any]:  # noqa: ANN401
    conditions = [kwargs["row_condition"]] if "row_condition" in kwargs else []
    meta = {"check": check.name}
    if group is not None:
        conditions.append(_is(check.per, contract.columns[check.per].type, group))
        meta["group"] = str(group)
    if conditions:
        kwargs = {**kwargs, "row_condition": " and ".join(conditions), "condition_parser": "pandas"}
    return {"type": check.type, "kwargs": kwargs, "meta": meta, "severity": check.severity, "notes": check.why}


def _kwargs(builder: Builder, contract: Contract, check: Check) -> dict[str, Any]:
    kwargs = dict(check.kwargs)
    if isinstance(kwargs.get("value_set"), dict):
        kwargs["value_set"] = _allowed(builder, contract, check)
    if _is_decimal(contract, str(kwargs.get("column", ""))):
        for bound, towards in (("min_value", -math.inf), ("max_value", math.inf)):
            if isinstance(kwargs.get(bound), float):
                kwargs[bound] = _outside(kwargs[bound], towards)
    return kwargs


def _outside(bound: float, towards: float) -> float:
    """A bound that keeps its own decimal value inside: as a binary number 0.1 is greater than the Decimal 0.1."""
    exact = Decimal(str(bound))
    kept = Decimal(bound) <= exact if towards < 0 else Decimal(bound) >= exact
    return bound if kept else math.nextafter(bound, towards)


def _allowed(builder: Builder, contract: Contract, check: Check) -> list[Any]:
    lookup = check.kwargs["value_set"]
    where = f"expectations/tables/{contract.table}.yml: column {check.kwargs['column']}"
    if "codelist" in lookup:
        name = f"codelist_{lookup['codelist']}"
        if name not in builder.codelist_files:
            raise ProjectInvalid(f"{where}: there is no codelist {builder.project.codelist_file(lookup['codelist'])}.")
        column = builder.table(name).column(0)
    else:
        stem, name = lookup["references"].split(".")
        if stem not in builder.contracts or name not in builder.contracts[stem].columns:
            raise ProjectInvalid(f"{where} references {stem}.{name}, which does not exist.")
        column = builder.table(stem).column(name)
    values = sorted(pc.unique(column).drop_null().to_pylist())
    return [int(v) for v in values] if contract.columns[check.kwargs["column"]].type == "integer" else values


def _is(column: str, kind: str, value: Any) -> str:  # noqa: ANN401 - a value of the table
    """Condition of pandas' `query` for one value; a frame read from Parquet holds dates as objects, not as texts."""
    if kind in ("text", "integer", "boolean"):
        return f"`{column}` == {value!r}"
    return f"`{column}`.astype('str') == {str(value)!r}"


def _is_decimal(contract: Contract, column: str) -> bool:
    return column in contract.columns and contract.columns[column].type.startswith("decimal")
