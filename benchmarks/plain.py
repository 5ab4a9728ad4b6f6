"""The project without its machinery: what any other tool needs to build the same tables.

What belongs here: the inputs as CSV files, the queries as they are, the names and types that the contracts promise.
What does not: any other tool (`dbt_project`, `scripts/build_limit.py`).
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from tradefin.claims.measure import register_statistics
from tradefin.tables.builder import Builder
from tradefin.tables.sql import read_sql, upstream
from tradefin.tables.typed import typed_select

PLAN = "plan.json"


@dataclass(frozen=True)
class Source:
    """A table that no query makes: a bundled file, a codelist.

    Attributes:
        name: Of the table.
        file: CSV with a header; an empty cell is missing.
        columns: DuckDB type of each.
    """

    name: str
    file: str
    columns: dict[str, str]


@dataclass(frozen=True)
class Model:
    """A table that a query makes.

    Attributes:
        name: Of the table.
        layer: `core`, `marts` or `claims`.
        file: The query.
        sql: The same as text.
        needs: The tables that it reads.
        select: What turns the result, called `result`, into the published types, columns and order.
    """

    name: str
    layer: str
    file: str
    sql: str
    needs: tuple[str, ...]
    select: str


@dataclass(frozen=True)
class Plan:
    """The whole project; models come after what they read."""

    sources: tuple[Source, ...]
    models: tuple[Model, ...]


def plan(builder: Builder, folder: Path) -> Plan:
    """Write the inputs into a folder, and the plan beside them.

    Args:
        builder: Of the project.
        folder: Where the CSV files and `plan.json` go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    order = builder.closure([*builder.codelist_files, *builder.project.sql_files, "claim_measurements"])
    made = [stem for stem in order if stem in builder.project.sql_files]
    sources = tuple(_source(builder, stem, folder) for stem in order if stem not in (*made, "claim_measurements"))
    models = [_model(builder, stem) for stem in made] + [
        _claim(builder, name) for name in builder.project.claim_sql_files
    ]
    found = Plan(sources, tuple(models))
    (folder / PLAN).write_text(json.dumps(asdict(found), indent=1), encoding="utf-8")
    return found


def _source(builder: Builder, stem: str, folder: Path) -> Source:
    file = folder / f"{stem}.csv"
    with duckdb.connect() as con:
        con.register("given", builder.table(stem))
        columns = {row[0]: row[1] for row in con.execute("describe given").fetchall()}
        con.execute(f"copy given to '{file}' (header)")
    return Source(stem, str(file), columns)


def _model(builder: Builder, stem: str) -> Model:
    path, contract = builder.project.sql_files[stem], builder.contracts[stem]
    with builder.connect() as con:
        for need in builder.graph[stem]:
            con.register(need, builder.table(need))
        select = typed_select(contract, _types(con, path), "result")
    return Model(stem, contract.layer, str(path), read_sql(path), builder.graph[stem], select)


def _claim(builder: Builder, name: str) -> Model:
    path = builder.project.claim_sql_files[name]
    select = (
        "select definition, measure, period::varchar as period, value::decimal(28,6) as value, unit, "
        'claimed_value::decimal(28,6) as claimed_value, note from "result" order by all'
    )
    return Model(f"claim_{name}", "claims", str(path), read_sql(path), upstream(path), select)


def _types(con: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    register_statistics(con)
    return {row[0]: row[1] for row in con.execute(f"describe {read_sql(path)}").fetchall()}
