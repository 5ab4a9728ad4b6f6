"""Snapshots: one asset per flow of a publisher, one step per publisher that asks for all of them.

A publisher that is down or has changed fails a check and not the step: its last good figures stay, the others go on.
What belongs here: definitions, and how a fetch is shown. What does not: fetching (`sources.live`), reading, keeping.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import dagster as dg

from tradefin import errors
from tradefin.errors import ProjectInvalid
from tradefin.orchestration import freshness
from tradefin.orchestration.metadata import tag_value
from tradefin.orchestration.resources import Workshop
from tradefin.orchestration.retries import in_one_process
from tradefin.sources.archive import Archive
from tradefin.sources.description import Publisher
from tradefin.sources.flow import Flow, principal
from tradefin.tables.builder import Builder
from tradefin.tables.store import digest_of

if TYPE_CHECKING:
    from tradefin.sources.live import Refreshed

_log = logging.getLogger(__name__)

Asked = Mapping[str, tuple[Flow, ...]]

SNAPSHOTS = "snapshots"
REACHABLE = "reachable_and_unchanged"
NOTHING_NEW = "no_new_codes"

# The client has asked several times within a quarter of an hour by then; what is still down gets half an hour.
RETRIES = 2
RETRY_SECONDS = 1800

_TO_DO = {
    "SourceChanged": "Read the difference. If the publisher really has changed, adapt its connector in "
    "pipelines/tradefin/sources/ and its description in expectations/sources/; then refresh again.",
    "Unavailable": "Nothing, unless it lasts: the next run asks again.",
}


def snapshot_key(publisher: str, flow: str) -> dg.AssetKey:
    """`[snapshots, <publisher>_<flow>]`."""
    return dg.AssetKey([SNAPSHOTS, f"{publisher}_{flow}"])


def connected(builder: Builder) -> Asked:
    """The flows that can be asked for, by publisher.

    Raises:
        ProjectInvalid: A flow is described that no connector asks for.
    """
    from tradefin.sources.connectors import flows_of

    found = {}
    for slug, publisher in builder.publishers.items():
        try:
            if flows := flows_of(publisher):
                found[slug] = flows
        except ProjectInvalid as error:
            if not isinstance(error.__cause__, ModuleNotFoundError):
                raise
            _log.warning("%s Its snapshots are left out.", error)  # bundled figures need no connector
    return found


def snapshot_assets(builder: Builder, asked: Asked) -> list[dg.AssetsDefinition]:
    """The assets and checks of every publisher that can be asked."""
    return [_publisher_assets(builder.publishers[slug], flows) for slug, flows in asked.items()]


def feeding(builder: Builder, stem: str, asked: Asked) -> list[dg.AssetKey]:
    """The snapshots that a source table, or a table about the archive, takes what it says from.

    A flow that stands in for another is asked in the same step, so it is enough to wait for the other, which is always
    asked.
    """
    if stem in builder.archive_tables:
        return [
            snapshot_key(slug, flow.name) for slug, flows in asked.items() for flow in flows if not flow.fallback_for
        ]
    if stem not in builder.source_files:
        return []
    from tradefin.sources.connectors import mapping

    publisher, name, _ = builder.source_files[stem]
    flows = asked.get(publisher.publisher, ())
    about = name in ("vintages", "citations")  # each flow adds its editions and addresses
    used = {principal(flow.name, flows) for flow in flows if about or mapping(builder.project, stem, flow, flows)}
    return [snapshot_key(publisher.publisher, flow) for flow in sorted(used)]


def _publisher_assets(publisher: Publisher, flows: tuple[Flow, ...]) -> dg.AssetsDefinition:
    slug = publisher.publisher

    @dg.multi_asset(
        name=f"{SNAPSHOTS}__{slug}",
        specs=[_spec(publisher, flow) for flow in flows],
        check_specs=[check for flow in flows for check in _checks(slug, flow)],
        pool=slug,
    )
    def snapshots(
        context: dg.AssetExecutionContext, workshop: Workshop
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        from tradefin.sources import live

        builder = workshop.builder

        def ask(publisher: str, stopped: Callable[[], bool]) -> "tuple[Refreshed, ...]":
            return live.refresh(builder.project, builder.store, publishers=[publisher], stopped=stopped)

        if context.retry_number:
            answers = ask(slug, lambda: False)
        else:
            answers = workshop.round(_together(context, slug), ask).of(slug)
        found = {one.flow: one for one in answers}
        if context.retry_number < RETRIES and _worth_another_try(flows, found):
            for one in found.values():
                context.log.warning(f"{slug}.{one.flow}: {one.state} {one.error} {one.message}")
            raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=RETRY_SECONDS)
        workshop.look_again()
        archive = Archive(builder.store)
        for flow in flows:
            yield from _shown(archive, flow, found.get(flow.name))

    return snapshots


def _together(context: dg.AssetExecutionContext, slug: str) -> list[str]:
    """Publishers that the steps of this run ask, this one first; it alone where each step has a process of its own."""
    if not in_one_process(context.op_execution_context):
        return [slug]
    steps = context.run.step_keys_to_execute or [node.name for node in context.job_def.nodes]
    begin = f"{SNAPSHOTS}__"
    return list(dict.fromkeys([slug, *(step.removeprefix(begin) for step in steps if step.startswith(begin))]))


def _spec(publisher: Publisher, flow: Flow) -> dg.AssetSpec:
    described = publisher.flows[flow.name]
    licence = publisher.licences.get(described.licence)
    stands_in = f"\n\nAsked only when {flow.fallback_for} fails." if flow.fallback_for else ""
    metadata = {
        "publisher": dg.MetadataValue.md(f"[{publisher.name}]({publisher.landing_page})"),
        "hosts": ", ".join(publisher.hosts),
        "asked every": f"{publisher.checked_every_days} days",
        "schedule": "; ".join(publisher.schedule) or "none",
    }
    if licence:
        metadata["licence"] = dg.MetadataValue.md(f"[{licence.name}]({licence.address}). {licence.attribution}")
    return dg.AssetSpec(
        snapshot_key(publisher.publisher, flow.name),
        description=f"What {publisher.name} serves: {described.text}.{stands_in}",
        group_name=SNAPSHOTS,
        kinds={"https", "file"},
        tags={"publisher": publisher.publisher, "cadence": tag_value(publisher.cadence)},
        metadata=metadata,
        skippable=bool(flow.fallback_for),
        freshness_policy=None if flow.fallback_for else freshness.of_publisher(publisher),
    )


def _checks(slug: str, flow: Flow) -> list[dg.AssetCheckSpec]:
    key = snapshot_key(slug, flow.name)
    return [
        dg.AssetCheckSpec(
            REACHABLE,
            asset=key,
            blocking=False,
            description="The publisher answers, and what it sends is what its description says. If not, the last good "
            "figures stay and everything else goes on.",
        ),
        dg.AssetCheckSpec(
            NOTHING_NEW, asset=key, blocking=False, description="No code is new, not even among the harmless ones."
        ),
    ]


def _worth_another_try(flows: tuple[Flow, ...], found: "Mapping[str, Refreshed]") -> bool:
    """Whether a flow is missing that may be had later, with nothing that stood in for it."""
    served = {principal(flow.name, flows) for flow in flows if _answered(found.get(flow.name))}
    missing = [
        one for flow in flows if principal(flow.name, flows) not in served and (one := found.get(flow.name)) is not None
    ]
    return any(one.state == "failed" and _may_retry(one.error) for one in missing)


def _answered(one: "Refreshed | None") -> bool:
    return one is not None and one.state in ("changed", "unchanged")


def _may_retry(error: str) -> bool:
    kind = getattr(errors, error, None)
    return isinstance(kind, type) and issubclass(kind, errors.TradefinError) and kind.may_retry


def _shown(
    archive: Archive, flow: Flow, one: "Refreshed | None"
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    key = snapshot_key(flow.publisher, flow.name)
    if one is None or one.state == "skipped":
        not_needed = f"not asked: {flow.fallback_for} answered" if flow.fallback_for else "not asked"
        if not flow.fallback_for:
            yield _materialised(archive, flow, "skipped", 0)
        for check in (REACHABLE, NOTHING_NEW):
            yield dg.AssetCheckResult(passed=True, check_name=check, asset_key=key, description=not_needed)
        return
    yield _materialised(archive, flow, one.state, one.rows)
    failed = one.state == "failed"
    metadata = {}
    if failed:
        last = archive.last(flow.publisher, flow.name)
        metadata = {
            "error": dg.MetadataValue.text(one.error),
            "difference": dg.MetadataValue.md(f"```\n{one.message.replace('```', '')}\n```"),
            "what to do": dg.MetadataValue.text(_TO_DO.get(one.error, "See docs/operations.md.")),
            "last good": dg.MetadataValue.text(f"{last.checked_at:%Y-%m-%d %H:%M} UTC" if last else "never"),
        }
    yield dg.AssetCheckResult(
        passed=not failed,
        check_name=REACHABLE,
        asset_key=key,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{one.error}: {one.message}"[:1000] if failed else None,
        metadata=metadata,
    )
    yield dg.AssetCheckResult(
        passed=not one.warnings,
        check_name=NOTHING_NEW,
        asset_key=key,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"warnings": dg.MetadataValue.md("\n".join(f"- {w}" for w in one.warnings))} if one.warnings else None,
    )


def _materialised(archive: Archive, flow: Flow, state: str, rows: int) -> dg.MaterializeResult[None]:
    """The last good fetch, whatever came of this one."""
    metadata: dict[str, dg.MetadataValue] = {"state": dg.MetadataValue.text(state)}
    version = None
    if last := archive.last(flow.publisher, flow.name):
        version = dg.DataVersion(digest_of([one.sha256 for one in last.snapshots]))
        metadata |= {
            "last good": dg.MetadataValue.timestamp(last.checked_at),
            "bytes": dg.MetadataValue.int(sum(one.size for one in last.snapshots)),
            "files": dg.MetadataValue.md(
                "\n".join(f"- `{one.path.name}` from {one.answered_by}" for one in last.snapshots[:20])
            ),
            "record": dg.MetadataValue.path(str(last.record.relative_to(archive.store.home))),
        }
    if state != "failed" and rows:
        metadata["dagster/row_count"] = dg.MetadataValue.int(rows)
    return dg.MaterializeResult(
        asset_key=snapshot_key(flow.publisher, flow.name), data_version=version, metadata=metadata
    )
