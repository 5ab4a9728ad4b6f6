"""What a release says about itself in SQL: the schema `meta` of its DuckDB file.

What belongs here: the rows of each meta table. What does not: their shapes (`metatables`), writing them (`database`).
"""

import json
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from tradefin.errors import ProjectInvalid
from tradefin.releases.manifest import Manifest
from tradefin.releases.metatables import SHAPES, MetaTable, Rows
from tradefin.tables.lineage import lineage

if TYPE_CHECKING:
    from tradefin.audit.run import TableAudit
    from tradefin.tables.builder import Builder


def tables(builder: "Builder", audits: "Sequence[TableAudit]", manifest: Manifest) -> dict[str, MetaTable]:
    """Every meta table of a release by name."""
    rows: dict[str, Rows] = {
        "release": [
            {
                "release": manifest.release,
                "newest_known_on": _day(manifest),
                "made_by": manifest.made_by,
                "tables": len(manifest.tables),
                "rows": sum(t.rows for t in manifest.tables.values()),
            }
        ],
        "tables": _tables(builder, manifest),
        "columns": _columns(builder),
        "codes": _codes(builder),
        "sources": _sources(builder, manifest),
        "checks": _checks(audits, manifest),
        "lineage": _lineage(builder),
        "column_lineage": _column_lineage(builder),
    }
    return {name: MetaTable.of(text, columns, rows[name]) for name, (text, columns) in SHAPES.items()}


def _day(manifest: Manifest) -> date | None:
    return None if manifest.newest_known_on == "undated" else date.fromisoformat(manifest.newest_known_on)


def _tables(builder: "Builder", manifest: Manifest) -> Rows:
    return [
        {
            "layer": c.layer,
            "table_name": stem,
            "rows": manifest.tables[stem].rows,
            "one_row_is": c.one_row_is,
            "description": c.text,
            "key": c.key,
            "sorted_by": c.sorted_by,
            "cadence": c.cadence,
            "contract_version": c.version,
            "caveats": c.caveats,
            "publishers": builder.publishers_of(stem),
            "parquet": manifest.tables[stem].path,
            "sha256": manifest.tables[stem].sha256,
        }
        for stem, c in builder.contracts.items()
    ]


def _columns(builder: "Builder") -> Rows:
    return [
        {
            "layer": c.layer,
            "table_name": stem,
            "position": position,
            "column_name": name,
            "type": column.type,
            "unit": column.unit or None,
            "description": column.text or column.unit,
            "optional": column.optional,
            "codelist": column.codelist or None,
            "reference": column.references or None,
            "allowed": column.values or None,
            "min": _bound(column.min),
            "max": _bound(column.max),
            "why": column.why or None,
            "known_from": column.known_from or None,
        }
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
        rows += [
            {"codelist": name, "code": code, "about": json.dumps(about, ensure_ascii=False)}
            for code, about in codes.items()
        ]
    return rows


def _sources(builder: "Builder", manifest: Manifest) -> Rows:
    return [
        {
            "publisher": slug,
            "name": publisher.name,
            "landing_page": publisher.landing_page,
            "cadence": publisher.cadence,
            "licence": licence_id,
            "licence_name": licence.name,
            "address": licence.address,
            "clause": licence.clause,
            "checked_on": licence.checked_on,
            "attribution": licence.attribution,
        }
        for slug, publisher in ((s["publisher"], builder.publishers[s["publisher"]]) for s in manifest.sources)
        for licence_id, licence in publisher.licences.items()
    ]


def _checks(audits: "Sequence[TableAudit]", manifest: Manifest) -> Rows:
    return [
        {
            "layer": manifest.tables[audit.table].layer,
            "table_name": audit.table,
            "check_name": result.check.name,
            "type": result.check.type,
            "severity": result.check.severity,
            "columns": result.check.columns,
            "success": result.success,
            "expected": result.expected,
            "observed": result.observed,
            "unexpected": result.unexpected,
            "why": result.check.why,
        }
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
