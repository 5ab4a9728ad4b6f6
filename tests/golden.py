"""Golden cases of tables and claims as tests run them; see `tests/sql/README.md`."""

from pathlib import Path

import duckdb
import pyarrow as pa

from tradefin import yamlfile
from tradefin.claims import golden
from tradefin.claims.claim import Claim
from tradefin.claims.golden import Cells, compare, load_inputs
from tradefin.tables.builder import Builder
from tradefin.tables.sql import read_sql
from tradefin.tables.typed import to_contract


def made(con: duckdb.DuckDBPyConnection, builder: Builder, stem: str, case: Path) -> pa.Table:
    """What a table's SQL makes of a case."""
    load_inputs(con, builder, builder.graph[stem], case)
    con.execute(f"create or replace temp table result as {read_sql(builder.project.sql_files[stem])}")
    return to_contract(con, builder.contracts[stem], "result")


def examples(builder: Builder, stem: str) -> pa.Table:
    """What a table's SQL makes of all its cases together: rows of a table that is empty without live answers."""
    cases = golden.cases_in(builder.project.root / "tests" / "sql" / stem)
    with builder.connect() as con:
        return pa.concat_tables([made(con, builder, stem, case) for case in cases], promote_options="default")


def run_table(builder: Builder, stem: str, case: Path) -> tuple[Cells, Cells]:
    """What a table's SQL makes of a case, and what was expected, as sorted texts."""
    with builder.connect() as con:
        found = made(con, builder, stem, case)
        return compare(con, found, builder.contracts[stem], case / golden.EXPECTED)


def run_claim(builder: Builder, claim: str, case: Path) -> tuple[Cells, Cells]:
    """What a claim's query measures in a case, and what was expected, as sorted texts; then the verdicts."""
    read = yamlfile.read(builder.project.claim_files[claim], Claim)
    outcome = golden.run_claim(builder, read, builder.project.claim_sql_files[claim], case)
    if outcome.expected_verdict is None:
        return outcome.found, outcome.expected
    return [*outcome.found, ("verdict", outcome.verdict)], [*outcome.expected, ("verdict", outcome.expected_verdict)]
