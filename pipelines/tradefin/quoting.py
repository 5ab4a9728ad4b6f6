"""Names and texts as they go into SQL that is put together here; a test holds that nothing else goes into it.

Values are bound as parameters wherever DuckDB takes them; comments, views and casts take none.
"""

import re

from tradefin.errors import ProjectInvalid

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")  # it names files, too
TYPE = re.compile(r"text|integer|date|boolean|decimal\([1-9]\d?, ?\d\d?\)")

_SQL_TYPES = {"text": "varchar", "integer": "bigint"}


def quote(name: str) -> str:
    """A contract's identifier, quoted for SQL.

    Raises:
        ProjectInvalid: It is not a plain identifier.
    """
    if not IDENTIFIER.fullmatch(name):
        raise ProjectInvalid(f"'{name}' cannot name a table or column: letters, digits and _ only.")
    return f'"{name}"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def sql_type(kind: str) -> str:
    """The SQL type of a contract's type.

    Raises:
        ProjectInvalid: It is none.
    """
    if not TYPE.fullmatch(kind):
        raise ProjectInvalid(f"'{kind}' is no type: text, integer, date, boolean or decimal(precision,scale).")
    return _SQL_TYPES.get(kind, kind)
