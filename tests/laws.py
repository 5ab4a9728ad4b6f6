"""The laws of the house as functions: each says in words what breaks it, so that it can be tried on a broken house."""

import ast
import csv
from collections.abc import Iterator
from pathlib import Path

from sqlglot import exp

from tradefin.errors import TradefinError
from tradefin.project import CODELIST, CODELISTS, Project
from tradefin.tables.builder import Builder
from tradefin.tables.contract import Contract
from tradefin.tables.sql import parse

_NETWORK = {"socket", "http", "urllib", "httpx", "requests", "aiohttp", "ftplib", "smtplib", "urllib3", "obstore"}
_INEXACT = {"DOUBLE", "FLOAT", "REAL"}
_UNSTEADY = {
    "random",
    "now",
    "today",
    "current_date",
    "current_timestamp",
    "uuid",
    "gen_random_uuid",
    "get_current_time",
}


def _stems(folder: Path, pattern: str) -> set[str]:
    return {f.stem for f in folder.glob(pattern)}


def one_stem_per_table(project: Project) -> Iterator[str]:
    """Contract, SQL and golden cases bear one name, in every folder; so do a claim's file, query and cases."""
    contracts = Builder(project, None).contracts  # type: ignore[arg-type]
    cases = {p.parent.parent.name for p in (project.root / "tests" / "sql").glob("*/*/expect.csv")}
    for layer in ("core", "marts"):
        found = _stems(project.root / "sql" / layer, "*.sql")
        promised = {c.table for c in contracts.values() if c.layer == layer}
        yield from (f"sql/{layer}/{s}.sql has no contract of that layer" for s in sorted(found - promised))
        yield from (f"contract {s} has no sql/{layer}/{s}.sql" for s in sorted(promised - found))
        yield from (f"{s} has no golden case in tests/sql/{s}/" for s in sorted(found - cases))
    claims = set(project.claim_sql_files)
    yield from (f"sql/claims/{s}.sql has no claim file" for s in sorted(claims - set(project.claim_files)))
    yield from (f"claim {s} has no golden case in tests/sql/{s}/" for s in sorted(claims - cases))
    known = {*contracts, *project.claim_files}
    folders = {p.name for p in (project.root / "tests" / "sql").iterdir() if p.is_dir()}
    yield from (f"tests/sql/{s}/ belongs to no table or claim" for s in sorted(folders - known))


def every_upstream_exists(project: Project) -> Iterator[str]:
    """Every table that a query reads is a table, a source or a codelist; none reads in a circle."""
    builder = Builder(project, None)  # type: ignore[arg-type]
    try:
        builder.closure(list(builder.graph))
    except TradefinError as error:
        yield str(error)


def exact_and_steady_sql(project: Project) -> Iterator[str]:
    """No floating-point casts, no clock, no chance, no `select *` at the top, in any query."""
    for path in [*project.sql_files.values(), *project.claim_sql_files.values()]:
        tree = parse(path)
        for cast in tree.find_all(exp.Cast):
            if cast.to.sql(dialect="duckdb").upper() in _INEXACT:
                yield f"{path.name}: casts to {cast.to.sql(dialect='duckdb')}; published figures are DECIMAL"
        calls = {f.sql(dialect="duckdb").lower().partition("(")[0] for f in tree.find_all(exp.Func)}
        yield from (
            f"{path.name}: calls {n}, so the same inputs could give other rows" for n in sorted(calls & _UNSTEADY)
        )
        if any(isinstance(s, exp.Star) for s in tree.selects):
            yield f"{path.name}: selects * at the top, so a new upstream column would break its contract"


def licences_are_evidence(project: Project) -> Iterator[str]:
    """Every publisher has a licence with address, clause and day; every citation names one of them."""
    for slug, publisher in Builder(project, None).publishers.items():  # type: ignore[arg-type]
        if not publisher.licences:
            yield f"{slug} has no licence"
        path = project.bundled / slug / "citations.csv"
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["licence"] not in publisher.licences:
                    yield f"{slug}/citations.csv: {row['source_id']} names the unknown licence '{row['licence']}'"


def codelists_hold(project: Project) -> Iterator[str]:
    """Each codelist has a contract with its columns, and the other way round; one that is used lists each code once."""
    contracts: dict[str, Contract] = Builder(project, None).contracts  # type: ignore[arg-type]
    promised = {s.removeprefix(CODELIST) for s, c in contracts.items() if c.layer == CODELISTS}
    files = _stems(project.expectations / CODELISTS, "*.csv")
    yield from (f"codelist {n}.csv has no contract {n}.yml beside it" for n in sorted(files - promised))
    yield from (f"the contract of codelist {n} has no {n}.csv beside it" for n in sorted(promised - files))
    for name in sorted(files & promised):
        with project.codelist_file(name).open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file), [])
        if header != list(contracts[f"{CODELIST}{name}"].columns):
            yield f"{name}.csv has other columns than its contract: {', '.join(header)}"
    used = {c.codelist for contract in contracts.values() for c in contract.columns.values() if c.codelist}
    for name in sorted(used):
        path = project.codelist_file(name)
        if not path.exists():
            yield f"codelist {name} is used but {path.name} does not exist"
            continue
        with path.open(encoding="utf-8", newline="") as file:
            codes = [row[0] for row in list(csv.reader(file))[1:] if row]
        yield from (f"{path.name}: the code {c} stands twice" for c in sorted({c for c in codes if codes.count(c) > 1}))


def corrections_hold(project: Project) -> Iterator[str]:
    """Every correction names a source table and a column that there are."""
    try:
        _ = Builder(project, None).corrections  # type: ignore[arg-type]
    except TradefinError as error:
        yield str(error)


def references_hold(project: Project) -> Iterator[str]:
    """Every `references` names a column of a table that is upstream or of the same release."""
    contracts: dict[str, Contract] = Builder(project, None).contracts  # type: ignore[arg-type]
    for contract in contracts.values():
        for name, column in contract.columns.items():
            table, _, target = column.references.partition(".")
            if table and (table not in contracts or target not in contracts[table].columns):
                yield f"{contract.table}.{name} references {column.references}, which does not exist"


def numbers_have_units(project: Project) -> Iterator[str]:
    """Every numeric column says what it is counted in, if only in words: `disputes`, `year`, `rank`."""
    contracts: dict[str, Contract] = Builder(project, None).contracts  # type: ignore[arg-type]
    for contract in contracts.values():
        for name, column in contract.columns.items():
            if column.type.startswith(("integer", "decimal")) and not column.unit:
                yield f"{contract.table}.{name} is a number without a unit"


def tables_answer_questions(project: Project) -> Iterator[str]:
    """Every table but a codelist shows a question that it answers."""
    contracts: dict[str, Contract] = Builder(project, None).contracts  # type: ignore[arg-type]
    for contract in contracts.values():
        if contract.layer != CODELISTS and not contract.examples:
            yield f"{contract.table} has no example of a question that it answers"


def units_end_names(project: Project) -> Iterator[str]:
    """A decimal column says its unit at the end of its name, unless the unit is another column's (`as ...`)."""
    endings = ("_bn", "_mn", "_pct", "_points", "_days", "_ratio", "value")
    contracts: dict[str, Contract] = Builder(project, None).contracts  # type: ignore[arg-type]
    for contract in contracts.values():
        for name, column in contract.columns.items():
            said = column.unit in name or column.unit.startswith("as ") or name.endswith(endings)
            if column.unit and column.type.startswith("decimal") and not said:
                yield f"{contract.table}.{name} is in {column.unit}, which its name does not say"


# Readers have pyarrow and duckdb only, and DuckDB reads http by an extension that it would have to download: so one
# small module asks web servers for files of releases, another object stores. A third writes to object stores.
_OUTPUTS = {Path("releases/web.py"), Path("releases/bucket.py"), Path("tables/mirror.py")}
_PARSES = "urllib.parse"  # opens nothing


def only_sources_open_sockets(package: Path) -> Iterator[str]:
    """No module outside `sources/` imports anything that opens a socket, but those that outputs lie behind."""
    for path in sorted(package.rglob("*.py")):
        if "sources" in path.relative_to(package).parts or path.relative_to(package) in _OUTPUTS:
            continue
        for module in _imports(path):
            if module.split(".")[0] in _NETWORK and module != _PARSES:
                yield f"{path.relative_to(package)} imports {module}"


def small_modules(package: Path) -> Iterator[str]:
    """No module is longer than 300 lines, and each folder says what belongs in it."""
    for path in sorted(package.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if (length := text.count("\n")) > 300:
            yield f"{path.relative_to(package)} has {length} lines"
        if path.name == "__init__.py" and len(ast.get_docstring(ast.parse(text)) or "") < 60:
            yield f"{path.relative_to(package)} does not say what belongs in its folder"


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


PROJECT_LAWS = (
    one_stem_per_table,
    every_upstream_exists,
    exact_and_steady_sql,
    licences_are_evidence,
    codelists_hold,
    corrections_hold,
    references_hold,
    numbers_have_units,
    tables_answer_questions,
    units_end_names,
)
PACKAGE_LAWS = (only_sources_open_sockets, small_modules)
