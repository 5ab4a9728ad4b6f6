"""From which upstream column each column of a table is made, read from its SQL and remembered in the store.

What belongs here: joining what `tables.sql` reads from one file with what the project knows of all tables. What does
not: how lineage is shown (see `orchestration`) or published (see `releases`).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlglot._version import __version__ as sqlglot_version
from sqlglot.errors import SqlglotError

from tradefin import textfile
from tradefin.errors import ProjectInvalid
from tradefin.tables.sql import column_lineage, upstream
from tradefin.tables.store import digest_of

if TYPE_CHECKING:
    from pathlib import Path

    from tradefin.tables.builder import Builder

Lineage = dict[str, list[tuple[str, str]]]


def column_types(builder: "Builder", stem: str) -> dict[str, str]:
    """Names and SQL types of the columns of any table, source or codelist, in order."""
    if contract := builder.contracts.get(stem):
        return {name: column.sql_type for name, column in contract.columns.items()}
    if stem in builder.source_files:
        publisher, name, _ = builder.source_files[stem]
        return dict.fromkeys(publisher.tables[name].columns, "varchar")
    if stem in builder.archive_tables:
        return dict.fromkeys(builder.archive_tables[stem], "varchar")
    with builder.codelist_files[stem].open(encoding="utf-8") as file:
        return dict.fromkeys(file.readline().strip().split(","), "varchar")


def lineage(builder: "Builder", stem: str) -> Lineage:
    """For each column the (table, column) pairs that it is made from; empty for a table that no SQL makes.

    The measurements of the ledger come from the query of every claim, so theirs is what these have together.

    Args:
        builder: The project.
        stem: A table, source or codelist.

    Raises:
        SqlglotError: A query is beyond what sqlglot can follow.
    """
    if stem in builder.project.sql_files:
        return _remembered(builder, builder.project.sql_files[stem])
    together: dict[str, set[tuple[str, str]]] = {}
    if stem == "claim_measurements":
        for path in builder.project.claim_sql_files.values():
            for column, origins in _remembered(builder, path).items():
                together.setdefault(column, set()).update(origins)
    return {column: sorted(origins) for column, origins in together.items()}


def origins_of(builder: "Builder", stem: str) -> Lineage:
    """As `lineage`, but empty where some claim's query is beyond sqlglot; a table's own query never is.

    Raises:
        ProjectInvalid: A table's query is beyond what sqlglot can follow.
    """
    try:
        return lineage(builder, stem)
    except SqlglotError as error:
        if stem not in builder.project.sql_files:
            return {}
        path = builder.project.sql_files[stem]
        raise ProjectInvalid(f"{path}: the lineage of its columns cannot be read ({error}).") from error


def _remembered(builder: "Builder", path: "Path") -> Lineage:
    schemas = {need: column_types(builder, need) for need in upstream(path)}
    key = digest_of({"sql": textfile.read(path), "schemas": schemas, "sqlglot": sqlglot_version})
    noted = builder.store.recall("lineage", key)
    if noted is None:
        with _quiet():
            noted = column_lineage(path, schemas)
        builder.store.note("lineage", key, noted)
    return {column: [(table, name) for table, name in origins if table in schemas] for column, origins in noted.items()}


@contextmanager
def _quiet() -> Iterator[None]:
    """Sqlglot warns on stderr of constructs that it does not follow; what it found is in the answer."""
    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
