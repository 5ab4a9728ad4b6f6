"""What a release says about itself in SQL: the schema `meta` of its DuckDB file.

What belongs here: the rows and the meaning of each meta table. What does not: writing them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tradefin.errors import ProjectInvalid
from tradefin.releases.manifest import Manifest
from tradefin.tables.lineage import lineage

if TYPE_CHECKING:
    from tradefin.audit.run import TableAudit
    from tradefin.tables.builder import Builder

_ARROW = {"varchar": pa.string(), "bigint": pa.int64(), "boolean": pa.bool_(), "date": pa.date32(),
          "varchar[]": pa.list_(pa.string())}

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

    def arrow(self) -> pa.Table:
        """The rows as Arrow."""
        return pa.Table.from_pylist(self.rows, schema=pa.schema([(n, _ARROW[c.type]) for n, c in self.columns.items()]))


def tables(builder: "Builder", audits: "Sequence[TableAudit]", manifest: Manifest) -> dict[str, MetaTable]:
    """Every meta table of a release by name."""
    rows: dict[str, Rows] = {
        "release": [{"release": manifest.release, "newest_known_on": _day(manifest), "made_by": manifest.made_by,
                     "tables": len(manifest.tables), "rows": sum(t.rows for t in manifest.tables.values())}],
        "tables": _tables(builder, manifest),
        "columns": _columns(builder),
        "codes": _codes(builder),
        "sources": _sources(builder, manifest),
        "checks": _checks(audits, manifest),
        "lineage": _lineage(builder),
        "column_lineage": _column_lineage(builder),
    }
    return {
        name: MetaTable(text, {n: MetaColumn(*c.split(": ", maxsplit=1)) for n, c in shape.items()}, rows[name])
        for name, (text, shape) in _SHAPES.items()
    }


def _day(manifest: Manifest) -> Any:  # noqa: ANN401 - a date or None
    from datetime import date

    return None if manifest.newest_known_on == "undated" else date.fromisoformat(manifest.newest_known_on)


def _tables(builder: "Builder", manifest: Manifest) -> Rows:
    return [
        {"layer": c.layer, "table_name": stem, "rows": manifest.tables[stem].rows, "one_row_is": c.one_row_is,
         "description": c.text, "key": c.key, "sorted_by": c.sorted_by, "cadence": c.cadence,
         "contract_version": c.version, "caveats": c.caveats, "publishers": builder.publishers_of(stem),
         "parquet": manifest.tables[stem].path, "sha256": manifest.tables[stem].sha256}
        for stem, c in builder.contracts.items()
    ]


def _columns(builder: "Builder") -> Rows:
    return [
        {"layer": c.layer, "table_name": stem, "position": position, "column_name": name, "type": column.type,
         "unit": column.unit or None, "description": column.text or column.unit, "optional": column.optional,
         "codelist": column.codelist or None, "reference": column.references or None,
         "allowed": column.values or None, "min": _bound(column.min), "max": _bound(column.max),
         "why": column.why or None, "known_from": column.known_from or None}
        for stem, c in builder.contracts.items()
        for position, (name, column) in enumerate(c.columns.items(), start=1)
    ]


def _bound(value: float | str | None) -> str | None:
    return None if value is None else str(value)


def _codes(builder: "Builder") -> Rows:
    """The codes of every codelist that a published column uses; the first row of a code tells what it means."""
    used = sorted({c.codelist for t in builder.contracts.values() for c in t.columns.values() if c.codelist})
    rows = []
    for name in used:
        codes: dict[str, dict[str, str]] = {}
        for row in builder.table(f"codelist_{name}").to_pylist():
            code, *_ = row.values()
            codes.setdefault(code, {k: v for k, v in list(row.items())[1:] if v is not None})
        rows += [{"codelist": name, "code": code, "about": json.dumps(about, ensure_ascii=False)}
                 for code, about in codes.items()]
    return rows


def _sources(builder: "Builder", manifest: Manifest) -> Rows:
    return [
        {"publisher": slug, "name": publisher.name, "landing_page": publisher.landing_page,
         "cadence": publisher.cadence, "licence": licence_id, "licence_name": licence.name, "address": licence.address,
         "clause": licence.clause, "checked_on": licence.checked_on, "attribution": licence.attribution}
        for slug, publisher in ((s["publisher"], builder.publishers[s["publisher"]]) for s in manifest.sources)
        for licence_id, licence in publisher.licences.items()
    ]


def _checks(audits: "Sequence[TableAudit]", manifest: Manifest) -> Rows:
    return [
        {"layer": manifest.tables[audit.table].layer, "table_name": audit.table, "check_name": result.check.name,
         "type": result.check.type, "severity": result.check.severity, "columns": result.check.columns,
         "success": result.success, "expected": result.expected, "observed": result.observed,
         "unexpected": result.unexpected, "why": result.check.why}
        for audit in sorted(audits, key=lambda a: a.table)
        if audit.table in manifest.tables
        for result in audit.results
    ]


def _lineage(builder: "Builder") -> Rows:
    return [
        {"table_name": stem, "upstream": need, "sha256": builder.ref(need).sha256}
        for stem in builder.closure(list(builder.contracts))
        for need in builder.graph[stem]
    ]


def _column_lineage(builder: "Builder") -> Rows:
    return [
        {"table_name": stem, "column_name": column, "upstream": need, "upstream_column": origin}
        for stem in builder.contracts
        for column, origins in _origins(builder, stem).items()
        for need, origin in origins
    ]


def _origins(builder: "Builder", stem: str) -> dict[str, list[tuple[str, str]]]:
    from sqlglot.errors import SqlglotError

    try:
        return lineage(builder, stem)
    except SqlglotError as error:
        if stem not in builder.project.sql_files:  # some claims' queries are beyond sqlglot, and no query of a table is
            return {}
        path = builder.project.sql_files[stem]
        raise ProjectInvalid(f"{path}: the lineage of its columns cannot be read ({error}).") from error


_TABLE = {"layer": "varchar: schema of the table: core, marts or claims", "table_name": "varchar: name of the table"}

# Meaning, then type and meaning of each column.
_SHAPES: dict[str, tuple[str, dict[str, str]]] = {
    "release": ("The release that this file belongs to. One row.", {
        "release": "varchar: its id, which follows from its content",
        "newest_known_on": "date: day on which the newest figure in it became public",
        "made_by": "varchar: version of tradefin that made it",
        "tables": "bigint: number of its tables",
        "rows": "bigint: number of their rows",
    }),
    "tables": ("Every table of the release. One row is one table.", {
        **_TABLE,
        "rows": "bigint: number of rows",
        "one_row_is": "varchar: what one row stands for",
        "description": "varchar: what the table is for",
        "key": "varchar[]: columns that name a row",
        "sorted_by": "varchar[]: columns that order the rows",
        "cadence": "varchar: how often its figures change",
        "contract_version": "varchar: version of its contract",
        "caveats": "varchar[]: what to mind when using it",
        "publishers": "varchar[]: publishers of the figures in it; see meta.sources",
        "parquet": "varchar: its Parquet file, from the release's folder",
        "sha256": "varchar: hash of that file",
    }),
    "columns": ("Every column of every table. One row is one column.", {
        **_TABLE,
        "position": "bigint: place of the column, from 1",
        "column_name": "varchar: name of the column",
        "type": "varchar: text, integer, date, boolean or decimal(precision,scale)",
        "unit": "varchar: what a number is counted in",
        "description": "varchar: what a value means",
        "optional": "boolean: whether a value may be missing",
        "codelist": "varchar: codelist of the allowed values; see meta.codes",
        "reference": "varchar: table.column in which every value occurs",
        "allowed": "varchar[]: the allowed values, where they are few",
        "min": "varchar: smallest allowed value",
        "max": "varchar: largest allowed value",
        "why": "varchar: the reason for these bounds",
        "known_from": "varchar: date column of the same row from which on this value was public",
    }),
    "codes": ("What the codes of the codelists mean. One row is one code.", {
        "codelist": "varchar: name of the codelist",
        "code": "varchar: the code",
        "about": "varchar: what the codelist says of it, as JSON",
    }),
    "sources": ("Publishers of the figures and the licences that permit publishing them. One row is one licence.", {
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
    }),
    "checks": ("What came of every check of every table. One row is one check.", {
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
    }),
    "lineage": ("What each table is made from. One row is one table and one of its inputs.", {
        "table_name": "varchar: name of the table",
        "upstream": "varchar: what it reads: a table, a publisher's file (source_...) or a codelist (codelist_...)",
        "sha256": "varchar: hash of the version that it read",
    }),
    "column_lineage": ("What each column is made from, as far as the SQL tells. One row is one column and one of its inputs.", {
        "table_name": "varchar: name of the table",
        "column_name": "varchar: name of the column",
        "upstream": "varchar: table that it is read from",
        "upstream_column": "varchar: column that it is read from",
    }),
}
