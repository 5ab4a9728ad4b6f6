"""What would be asked of the publishers, and how each flow stands at a moment.

What belongs here: reading the archive's log against each publisher's description. What does not: asking (`live`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tradefin.project import Project
from tradefin.sources.address import public
from tradefin.sources.archive import Archive
from tradefin.sources.connectors import chosen
from tradefin.sources.description import Publisher
from tradefin.sources.flow import Flow, line_before
from tradefin.sources.left_out import LeftOutOfBuild, noted
from tradefin.sources.records import Check
from tradefin.tables.store import Store

Standing = Literal["never", "ok", "due", "stale", "failed"]

_OVERDUE = 2  # times the days within which a publisher should be asked; then nobody seems to ask any more


@dataclass(frozen=True)
class Planned:
    """What would be asked.

    Attributes:
        publisher: Slug of the publisher.
        flow: Name of the flow.
        address: The address, keys hidden; where pages follow, the first.
        last_asked: When it was last asked for; None if never.
        next_due: When it should be asked for again; None if it never was.
        fallback_for: The flow that must fail before this one is asked; empty for most.
    """

    publisher: str
    flow: str
    address: str
    last_asked: datetime | None
    next_due: datetime | None
    fallback_for: str = ""


@dataclass(frozen=True)
class Status:
    """How one flow stands.

    Attributes:
        publisher: Slug of the publisher.
        flow: Name of the flow.
        checked_at: When it was last asked for; None if never.
        changed_at: When it last had new figures; None if never.
        next_due: When it should be asked for again; None if it never was.
        state: `never` asked, `ok`, `due`, `stale` (the last good figures are in use, since asking failed or nobody
            asked for long), `failed` (nothing good ever came).
        message: What the last error said, or what else is to be known.
        error: Name of the error's class where the state is due to one.
        lost: Days of earlier answers whose figures the newest live build could no longer use.
    """

    publisher: str
    flow: str
    checked_at: datetime | None
    changed_at: datetime | None
    next_due: datetime | None
    state: Standing
    message: str = ""
    error: str = ""
    lost: tuple[str, ...] = ()


def plan(project: Project, store: Store, publishers: Collection[str] | None = None) -> tuple[Planned, ...]:
    """What would be asked, and when it was last; asks nobody.

    Args:
        project: The project's files.
        store: Where answers are kept.
        publishers: Slugs of those to ask; by default all that serve something.

    Raises:
        NotFound: A publisher that was named serves nothing.
    """
    checks = _checks(store)
    found = []
    for publisher, flows in chosen(project, publishers):
        for flow in flows:
            check = checks.get((publisher.publisher, flow.name))
            last = check.checked_at if check else None
            due = _due(publisher, check)
            found += [
                Planned(publisher.publisher, flow.name, public(request.address), last, due, flow.fallback_for)
                for request in flow.requests()
            ]
    return tuple(found)


def statuses(project: Project, store: Store, now: datetime) -> tuple[Status, ...]:
    """How each described flow stands.

    Args:
        project: The project's files.
        store: Where answers are kept.
        now: What time it is, with its zone.
    """
    checks, unused = _checks(store), noted(store)

    def status(publisher: Publisher, flow: Flow, flows: Sequence[Flow]) -> Status:
        earlier = [c for one in line_before(flow.name, flows) if (c := checks.get((publisher.publisher, one)))]
        check = checks.get((publisher.publisher, flow.name))
        return _status(publisher, flow, check, earlier, now, unused.get(f"{publisher.publisher}.{flow.name}"))

    return tuple(status(publisher, flow, flows) for publisher, flows in chosen(project, None) for flow in flows)


def _status(
    publisher: Publisher,
    flow: Flow,
    check: Check | None,
    earlier: Sequence[Check],
    now: datetime,
    unused: LeftOutOfBuild | None,
) -> Status:
    if check is None:
        message = f"asked only when {flow.fallback_for} fails" if flow.fallback_for else ""
        return Status(publisher.publisher, flow.name, None, None, None, "never", message)
    due = _due(publisher, check)
    state: Standing = "ok"
    message, error = check.message, ""
    if any(one.good_at is not None and one.good_at > check.checked_at for one in earlier):
        message = f"not needed since {flow.fallback_for} answers again"
    elif check.state == "failed":
        state = "stale" if check.good_at else "failed"
        error = check.error
    elif unused is not None and unused.error:
        state = "stale" if unused.good else "failed"
        message, error = unused.message, unused.error
    elif flow.fallback_for:
        message = f"asked only when {flow.fallback_for} fails"
    elif due is not None and now >= due:
        late = timedelta(days=publisher.checked_every_days) * (_OVERDUE - 1)
        state = "stale" if now >= due + late else "due"
        message = f"last asked on {check.checked_at:%Y-%m-%d}"
    lost = unused.lost if unused is not None else ()
    if unused is not None and lost:
        message = "\n".join(filter(None, [message, f"not in use any more: answers of {', '.join(lost)}: {unused.why}"]))
    return Status(publisher.publisher, flow.name, check.checked_at, check.changed_at, due, state, message, error, lost)


def _due(publisher: Publisher, check: Check | None) -> datetime | None:
    return check.checked_at + timedelta(days=publisher.checked_every_days) if check else None


def _checks(store: Store) -> dict[tuple[str, str], Check]:
    return {(check.publisher, check.flow): check for check in Archive(store).checks()}
