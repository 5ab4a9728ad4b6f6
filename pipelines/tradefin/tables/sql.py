"""What the SQL files say about themselves: upstream tables and column lineage, read by sqlglot.

What belongs here: parsing. What does not: running anything.
"""

from functools import cache
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage

from tradefin import textfile
from tradefin.errors import ProjectInvalid


def read_sql(path: Path) -> str:
    """Text of an SQL file without a closing semicolon."""
    return textfile.read(path).strip().removesuffix(";")


def parse(path: Path) -> exp.Query:
    """Parse the one SELECT of a file.

    Raises:
        ProjectInvalid: The file is not one SELECT in DuckDB's dialect.
    """
    try:
        trees = [t for t in sqlglot.parse(textfile.read(path), dialect="duckdb") if t is not None]
    except (SqlglotError, RecursionError) as error:
        raise ProjectInvalid(f"{path}: {str(error).splitlines()[0]}") from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise ProjectInvalid(f"{path}: expected exactly one SELECT, found {len(trees)} statements.")
    return trees[0]


def upstream(path: Path) -> tuple[str, ...]:
    """Names of the tables that a file reads, in alphabetical order, without its own CTEs."""
    return _upstream(path, textfile.read(path))


@cache
def _upstream(path: Path, text: str) -> tuple[str, ...]:
    """`text` is what the file holds now: another text is another answer."""
    tree = parse(path)
    ctes = {c.alias_or_name for c in tree.find_all(exp.CTE)}
    return tuple(sorted({t.name for t in tree.find_all(exp.Table) if t.name} - ctes))


def column_lineage(path: Path, schemas: dict[str, dict[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """For each output column the (table, column) pairs that it is made from.

    Args:
        path: An SQL file.
        schemas: Column names and SQL types of each upstream table.
    """
    known = {t: schemas[t] for t in upstream(path) if t in schemas}
    roots = lineage(
        None, parse(path), schema=known, dialect="duckdb"
    )  # all columns at once: they share most of the way
    return {column: sorted(_leaves(root)) for column, root in roots.items()}


def _leaves(root: Node) -> set[tuple[str, str]]:
    """The columns of tables below a node; ways that meet are walked once."""
    found, seen, ahead = set(), set(), [root]
    while ahead:
        node = ahead.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        ahead += node.downstream
        if leaf := _leaf(node):
            found.add(leaf)
    return found


def _leaf(node: Node) -> tuple[str, str] | None:
    if node.downstream or not isinstance(node.expression, exp.Table):
        return None
    return node.expression.name, node.name.rsplit(".", 1)[-1].strip('"')
