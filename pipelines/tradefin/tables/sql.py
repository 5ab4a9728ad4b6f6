"""What the SQL files say about themselves: upstream tables and column lineage, read by sqlglot.

What belongs here: parsing and quoting. What does not: running anything.
"""

import re
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage

from tradefin.errors import ProjectInvalid

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def quote(name: str) -> str:
    """A contract's identifier, quoted for SQL.

    Raises:
        ProjectInvalid: It is not a plain identifier.
    """
    if not _IDENTIFIER.fullmatch(name):
        raise ProjectInvalid(f"'{name}' cannot name a table or column: letters, digits and _ only.")
    return f'"{name}"'


def read_sql(path: Path) -> str:
    """Text of an SQL file without a closing semicolon."""
    return path.read_text(encoding="utf-8").strip().removesuffix(";")


def parse(path: Path) -> exp.Query:
    """Parse the one SELECT of a file.

    Raises:
        ProjectInvalid: The file is not one SELECT in DuckDB's dialect.
    """
    try:
        trees = [t for t in sqlglot.parse(path.read_text(encoding="utf-8"), dialect="duckdb") if t is not None]
    except SqlglotError as error:
        raise ProjectInvalid(f"{path}: {str(error).splitlines()[0]}") from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise ProjectInvalid(f"{path}: expected exactly one SELECT, found {len(trees)} statements.")
    return trees[0]


def upstream(path: Path) -> tuple[str, ...]:
    """Names of the tables that a file reads, in alphabetical order, without its own CTEs."""
    tree = parse(path)
    ctes = {c.alias_or_name for c in tree.find_all(exp.CTE)}
    return tuple(sorted({t.name for t in tree.find_all(exp.Table) if t.name} - ctes))


def column_lineage(path: Path, schemas: dict[str, dict[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """For each output column the (table, column) pairs that it is made from.

    Args:
        path: An SQL file.
        schemas: Column names and SQL types of each upstream table.
    """
    tree = parse(path)
    known = {t: schemas[t] for t in upstream(path) if t in schemas}
    result: dict[str, list[tuple[str, str]]] = {}
    for column in tree.named_selects:
        root = lineage(column, tree.copy(), schema=known, dialect="duckdb")
        result[column] = sorted({leaf for node in root.walk() if (leaf := _leaf(node))})
    return result


def _leaf(node: Node) -> tuple[str, str] | None:
    if node.downstream or not isinstance(node.expression, exp.Table):
        return None
    return node.expression.name, node.name.rsplit(".", 1)[-1].strip('"')
