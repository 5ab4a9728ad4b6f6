"""SQL from people on a release, locked down: nothing to write to, no files, no network, no extensions, within limits.

What belongs here: one query. What does not: showing rows (see `cli`), the locks (`locked`), the limits (`limits`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from tradefin import limits, locked
from tradefin.errors import QueryRefused
from tradefin.releases.release import DATABASE, Release

ROWS = 1_000_000

_STEP = 10_000
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


def query(
    sql: str,
    home: Path,
    release: str | None = None,
    *,
    seconds: float = limits.SECONDS,
    megabytes: int = limits.MEGABYTES,
) -> Answer:
    """Run SQL on a release's database.

    Args:
        sql: One or more statements; the last one's rows are returned. Tables are found by bare name.
        home: The outputs folder.
        release: Id of a release; None for the current one.
        seconds: After which it is stopped.
        megabytes: Memory that DuckDB may use for it.

    Raises:
        NotFound: There is no such release.
        ReleaseDamaged: The database is not the one that was published.
        QueryRefused: DuckDB refuses the statement, or it takes more than it may; the connection can read the release
            and nothing else.
    """
    database = Release.open(home, release).file(DATABASE)
    with duckdb.connect(str(database), read_only=True) as con:
        con.execute("set search_path = 'core,marts,claims,meta'")
        locked.lock(con, megabytes)
        try:
            with limits.bounded(con, seconds):
                return _answer(con, sql)
        except duckdb.InterruptException as error:
            raise QueryRefused(f"Stopped after {seconds:g} seconds; --seconds gives a query more time.") from error
        except (duckdb.OutOfMemoryException, MemoryError) as error:
            raise QueryRefused(
                f"Stopped: it needs more than {megabytes:,} MB; --megabytes gives a query more memory."
            ) from error
        except duckdb.Error as error:
            refused = "" if isinstance(error, _MISTAKES) else "\nA query sees the release, read-only, and nothing else."
            raise QueryRefused(f"{error}{refused}") from error


def _answer(con: duckdb.DuckDBPyConnection, sql: str) -> Answer:
    result = con.execute(sql)
    if result is None:  # that is what DuckDB gives for nothing but comments
        raise QueryRefused("There is no statement in it.")
    columns = [d[0] for d in result.description or []]
    rows: list[tuple[Any, ...]] = []
    while columns and (more := result.fetchmany(_STEP)):
        rows += more
        if len(rows) > ROWS:
            raise QueryRefused(f"It returns more than {ROWS:,} rows: give it a `limit`, or `tradefin.load` the table.")
    return Answer(columns, rows)
