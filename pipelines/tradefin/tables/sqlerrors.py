"""What DuckDB says is wrong with a query, with the line and column of the file that the query is from."""

import re
from pathlib import Path

import duckdb

from tradefin import textfile
from tradefin.errors import ProjectInvalid
from tradefin.tables.sql import read_sql

_POINTER = re.compile(r"\n+LINE (\d+): (.*)\n( *)\^")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def check_syntax(path: Path) -> None:
    """Refuse a file that is not one statement in DuckDB's grammar.

    Raises:
        ProjectInvalid: It is not; names file, line and column.
    """
    sql = read_sql(path)
    try:
        found = len(duckdb.extract_statements(sql))
    except duckdb.Error as error:
        raise ProjectInvalid(placed(error, path, sql)) from error
    if found != 1:
        raise ProjectInvalid(f"{path}: line 1, column 1: expected exactly one SELECT, found {found} statements.")


def check_binds(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse a query that names a table, column or function which the connection does not have.

    Raises:
        ProjectInvalid: It does; names file, line and column.
    """
    statement = f"explain {read_sql(path)}"
    try:
        con.execute(statement).fetchall()
    except duckdb.Error as error:
        raise ProjectInvalid(placed(error, path, statement)) from error


def placed(error: duckdb.Error, path: Path, statement: str) -> str:
    """An error of DuckDB's as one line: file, line and column if it points anywhere, and what it says.

    Args:
        error: The error.
        path: The file that the statement was made from.
        statement: What was run: the file's SQL, perhaps with words before and after it.
    """
    said = " ".join(_POINTER.split(str(error), maxsplit=1)[0].split())
    offset = offset_in(error, statement)
    if offset is None:
        return f"{path}: {said}"
    text = textfile.read(path)
    # the place in the statement, less what stands before the file's SQL, plus the blank lines that were cut from it
    offset += len(text) - len(text.lstrip()) - max(statement.find(read_sql(path)), 0)
    return f"{path}: {_line_and_column(text, offset)}: {said}"


def place_of(path: Path, name: str) -> str:
    """Line and column at which a name first stands in a query, as `line 3, column 7`; comments do not count."""
    text = textfile.read(path)
    code = _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), text)
    found = re.search(rf"\b{re.escape(name)}\b", code)
    return _line_and_column(text, found.start() if found else 0)


def _line_and_column(text: str, offset: int) -> str:
    before = text[: max(offset, 0)]
    return f"line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"


def offset_in(error: duckdb.Error, statement: str) -> int | None:
    """Where in a statement an error points: characters before the place; None where it points nowhere."""
    found = _POINTER.search(str(error))
    if found is None:
        return None
    number, shown = int(found[1]), found[2]
    lines = statement.split("\n")
    if number > len(lines):
        return None
    column = len(found[3]) - len(f"LINE {number}: ")
    if shown.startswith("..."):  # DuckDB shows the middle of a long line
        column += lines[number - 1].find(shown.removeprefix("...").removesuffix("...")) - len("...")
    return sum(len(line) + 1 for line in lines[: number - 1]) + max(column, 0)
