"""The job that builds a release, executed in this process: its events followed, its first error told in one sentence.

What belongs here: Dagster's side of a run. What does not: what a run tells and when none is needed (see `run`).
"""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import dagster as dg

from tradefin import errors
from tradefin.definitions import build_defs
from tradefin.errors import TradefinError
from tradefin.orchestration.assets import RELEASE
from tradefin.orchestration.checks import CHECKS
from tradefin.orchestration.jobs import BUILD_RELEASE
from tradefin.orchestration.resources import Workshop
from tradefin.orchestration.run import FailedCheck, Progress, RunOutcome, State
from tradefin.project import Project

# Dagster would print every event and every traceback to stderr.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}

_STATES: dict[dg.DagsterEventType, State] = {
    dg.DagsterEventType.STEP_START: "started",
    dg.DagsterEventType.STEP_SUCCESS: "done",
    dg.DagsterEventType.STEP_FAILURE: "failed",
}


def execute(
    project: Project, home: Path, progress: Callable[[Progress], None] | None, threads: int, live: bool
) -> RunOutcome:
    """Make every table, check it, publish the release; arguments and errors are those of `run.run`."""
    workshop = Workshop.of(project, home, threads, live)
    job = build_defs(workshop, snapshots=False).resolve_job_def(BUILD_RELEASE)
    run_id = str(uuid.uuid4())
    follower = _Follower(len(job.nodes), progress)
    with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance:
        instance.watch_event_logs(run_id, None, follower.follow)
        try:
            result = job.execute_in_process(_QUIET, instance=instance, raise_on_error=False, run_id=run_id)
        except dg.DagsterExecutionInterruptedError:
            raise KeyboardInterrupt from None
    if not result.success:
        _raise_first(result, workshop)
    return _outcome(result, workshop)


class _Follower:
    """Turns Dagster's events, as they are stored, into calls of `progress`."""

    def __init__(self, total: int, progress: Callable[[Progress], None] | None) -> None:
        self.total = total
        self.progress = progress
        self.finished = 0
        self.seen: list[dg.DagsterEvent] = []

    def follow(self, entry: dg.EventLogEntry, cursor: str) -> None:
        """Called by the instance for every event."""
        event = entry.dagster_event
        if self.progress is None or event is None or event.step_key is None:
            return
        state = _STATES.get(event.event_type)
        if state is None:
            self.seen.append(event)
            return
        self.finished += state == "done"
        text = "" if state == "started" else _told(self.seen)
        self.seen = []
        self.progress(Progress(state, *_step(event.step_key), self.finished, self.total, text))


def _step(key: str) -> tuple[str, str]:
    """Layer and stem of a step: `core__rates` makes a table, `checks__rates` checks it."""
    layer, _, stem = key.partition("__")
    return layer, stem or layer


def _told(events: list[dg.DagsterEvent]) -> str:
    """What the events of one step come to."""
    evaluations = [
        e.asset_check_evaluation_data for e in events if e.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ]
    if evaluations:
        failed = sum(not e.passed for e in evaluations)
        return f"{len(evaluations)} checks" + (f", {failed} failed" if failed else "")
    for event in events:
        if event.is_step_materialization:
            metadata = event.materialization.metadata
            if rows := metadata.get("dagster/row_count"):
                return f"{rows.value:,} rows"
            return str(metadata["release"].value)
    return ""


def _failed_checks(result: dg.ExecuteInProcessResult) -> Iterator[FailedCheck]:
    for evaluation in result.get_asset_check_evaluations():
        if not evaluation.passed:
            blocking = evaluation.severity == dg.AssetCheckSeverity.ERROR
            yield FailedCheck(
                evaluation.asset_key.path[-1], evaluation.check_name, blocking, evaluation.description or ""
            )


def _outcome(result: dg.ExecuteInProcessResult, workshop: Workshop) -> RunOutcome:
    (released,) = result.asset_materializations_for_node(RELEASE)
    told = {name: value.value for name, value in released.metadata.items()}
    return RunOutcome(
        release=str(told["release"]),
        path=workshop.open().store.home / str(told["path"]),
        tables=int(str(told["tables"])),
        rows=int(str(told["rows"])),
        checks=int(str(told["checks"])),
        warnings=tuple(_failed_checks(result)),
        seconds=0,
    )


def _raise_first(result: dg.ExecuteInProcessResult, workshop: Workshop) -> NoReturn:
    """Raise what stopped the run first, and name the other steps that failed."""
    first, *others = result.get_step_failure_events()
    if any(_interrupted(event) for event in (first, *others)):
        raise KeyboardInterrupt
    also = f" Failed as well: {', '.join(_named(e) for e in others)}." if others else ""
    layer, stem = _step(str(first.step_key))
    if layer == CHECKS and any(f.blocking and f.table == stem for f in _failed_checks(result)):
        from tradefin.audit.run import audit_table, refuse

        try:
            refuse(audit_table(workshop.open(), stem))
        except TradefinError as error:
            raise type(error)(f"{error}{also}") from None
    raise _original(first, also)


def _named(event: dg.DagsterEvent) -> str:
    layer, stem = _step(str(event.step_key))
    return f"checks of {stem}" if layer == CHECKS else stem


def _interrupted(event: dg.DagsterEvent) -> bool:
    """Whether a step failed because somebody pressed Ctrl-C while it ran."""
    told = event.step_failure_data.error
    return told is not None and told.cls_name == dg.DagsterExecutionInterruptedError.__name__


def _original(event: dg.DagsterEvent, also: str) -> Exception:
    """The error that a step raised, from what Dagster has written down of it."""
    told = event.step_failure_data.error
    trace = event.message or ""
    while told is not None:
        kind = getattr(errors, told.cls_name or "", None)
        if isinstance(kind, type) and issubclass(kind, TradefinError):
            return kind(told.message.partition(": ")[2].strip() + also)
        trace, told = f"{told.message}{''.join(told.stack)}", told.cause
    return RuntimeError(f"{_named(event)} failed for a reason that tradefin does not know.{also}\n{trace}")
