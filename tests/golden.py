"""Golden cases: a folder of small CSV files in, `expect.csv` out; see `tests/sql/README.md`."""

import csv
from pathlib import Path

import duckdb
import pyarrow as pa

from tradefin.claims.measure import register_statistics
from tradefin.tables.builder import Builder
from tradefin.tables.contract import Contract
from tradefin.tables.sql import quote, read_sql
from tradefin.tables.typed import to_contract


def read_csv(path: Path) -> tuple[list[str], list[list[str | None]]]:
    """Header and rows; the empty cell is missing."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, strict=True) if row]
    assert all(len(row) == len(rows[0]) for row in rows), f"{path}: rows of different length"
    return rows[0], [[cell or None for cell in row] for row in rows[1:]]


def load_inputs(con: duckdb.DuckDBPyConnection, builder: Builder, needs: tuple[str, ...], case: Path) -> None:
    """Register each upstream table of a case: from its CSV, else empty; codelists default to the real ones."""
    unknown = {f.stem for f in case.glob("*.csv")} - {*needs, "expect"}
    assert not unknown, f"{case}: {sorted(unknown)} are not read by this SQL (it reads {needs})"
    for need in needs:
        path = case / f"{need}.csv"
        if need.startswith("codelist_") and not path.exists():
            con.register(need, builder.table(need))
            continue
        header, rows = read_csv(path) if path.exists() else ([], [])
        contract = builder.contracts.get(need)
        columns = list(contract.columns) if contract else _source_columns(builder, need)
        assert set(header) <= set(columns), f"{path}: unknown column {set(header) - set(columns)}"
        cells = {c: [row[header.index(c)] if c in header else None for row in rows] for c in columns}
        text = pa.table({c: pa.array(v, pa.string()) for c, v in cells.items()})
        if contract is None:
            con.register(need, text)
        else:
            con.register("given", text)
            con.register(need, to_contract(con, contract, "given"))


def _source_columns(builder: Builder, stem: str) -> list[str]:
    if stem in builder.source_files:
        publisher, name, _ = builder.source_files[stem]
        return list(publisher.tables[name].columns)
    if stem in builder.archive_tables:
        return list(builder.archive_tables[stem])
    return list(builder.table(stem).column_names)


def made(con: duckdb.DuckDBPyConnection, builder: Builder, stem: str, case: Path) -> pa.Table:
    """What a table's SQL makes of a case."""
    load_inputs(con, builder, builder.graph[stem], case)
    con.execute(f"create or replace temp table result as {read_sql(builder.project.sql_files[stem])}")
    return to_contract(con, builder.contracts[stem], "result")


def examples(builder: Builder, stem: str) -> pa.Table:
    """What a table's SQL makes of all its cases together: rows of a table that is empty without live answers."""
    cases = sorted(p.parent for p in (builder.project.root / "tests" / "sql" / stem).glob("*/expect.csv"))
    with builder.connect() as con:
        return pa.concat_tables([made(con, builder, stem, case) for case in cases], promote_options="default")


def run_table(builder: Builder, stem: str, case: Path) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """What a table's SQL makes of a case, and what was expected, as sorted texts."""
    with builder.connect() as con:
        found = made(con, builder, stem, case)
        return _compare(con, found, builder.contracts[stem], case / "expect.csv")


def run_claim(builder: Builder, claim: str, case: Path) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """What a claim's query measures in a case, and what was expected, as sorted texts."""
    from tradefin.tables.sql import upstream

    path = builder.project.claim_sql_files[claim]
    with builder.connect() as con:
        load_inputs(con, builder, upstream(path), case)
        register_statistics(con)
        found = con.sql(
            "select definition, measure, period, value::decimal(28,6) as value, unit, "
            f"claimed_value::decimal(28,6) as claimed_value, note from ({read_sql(path)})"
        ).to_arrow_table()
        return _compare(con, found, None, case / "expect.csv")


def _compare(
    con: duckdb.DuckDBPyConnection, found: pa.Table, contract: Contract | None, path: Path
) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Both sides cast to the same types and written as texts, on the columns that `expect.csv` has."""
    header, rows = read_csv(path)
    assert set(header) <= set(found.column_names), f"{path}: unknown column {set(header) - set(found.column_names)}"
    con.register("found", found)
    con.register("expected", pa.table({h: pa.array([r[i] for r in rows], pa.string()) for i, h in enumerate(header)}))
    types = {r[0]: r[1] for r in con.execute("describe found").fetchall()}
    fields = ", ".join(f"coalesce({quote(h)}::{types[h]}::varchar, '')" for h in header)
    if contract is None:  # a claim returns many measures; a case may show only some definitions or measures
        keep = [h for h in ("definition", "measure", "period") if h in header]
        listed = ", ".join(keep)
        only = f"where ({listed}) in (select ({listed}) from expected)" if keep else ""
    else:
        only = ""
    left = con.execute(f"select {fields} from found {only}").fetchall()
    right = con.execute(f"select {fields} from expected").fetchall()
    return sorted(left), sorted(right)
