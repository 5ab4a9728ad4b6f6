"""The meta tables of a release: their columns, and what each means.

What belongs here: shapes. What does not: rows (see `catalogue`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

_ARROW = {
    "varchar": pa.string(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "varchar[]": pa.list_(pa.string()),
}

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class MetaColumn:
    """DuckDB type and meaning of a column of a meta table."""

    type: str
    text: str


@dataclass(frozen=True)
class MetaTable:
    """A meta table: meaning, columns and rows."""

    text: str
    columns: Mapping[str, MetaColumn]
    rows: Rows

    @classmethod
    def of(cls, text: str, columns: Mapping[str, str], rows: Rows) -> "MetaTable":
        """A meta table from its shape (see `SHAPES`) and rows."""
        return cls(text, {n: MetaColumn(*c.split(": ", maxsplit=1)) for n, c in columns.items()}, rows)

    def arrow(self) -> pa.Table:
        """The rows as Arrow."""
        return pa.Table.from_pylist(self.rows, schema=pa.schema([(n, _ARROW[c.type]) for n, c in self.columns.items()]))


_TABLE = {
    "layer": "varchar: schema of the table: codelists, core, marts or claims",
    "table_name": "varchar: name of the table",
}

# Meaning, then type and meaning of each column.
SHAPES: dict[str, tuple[str, dict[str, str]]] = {
    "release": (
        "The release that this file belongs to. One row.",
        {
            "release": "varchar: its id, which follows from its content",
            "newest_known_on": "date: day on which the newest figure in it became public",
            "made_by": "varchar: version of tradefin that made it",
            "tables": "bigint: number of its tables",
            "rows": "bigint: number of their rows",
        },
    ),
    "tables": (
        "Every table of the release. One row is one table.",
        {
            **_TABLE,
            "rows": "bigint: number of rows",
            "one_row_is": "varchar: what one row stands for",
            "description": "varchar: what the table is for",
            "key": "varchar[]: columns that name a row",
            "sorted_by": "varchar[]: columns that order the rows",
            "cadence": "varchar: how often its figures change",
            "version": "varchar: version of the table, by what has changed in it from release to release",
            "contract_version": "varchar: version of its contract",
            "deprecated_until": "date: until when it is kept, where it is to go",
            "replaced_by": "varchar: the table to use instead, where it is to go",
            "caveats": "varchar[]: what to mind when using it",
            "publishers": "varchar[]: publishers of the figures in it, or this project; see meta.sources",
            "as_of_published": "varchar: date column: the day on which a row was public, where that has a meaning",
            "as_of_period_ended": "varchar: date column: the end of the period that a row is about",
            "as_of_figure": "varchar[]: columns that name a figure apart from its vintage and source",
            "query": "varchar: the SQL that made it, from the release's folder",
            "parquet": "varchar: its Parquet file, from the release's folder",
            "sha256": "varchar: hash of that file",
        },
    ),
    "columns": (
        "Every column of every table. One row is one column.",
        {
            **_TABLE,
            "position": "bigint: place of the column, from 1",
            "column_name": "varchar: name of the column",
            "type": "varchar: text, integer, date, boolean or decimal(precision,scale)",
            "unit": "varchar: what a number is counted in",
            "description": "varchar: what a value means",
            "optional": "boolean: whether a value may be missing",
            "codelist": "varchar: codelist of the allowed values; its table is codelists.codelist_<name>",
            "reference": "varchar: table.column in which every value occurs",
            "allowed": "varchar[]: the allowed values, where they are few",
            "min": "varchar: smallest allowed value",
            "max": "varchar: largest allowed value",
            "why": "varchar: the reason for these bounds",
            "known_from": "varchar: date column of the same row from which on this value was public",
        },
    ),
    "sources": (
        "Who stands behind the tables, and the licences that permit publishing them. One row is one licence.",
        {
            "publisher": "varchar: short name of the publisher",
            "name": "varchar: full name",
            "landing_page": "varchar: where a reader starts",
            "cadence": "varchar: how often it publishes",
            "licence": "varchar: short name of the licence",
            "licence_name": "varchar: name of the licence",
            "address": "varchar: where it can be read",
            "clause": "varchar: the clause that permits it",
            "checked_on": "date: day on which that was checked",
            "attribution": "varchar: the citation that it asks for",
        },
    ),
    "checks": (
        "What came of every check of every table. One row is one check.",
        {
            **_TABLE,
            "check_name": "varchar: name of the check",
            "type": "varchar: the expectation, as Great Expectations names it",
            "severity": "varchar: critical stops a release; warning and info are shown",
            "columns": "varchar[]: columns that it looks at; none for the table as a whole",
            "success": "boolean: whether it holds",
            "expected": "varchar: what it asks for",
            "observed": "varchar: what was found",
            "unexpected": "bigint: number of rows that break it",
            "why": "varchar: the reason for it",
        },
    ),
    "examples": (
        "Questions that the tables answer. One row is one question.",
        {**_TABLE, "question": "varchar: what people ask", "sql": "varchar: the query that answers it"},
    ),
    "lineage": (
        "What each table is made from. One row is one table and one of its inputs.",
        {
            "table_name": "varchar: name of the table",
            "upstream": "varchar: what it reads: a table, a publisher's file (source_...) or a codelist",
            "sha256": "varchar: hash of the version that it read",
        },
    ),
    "column_lineage": (
        "What each column is made from, as far as the SQL tells. One row is one column and one of its inputs.",
        {
            "table_name": "varchar: name of the table",
            "column_name": "varchar: name of the column",
            "upstream": "varchar: table that it is read from",
            "upstream_column": "varchar: column that it is read from",
        },
    ),
}
