"""From what a query returns to what the contract promises: names, types, order.

What belongs here: strict conversion with errors that name the row. What does not: judging values (see `audit`).
"""

from typing import Any

import duckdb
import pyarrow as pa

from tradefin.errors import ContractBroken
from tradefin.quoting import quote
from tradefin.tables.contract import Column, Contract

# How a text must look before it may become a number, a date or a truth value; DuckDB alone would read '1.5' as 2.
_TEXT_FORMS = {
    "integer": r"[+-]?\d+",
    "date": r"\d{4}-\d{2}-\d{2}",
    "boolean": r"(?i)true|false",
    "decimal": r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?",
}


def typed_select(contract: Contract, columns: dict[str, str], relation: str) -> str:
    """SELECT that turns a relation's columns into the contract's, in its order and sorted as it says.

    Args:
        contract: The contract.
        columns: Names and DuckDB types of what the relation has.
        relation: Name of the relation.
    """
    fields = ", ".join(f"{_convert(n, c, columns[n])} as {quote(n)}" for n, c in contract.columns.items())
    order = ", ".join(f"{quote(n)} nulls first" for n in contract.sorted_by)
    return f"select {fields} from {quote(relation)} order by {order}"


def _convert(name: str, column: Column, given: str) -> str:
    cast = f"try_cast({quote(name)} as {column.sql_type})"
    form = _TEXT_FORMS.get(column.type.split("(", maxsplit=1)[0])
    if given != "VARCHAR" or form is None:
        return cast
    return f"case when regexp_full_match({quote(name)}, '{form}') then {cast} end"


def to_contract(con: duckdb.DuckDBPyConnection, contract: Contract, relation: str) -> pa.Table:
    """A relation as the contract's Arrow table, without metadata.

    Args:
        con: Connection that holds the relation.
        contract: What it must become.
        relation: Name of a table or view.

    Raises:
        ContractBroken: Columns are missing or unknown, or a value cannot be read as the contract's type.
    """
    columns = {row[0]: row[1] for row in con.execute(f"describe {quote(relation)}").fetchall()}
    missing, extra = sorted(set(contract.columns) - set(columns)), sorted(set(columns) - set(contract.columns))
    if missing or extra:
        raise ContractBroken(
            f"Table {contract.table}: its SQL returns other columns than its contract: "
            f"missing {missing or 'none'}, unknown {extra or 'none'}."
        )
    _refuse_unreadable(con, contract, columns, relation)
    table = con.sql(typed_select(contract, columns, relation)).to_arrow_table()
    arrays = [table.column(n).combine_chunks() for n in contract.columns]
    schema = pa.schema(
        [
            pa.field(n, c.arrow_type, nullable=c.optional or array.null_count > 0)
            for (n, c), array in zip(contract.columns.items(), arrays, strict=True)
        ]
    )
    return pa.Table.from_arrays([a.cast(f.type) for a, f in zip(arrays, schema, strict=True)], schema=schema)


def _refuse_unreadable(
    con: duckdb.DuckDBPyConnection, contract: Contract, columns: dict[str, str], relation: str
) -> None:
    tests = ", ".join(
        f"count_if({quote(n)} is not null and ({_convert(n, c, columns[n])}) is null)"
        for n, c in contract.columns.items()
    )
    bad = con.execute(f"select {tests} from {quote(relation)}").fetchall()[0]
    for (name, column), count in zip(contract.columns.items(), bad, strict=True):
        if not count:
            continue
        keys = ", ".join(f"{quote(k)}::varchar" for k in contract.key)
        example = con.execute(
            f"select {quote(name)}::varchar, {keys} from {quote(relation)} where {quote(name)} is not null and "
            f"({_convert(name, column, columns[name])}) is null order by all limit 1"
        ).fetchall()[0]
        raise ContractBroken(
            f"Table {contract.table}, column {name}: {count} value(s) cannot be read as {column.type}. First: "
            f"'{example[0]}' in the row {describe_row(contract.key, example[1:])}. Mend the source, or the SQL that "
            "passes it on."
        )


def describe_row(key: tuple[str, ...], values: Any) -> str:  # noqa: ANN401 - any sequence of values
    """A row named by its key, for errors: `(iso3=JPN, year=2001)`."""
    return "(" + ", ".join(f"{k}={v}" for k, v in zip(key, values, strict=True)) + ")"
