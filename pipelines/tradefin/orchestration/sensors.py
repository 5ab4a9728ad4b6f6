"""Sensors: tell people that a run has failed or that a publisher is down or has changed.

What belongs here: when to look. What does not: what is worth telling (`sources.reporting`), sending it
(`sources.notices`).
"""

from datetime import UTC, datetime

import dagster as dg

from tradefin.orchestration.resources import Workshop
from tradefin.orchestration.schedules import switched_on
from tradefin.sources.notices import Notice, report

_EVERY_SECONDS = 600


def _default() -> dg.DefaultSensorStatus:
    return dg.DefaultSensorStatus.RUNNING if switched_on() else dg.DefaultSensorStatus.STOPPED


def failed_runs() -> dg.SensorDefinition:
    """Reports every run that fails, with what its first failed step said."""

    @dg.run_failure_sensor(
        name="report_failed_runs",
        default_status=_default(),
        description="Log, and Slack, web hook or e-mail where configured: a run has failed.",
    )
    def report_failed_runs(context: dg.RunFailureSensorContext) -> None:
        run = context.dagster_run
        lines = [context.failure_event.message or "", *map(_said, context.get_step_failure_events()[:3])]
        lines.append(f"Run {run.run_id}. What was released before stays. See docs/operations.md.")
        failures = report(Notice("run_failed", f"{run.job_name} failed", "\n".join(line for line in lines if line)))
        for failure in failures:
            context.log.error(failure)

    return report_failed_runs


def _said(event: dg.DagsterEvent) -> str:
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return f"{event.step_key}: {error.message.strip() if error else event.message}"[:600]


def sources(workshop: Workshop) -> dg.SensorDefinition:
    """Reports each publisher that is down, has changed, has grown stale or is well again: once."""

    @dg.sensor(
        name="report_sources",
        minimum_interval_seconds=_EVERY_SECONDS,
        default_status=_default(),
        description="Log, and Slack, web hook or e-mail where configured: a publisher is down, has changed, or is well "
        "again.",
    )
    def report_sources() -> dg.SkipReason:
        from tradefin.sources import live
        from tradefin.sources.reporting import tell

        builder = workshop.open()
        statuses = live.statuses(builder.project, builder.store, datetime.now(UTC))
        reported = tell(builder.store, statuses)
        return dg.SkipReason("; ".join(notice.title for notice in reported) or "Nothing new of any source.")

    return report_sources
