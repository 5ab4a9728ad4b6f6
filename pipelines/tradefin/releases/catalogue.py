"""What a release says about itself in SQL: the schema `meta` of its DuckDB file.

What belongs here: the rows of each meta table. What does not: their shapes (`metatables`), writing them (`database`).
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from tradefin.releases.manifest import Manifest
from tradefin.releases.metatables import SHAPES, MetaTable, Rows
from tradefin.tables.lineage import origins_of
from tradefin.tables.rights import OURS

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
        "sources": _sources(builder, manifest),
        "checks": _checks(audits, manifest),
        "examples": _examples(builder),
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
            "version": manifest.tables[stem].version,
            "contract_version": c.version,
            "deprecated_until": c.deprecated.until if c.deprecated else None,
            "replaced_by": c.deprecated.replaced_by if c.deprecated else None,
            "caveats": c.caveats,
            "publishers": [p.publisher for p in builder.sources_of(stem)],
            "as_of_published": c.as_of.published if c.as_of else None,
            "as_of_period_ended": c.as_of.period_ended if c.as_of else None,
            "as_of_figure": c.as_of.figure if c.as_of else None,
            "query": manifest.tables[stem].sql or None,
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


def _sources(builder: "Builder", manifest: Manifest) -> Rows:
    return [
        {
            "publisher": publisher.publisher,
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
        for publisher in (*(builder.publishers[s["publisher"]] for s in manifest.sources), OURS)
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


def _examples(builder: "Builder") -> Rows:
    return [
        {"layer": c.layer, "table_name": stem, "question": e.question, "sql": e.sql.strip()}
        for stem, c in builder.contracts.items()
        for e in c.examples
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
        for column, origins in origins_of(builder, stem).items()
        for need, origin in origins
    ]
