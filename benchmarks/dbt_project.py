"""A dbt project of the same tables: the same queries with `ref` and `source`, dbt's own tests from the contracts.

What belongs here: writing that project. What does not: running it (`build`).
"""

import json
import shutil
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp

from benchmarks.plain import Model, Plan, Source
from tradefin.tables.builder import Builder
from tradefin.tables.contract import Column, Contract

_SCRIPTS = Path(__file__).resolve().parent / "scripts"
_PROJECT = {
    "name": "tradefin_by_dbt",
    "version": "1.0.0",
    "profile": "tradefin_by_dbt",
    "model-paths": ["models"],
    "macro-paths": ["macros"],
    "flags": {"send_anonymous_usage_stats": False, "use_colors": False},
    "models": {
        "+materialized": "external",
        "+format": "parquet",
        "+options": {"compression": "zstd", "compression_level": 9},
    },
}
_EXTERNAL = "read_csv('{file}', header = true, nullstr = '', auto_detect = false, columns = {{{columns}}})"


def write(plan: Plan, builder: Builder, folder: Path, out: Path, threads: int) -> int:
    """Write the project.

    Args:
        plan: What is to be built.
        builder: Knows the contracts.
        folder: Where the project goes.
        out: Where its Parquet files go.
        threads: How many models it may build at once.

    Returns:
        How many tests it has.
    """
    (folder / "models").mkdir(parents=True)
    shutil.copy(_SCRIPTS / "build_limit.py", folder / "exact_bounds.py")
    (folder / "exact_plugin.py").write_text(_PLUGIN, encoding="utf-8")
    profile = {
        "type": "duckdb",
        "path": str(out / "dbt.duckdb"),
        "external_root": str(out),
        "threads": threads,
        "module_paths": [str(folder)],
        "plugins": [{"module": "exact_plugin"}],
    }
    profiles = {"tradefin_by_dbt": {"target": "dev", "outputs": {"dev": profile}}}
    _write(folder / "dbt_project.yml", _PROJECT)
    _write(folder / "profiles.yml", profiles)
    sources = {source.name: source for source in plan.sources}
    for model in plan.models:
        text = f"with result as (\n{_referring(model, sources)}\n)\n\n{model.select}\n"
        (folder / "models" / f"{model.name}.sql").write_text(text, encoding="utf-8")
    tests: list[int] = []
    described = [_described(model, builder.contracts.get(model.name), sources, tests) for model in plan.models]
    given = [_given(source, builder.contracts.get(source.name), sources, tests) for source in plan.sources]
    properties = {"version": 2, "models": described, "sources": [{"name": "given", "schema": "main", "tables": given}]}
    _write(folder / "models" / "properties.yml", properties)
    return sum(tests)


_PLUGIN = '''\
"""Statistics that claims' queries ask for, on every connection of dbt."""

import exact_bounds
from dbt.adapters.duckdb.plugins import BasePlugin


class Plugin(BasePlugin):
    def configure_connection(self, conn):
        exact_bounds.configure(conn)
'''


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")  # JSON is YAML


def _referring(model: Model, sources: dict[str, Source]) -> str:
    """A query with dbt's names for the tables that it reads; every other character stays as it was written."""
    tree = sqlglot.parse_one(model.sql, dialect="duckdb")
    places = {
        (table.this.meta["start"], table.this.meta["end"] + 1): table
        for table in tree.find_all(exp.Table)
        if table.name in model.needs
    }
    text = model.sql
    for start, end in sorted(places, reverse=True):
        table = places[start, end]
        named = f"source('given', '{table.name}')" if table.name in sources else f"ref('{table.name}')"
        alias = "" if table.alias else f" as {table.name}"
        text = f"{text[:start]}{{{{ {named} }}}}{alias}{text[end:]}"
    return text


def _described(model: Model, contract: Contract | None, sources: dict[str, Source], tests: list[int]) -> dict[str, Any]:
    return {"name": model.name, **(_tests(contract, sources, tests) if contract else {})}


def _given(source: Source, contract: Contract | None, sources: dict[str, Source], tests: list[int]) -> dict[str, Any]:
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in source.columns.items())
    place = {"external_location": _EXTERNAL.format(file=source.file, columns=columns), "formatter": "oldstyle"}
    return {"name": source.name, "config": {"meta": place}, **(_tests(contract, sources, tests) if contract else {})}


def _tests(contract: Contract, sources: dict[str, Source], tests: list[int]) -> dict[str, Any]:
    """The generic tests of dbt, all four, wherever the contract asks for what one of them can tell."""
    columns = [{"name": name, "data_tests": _of_column(column, sources)} for name, column in contract.columns.items()]
    key = contract.key[0] if len(contract.key) == 1 else f"({', '.join(contract.key)})"
    tests.append(1 + sum(len(column["data_tests"]) for column in columns))
    return {"columns": columns, "data_tests": [{"unique": {"arguments": {"column_name": key}}}]}


def _of_column(column: Column, sources: dict[str, Source]) -> list[Any]:
    found: list[Any] = [] if column.optional else ["not_null"]
    if column.values:
        plain = column.type in ("integer", "boolean")
        found.append({"accepted_values": {"arguments": {"values": list(column.values), "quote": not plain}}})
    if column.codelist:
        codes = sources[f"codelist_{column.codelist}"]
        found.append(_relationship(codes.name, next(iter(codes.columns)), sources))
    if column.references:
        table, _, field = column.references.partition(".")
        found.append(_relationship(table, field, sources))
    return found


def _relationship(table: str, field: str, sources: dict[str, Source]) -> dict[str, Any]:
    to = f"source('given', '{table}')" if table in sources else f"ref('{table}')"
    return {"relationships": {"arguments": {"to": to, "field": field}}}
