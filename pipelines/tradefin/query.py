"""SQL from people on a release, locked down: nothing to write to, no files, no network, no extensions.

What belongs here: the locked connection. What does not: showing rows (see `cli`).
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from tradefin.errors import QueryRefused, ReleaseDamaged
from tradefin.releases.release import DATABASE, Release

_LOCKS = (
    "set search_path = 'core,marts,claims,meta'",
    "set python_enable_replacements = false",
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set enable_external_access = false",
    "set lock_configuration = true",
)

_MISTAKES = (duckdb.ParserException, duckdb.CatalogException, duckdb.BinderException, duckdb.ConversionException)


@dataclass(frozen=True)
class Answer:
    """What a query returned.

    Attributes:
        columns: Column names.
        rows: Rows of Python values.
    """

    columns: list[str]
    rows: list[tuple[Any, ...]]


def query(sql: str, home: Path, release: str | None = None) -> Answer:
    """Run SQL on a release's database.

    Args:
        sql: One or more statements; the last one's rows are returned. Tables are found by bare name.
        home: The outputs folder.
        release: Id of a release; None for the current one.

    Raises:
        NotFound: There is no such release.
        ReleaseDamaged: The database is not the one that was published.
        QueryRefused: DuckDB refuses the statement; the connection can read the release and nothing else.
    """
    opened = Release.open(home, release)
    published = opened.manifest.all_files()[DATABASE].sha256
    if hashlib.sha256(opened.database.read_bytes()).hexdigest() != published:
        raise ReleaseDamaged(
            f"{opened.database} is not the file that was published. `tradefin verify` names what else has changed."
        )
    with duckdb.connect(str(opened.database), read_only=True) as con:
        for lock in _LOCKS:
            con.execute(lock)
        try:
            result = con.execute(sql)
            columns = [d[0] for d in result.description or []]
            return Answer(columns, result.fetchall() if columns else [])
        except duckdb.Error as error:
            refused = "" if isinstance(error, _MISTAKES) else "\nA query sees the release, read-only, and nothing else."
            raise QueryRefused(f"{error}{refused}") from error
