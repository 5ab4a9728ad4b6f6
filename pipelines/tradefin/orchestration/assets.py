"""Assets: one factory for every table of every layer, and the release that needs them all.

What belongs here: asset definitions. What does not: how a table is made (`tables`), what it shows (`metadata`), whether
it is good (`checks`).
"""

import dagster as dg

from tradefin.errors import ProjectInvalid
from tradefin.orchestration import freshness
from tradefin.orchestration.metadata import (
    asset_key,
    definition_metadata,
    describe,
    layer_of,
    markdown_table,
    table_metadata,
    tag_value,
)
from tradefin.orchestration.resources import Workshop
from tradefin.orchestration.retries import tried_again
from tradefin.orchestration.snapshots import Asked, feeding
from tradefin.tables.builder import Builder
from tradefin.tables.store import digest_of

_KINDS = {
    "sources": {"csv"},
    "codelists": {"csv"},
    "core": {"sql", "duckdb", "parquet"},
    "marts": {"sql", "duckdb", "parquet"},
    "claims": {"sql", "python", "parquet"},
}

RELEASE = "release"


def table_assets(builder: Builder, asked: Asked) -> list[dg.AssetsDefinition]:
    """An asset for every table of the project.

    Args:
        builder: Makes the tables.
        asked: The flows whose snapshots are assets, by publisher.

    Raises:
        ProjectInvalid: A table lacks its contract, or a contract its table.
    """
    files = {*builder.source_files, *builder.archive_tables}
    for stem in sorted({*builder.graph} - files - {*builder.contracts}):
        raise ProjectInvalid(f"Table {stem} has no contract: {builder.project.contract_file(stem)} is missing.")
    for stem in sorted({*builder.contracts} - {*builder.graph}):
        raise ProjectInvalid(
            f"The contract {builder.project.contract_file(stem)} describes a table that no query, claim or codelist "
            "makes."
        )
    return [_table_asset(builder, stem, asked) for stem in builder.graph]


def _table_asset(builder: Builder, stem: str, asked: Asked) -> dg.AssetsDefinition:
    layer = layer_of(builder, stem)

    @dg.asset(
        key=asset_key(builder, stem),
        deps=[*(asset_key(builder, need) for need in builder.graph[stem]), *feeding(builder, stem, asked)],
        group_name=layer,
        kinds=_KINDS[layer],
        tags=_tags(builder, stem),
        description=describe(builder, stem),
        metadata=definition_metadata(builder, stem),
        code_version=_code_version(builder, stem),
    )
    def table(context: dg.AssetExecutionContext, workshop: Workshop) -> dg.MaterializeResult[None]:
        with tried_again(context.op_execution_context):
            ref = workshop.builder.ref(stem)
            return dg.MaterializeResult(
                data_version=dg.DataVersion(ref.sha256), metadata=table_metadata(workshop.builder, stem, ref)
            )

    return table


def _tags(builder: Builder, stem: str) -> dict[str, str]:
    if contract := builder.contracts.get(stem):
        return {"version": contract.version, "cadence": tag_value(contract.cadence)}
    if stem in builder.source_files:
        publisher = builder.source_files[stem][0]
        return {"publisher": publisher.publisher, "cadence": tag_value(publisher.cadence)}
    return {}


def _code_version(builder: Builder, stem: str) -> str | None:
    """What decides a table apart from its inputs."""
    if stem in builder.contracts:
        return builder.code(stem)
    if stem in builder.source_files:
        publisher, name, _ = builder.source_files[stem]
        return digest_of(publisher.tables[name].model_dump())
    return None


def release_asset(builder: Builder) -> dg.AssetsDefinition:
    """The release: runs when every table is made and no blocking check has failed."""

    @dg.asset(
        key=RELEASE,
        deps=[asset_key(builder, stem) for stem in builder.graph],  # those nobody reads as well: they fail before it
        group_name="release",
        kinds={"parquet", "duckdb"},
        freshness_policy=freshness.of_release(builder.publishers.values()),
        description="Every table of every layer with its audit, in one folder that is never changed again.",
    )
    def release(context: dg.AssetExecutionContext, workshop: Workshop) -> dg.MaterializeResult[None]:
        from tradefin.audit.run import audit_table
        from tradefin.releases.publish import publish
        from tradefin.report.site import overview_image

        with tried_again(context.op_execution_context):
            builder = workshop.builder
            audits = [audit_table(builder, stem) for stem in builder.contracts]
            # refuses as well, should somebody materialise this asset alone
            published = publish(builder, audits, former=workshop.former)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(published.id),
            metadata={
                "release": published.id,
                "path": dg.MetadataValue.path(str(published.folder.relative_to(builder.store.home))),
                "tables": len(audits),
                "rows": sum(audit.rows for audit in audits),
                "checks": sum(len(audit.results) for audit in audits),
                "warnings": sum(len(audit.warnings) for audit in audits),
                "verdicts": dg.MetadataValue.md(_verdicts(builder)),
                "report": dg.MetadataValue.md(overview_image(published)),
            },
        )

    return release


def _verdicts(builder: Builder) -> str:
    if "claim_verdicts" not in builder.graph:
        return "(no claims)"
    return markdown_table(builder.table("claim_verdicts").select(["claim_id", "as_of", "verdict", "why"]).to_pylist())
