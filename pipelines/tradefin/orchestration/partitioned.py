"""Partitioned flows: an asset for the answers, one for the published tables, a run for each partition.

A run of one partition is two steps: ask (one worker at a time for each publisher, as its pool says), then make, audit
and publish. No job of the releases selects these assets. What belongs here: definitions, and how a partition is shown.
What does not: fetching, making, publishing (`tradefin.partitioned`).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from tradefin.errors import TradefinError
from tradefin.orchestration.checks import check_result, check_spec
from tradefin.orchestration.resources import Workshop
from tradefin.orchestration.retries import tried_again
from tradefin.partitioned.flow import Partitions
from tradefin.tables.builder import Builder
from tradefin.tables.store import digest_of

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition as AssetJob

PARTITIONED = "partitioned"
ANSWERS = "answers"

RETRIES = 2
RETRY_SECONDS = 60


def name_of(stem: str) -> str:
    """Name of the job that fetches and publishes partitions of a flow."""
    return f"publish_{stem}"


def partitioned_assets(builder: Builder) -> list[dg.AssetsDefinition]:
    """The assets of every partitioned flow."""
    return [asset for flow in Partitions.all(builder) for asset in (_answers(flow), _published(flow))]


def partitioned_jobs(builder: Builder) -> "list[AssetJob]":
    """One job for each partitioned flow; a backfill of it runs every partition."""
    return [
        dg.define_asset_job(
            name_of(flow.stem),
            selection=dg.AssetSelection.assets(_key(ANSWERS, flow), _key(PARTITIONED, flow)),
            partitions_def=_partitions(flow),
            tags={"publisher": flow.publisher.publisher},
            description=f"Fetch, read, audit and publish one partition of {flow.stem}; same bytes cost a question.",
        )
        for flow in Partitions.all(builder)
    ]


def _key(kind: str, flow: Partitions) -> dg.AssetKey:
    return dg.AssetKey([PARTITIONED, flow.stem] if kind == PARTITIONED else [PARTITIONED, f"{flow.stem}_{kind}"])


def _partitions(flow: Partitions) -> dg.StaticPartitionsDefinition:
    return dg.StaticPartitionsDefinition(list(flow.description.partitions))


def _found(workshop: Workshop, stem: str) -> Partitions:
    return next(flow for flow in Partitions.all(workshop.builder) if flow.stem == stem)


def _answers(flow: Partitions) -> dg.AssetsDefinition:
    stem = flow.stem

    @dg.asset(
        key=_key(ANSWERS, flow),
        partitions_def=_partitions(flow),
        pool=flow.publisher.publisher,
        group_name=PARTITIONED,
        kinds={"https", "file"},
        description=f"What {flow.publisher.name} serves: {flow.description.text}.",
    )
    def answers(context: dg.AssetExecutionContext, workshop: Workshop) -> dg.MaterializeResult[None]:
        from tradefin.sources import http, live

        flow = _found(workshop, stem)
        try:
            with http.Client(flow.publisher, contact=live.contact()) as client:
                came = flow.fetch(client, context.partition_key)
        except TradefinError as error:  # it has been recorded, and the last good answer stays
            if error.may_retry and context.retry_number < RETRIES:
                raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=RETRY_SECONDS) from error
            raise
        return dg.MaterializeResult(
            data_version=dg.DataVersion(digest_of([one.sha256 for one in came.fetch.snapshots])),
            metadata={
                "state": came.state,
                "dagster/partition_row_count": came.table.num_rows,
                "bytes": sum(one.size for one in came.fetch.snapshots),
                "warnings": dg.MetadataValue.md("\n".join(f"- {warning}" for warning in came.warnings)),
            },
        )

    return answers


def _published(flow: Partitions) -> dg.AssetsDefinition:
    from tradefin.audit.suite import checks

    stem, key = flow.stem, _key(PARTITIONED, flow)

    @dg.asset(
        key=key,
        deps=[_key(ANSWERS, flow)],
        partitions_def=_partitions(flow),
        check_specs=[check_spec(key, check) for check in checks(flow.contract)],
        group_name=PARTITIONED,
        kinds={"sql", "duckdb", "parquet"},
        description=flow.contract.text,
        code_version=flow.contract.version,
    )
    def published(
        context: dg.AssetExecutionContext, workshop: Workshop
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        from tradefin.audit.run import refuse
        from tradefin.partitioned.edition import publish

        with tried_again(context.op_execution_context):
            flow = _found(workshop, stem)
            ref = flow.ref(context.partition_key)
            audit = flow.audit(ref)
            edition = None if audit.blocking else publish(flow, context.partition_key, ref)
        for result in audit.results:
            yield check_result(key, result)
        if edition is None:
            refuse(audit)
            return
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(ref.sha256),
            metadata={
                "dagster/partition_row_count": ref.rows,
                "sha256": ref.sha256,
                "edition": edition.id,
                "partitions": len(edition.partitions),
                "rows": edition.rows,
            },
        )

    return published
