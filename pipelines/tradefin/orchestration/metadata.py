"""What Dagster shows of a table: text, schema with units, lineage, first rows, sources and licences.

What belongs here: turning what contracts and tables say into Dagster's metadata. What does not: asset or check
definitions.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import dagster as dg
from sqlglot.errors import SqlglotError

from tradefin.sources.description import Publisher
from tradefin.tables.builder import Builder, preview
from tradefin.tables.contract import Column, Contract
from tradefin.tables.lineage import column_types, lineage
from tradefin.tables.store import TableRef

_LONGEST_CELL = 80
_WIDEST_TAG = 30


def layer_of(builder: Builder, stem: str) -> str:
    """Layer of a table: `sources`, `codelists`, `core`, `marts` or `claims`; also its group and first key part."""
    if stem in builder.source_files or stem in builder.archive_tables:
        return "sources"
    return builder.contracts[stem].layer


def asset_key(builder: Builder, stem: str) -> dg.AssetKey:
    """`[layer, stem]`."""
    return dg.AssetKey([layer_of(builder, stem), stem])


def tag_value(text: str) -> str:
    """A text as Dagster allows it in a tag: words joined by `-`, as many as its page has room for."""
    words = re.sub(r"[^A-Za-z0-9_.]+", "-", text).strip("-")
    return words if len(words) <= _WIDEST_TAG else words[: _WIDEST_TAG + 1].rpartition("-")[0] or words[:_WIDEST_TAG]


def markdown_table(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as a Markdown table; long texts are cut."""
    if not rows:
        return "(no rows)"
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([_cell(v) for v in row.values()] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: object) -> str:
    text = "" if value is None else " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"


def describe(builder: Builder, stem: str) -> str:
    """What a table is, for its page."""
    if contract := builder.contracts.get(stem):
        caveats = [f"- {c}" for c in contract.caveats]
        return "\n".join([contract.text, "", f"One row is {contract.one_row_is}.", "", *caveats]).strip()
    if stem in builder.source_files:
        publisher, name, _ = builder.source_files[stem]
        return (
            f"{publisher.tables[name].text}\n\nFrom [{publisher.name}]({publisher.landing_page}); every column is a "
            "text, nothing interpreted."
        )
    return "What the archive of live answers knows; says so where none have come."


def definition_metadata(builder: Builder, stem: str) -> dict[str, dg.MetadataValue]:
    """What is known of a table before it is made."""
    name = f"{builder.contracts[stem].layer}.{stem}" if stem in builder.contracts else stem
    found: dict[str, dg.MetadataValue] = {
        "dagster/table_name": dg.MetadataValue.text(name),
        "dagster/column_schema": dg.MetadataValue.table_schema(_schema(builder, stem)),
    }
    publishers = [builder.publishers[slug] for slug in builder.publishers_of(stem)]
    if publishers:
        found["sources"] = dg.MetadataValue.md(_sources(publishers))
    return found


def table_metadata(builder: Builder, stem: str, ref: TableRef) -> dict[str, dg.MetadataValue]:
    """What is known of a table once it is made."""
    found = definition_metadata(builder, stem) | {
        "dagster/row_count": dg.MetadataValue.int(ref.rows),
        "preview": dg.MetadataValue.md(markdown_table(preview(builder.table(stem)))),
        "sha256": dg.MetadataValue.text(ref.sha256),
        "path": dg.MetadataValue.path(str(builder.store.table_path(ref).relative_to(builder.store.home))),
    }
    return found | _lineage(builder, stem)


def _lineage(builder: Builder, stem: str) -> dict[str, dg.MetadataValue]:
    try:
        origins = lineage(builder, stem)
    except SqlglotError as error:  # the table itself is right: DuckDB has run the SQL
        return {"column lineage": dg.MetadataValue.text(f"Could not be read from the SQL: {error}")}
    if not origins:
        return {}
    found = {
        column: [dg.TableColumnDep(asset_key(builder, table), name) for table, name in pairs]
        for column, pairs in origins.items()
    }
    return {"dagster/column_lineage": dg.MetadataValue.column_lineage(dg.TableColumnLineage(found))}


def _schema(builder: Builder, stem: str) -> dg.TableSchema:
    contract = builder.contracts.get(stem)
    if contract is None:
        return dg.TableSchema([dg.TableColumn(name, "text") for name in column_types(builder, stem)])
    columns = [_column(contract, name, column) for name, column in contract.columns.items()]
    return dg.TableSchema(columns, constraints=dg.TableConstraints([f"key: {', '.join(contract.key)}"]))


def _column(contract: Contract, name: str, column: Column) -> dg.TableColumn:
    unit = f"in {column.unit}" if column.unit else ""
    constraints = dg.TableColumnConstraints(
        nullable=column.optional, unique=contract.key == (name,), other=list(_constraints(column))
    )
    text = "; ".join(part for part in (column.text, unit) if part)
    return dg.TableColumn(name, column.type, description=text, constraints=constraints)


def _constraints(column: Column) -> Iterable[str]:
    if column.codelist:
        yield f"codelist {column.codelist}"
    if column.references:
        yield f"occurs in {column.references}"
    if column.values:
        yield f"one of {', '.join(column.values)}"
    if column.min is not None:
        yield f"≥ {column.min}"
    if column.max is not None:
        yield f"≤ {column.max}"


def _sources(publishers: Iterable[Publisher]) -> str:
    return "\n".join(
        f"- {p.name}: [{licence.name}]({licence.address}). {licence.attribution}"
        for p in publishers
        for licence in p.licences.values()
    )
