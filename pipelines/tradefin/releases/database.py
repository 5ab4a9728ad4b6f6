"""`tradefin.duckdb`: the release's tables as real tables with keys and comments, for analysts who open one file.

Written once in private, closed, then published: any number of processes may open it read-only. What belongs here: the
file and its tables. What does not: what the schema `meta` says (see `catalogue`).
"""

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from tradefin import locked
from tradefin.project import LAYERS
from tradefin.quoting import literal, quote
from tradefin.releases import catalogue
from tradefin.releases.manifest import Manifest, TableInfo
from tradefin.releases.metatables import MetaTable

if TYPE_CHECKING:
    from tradefin.audit.run import TableAudit
    from tradefin.tables.builder import Builder
    from tradefin.tables.contract import Contract

# DuckDB 1.x cannot open files in 2.0's own format.
_STORAGE = "v1.4.0"
# Most tables are small; blocks of the usual 256 KiB would make the file ten times larger than its content.
_BLOCK = 16384


def write(path: Path, builder: "Builder", audits: "list[TableAudit]", manifest: Manifest) -> None:
    """Write the DuckDB file of a release.

    Args:
        path: Where; nothing may be there yet.
        builder: Makes the tables.
        audits: One audit of each table, for `meta.checks`.
        manifest: The release's tables and sources.

    Raises:
        OSError: The disk is full, read-only or broken.
    """
    try:
        _write(path, builder, audits, manifest)
    except (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException) as error:  # any, on a full disk
        raise OSError(None, str(error).splitlines()[0], str(path)) from error


def _write(path: Path, builder: "Builder", audits: "list[TableAudit]", manifest: Manifest) -> None:
    with duckdb.connect(":memory:", config=locked.NO_EXTENSIONS) as con:
        con.execute(f"attach {literal(str(path))} as release (storage_version '{_STORAGE}', block_size {_BLOCK})")
        con.execute("use release")
        for schema in (*LAYERS, "meta"):
            con.execute(f"create schema {quote(schema)}")
        for contract in builder.contracts.values():
            _add_table(con, contract, builder)
        for name, table in catalogue.tables(builder, audits, manifest).items():
            _add_meta(con, name, table)
        con.execute("checkpoint release")
        con.execute("use memory")
        con.execute("detach release")


def _add_table(con: duckdb.DuckDBPyConnection, contract: "Contract", builder: "Builder") -> None:
    name = f"{quote(contract.layer)}.{quote(contract.table)}"
    columns = ", ".join(
        f"{quote(n)} {c.sql_type}{'' if c.optional else ' not null'}" for n, c in contract.columns.items()
    )
    # no primary keys: their indexes would make the file four times as large; the audit checks keys, `meta` lists them
    con.execute(f"create table {name} ({columns})")
    rows = builder.table(contract.table)
    con.register("rows_to_add", rows)
    con.execute(f"insert into {name} by name select * from rows_to_add")
    con.unregister("rows_to_add")
    con.execute(f"comment on table {name} is {literal(f'{contract.text} One row is {contract.one_row_is}.')}")
    for n, c in contract.columns.items():
        con.execute(f"comment on column {name}.{quote(n)} is {literal(meaning(c.text, c.unit))}")


def _add_meta(con: duckdb.DuckDBPyConnection, name: str, table: MetaTable) -> None:
    target = f"meta.{quote(name)}"
    con.execute(f"create table {target} ({', '.join(f'{quote(n)} {c.type}' for n, c in table.columns.items())})")
    if table.rows:
        con.register("rows_to_add", table.arrow())
        con.execute(f"insert into {target} by name select * from rows_to_add")
        con.unregister("rows_to_add")
    con.execute(f"comment on table {target} is {literal(table.text)}")
    for n, c in table.columns.items():
        con.execute(f"comment on column {target}.{quote(n)} is {literal(c.text)}")


def meaning(text: str, unit: str) -> str:
    """What a column means, its unit included: `the quota [millions of SDR]`."""
    if not text or not unit:
        return text or unit
    return f"{text} [{unit}]"


def problems_of(path: Path, manifest: Manifest) -> list[str]:
    """What differs between the DuckDB file and the Parquet files beside it, one line a table; empty when nothing does.

    Names, types and rows are compared; rows as a set in which each counts as often as it occurs.
    """
    problems = []
    with duckdb.connect(":memory:", config=locked.NO_EXTENSIONS) as con:
        try:
            con.execute(f"attach {literal(str(path))} as release (read_only)")
            differing = [(t, p) for t in manifest.tables.values() if (p := _differs(con, t, path.parent))]
            problems += [f"{path.name}: {t.layer}.{t.name} {problem}" for t, problem in differing]
            con.execute("detach release")
        except duckdb.Error as error:
            problems.append(f"{path.name}: cannot be read ({error})")
    return problems


def _differs(con: duckdb.DuckDBPyConnection, table: TableInfo, folder: Path) -> str:
    own = f"release.{quote(table.layer)}.{quote(table.name)}"
    file = f"read_parquet({literal(str(folder / table.path))})"
    count = con.execute(f"select count(*) from {own}").fetchall()[0][0]
    if count != table.rows:
        return f"has {count} rows instead of {table.rows}"
    columns, wanted = (con.execute(f"describe select * from {s}").fetchall() for s in (own, file))
    if [c[:2] for c in columns] != [c[:2] for c in wanted]:
        return f"has other columns or types than {table.path}"
    others = con.execute(f"select count(*) from (from {file} except all from {own})").fetchall()[0][0]
    return f"differs from {table.path} in {others} rows" if others else ""
