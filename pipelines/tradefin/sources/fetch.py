"""One flow, from the question to a table that its description accepts.

The bytes are kept before anybody looks at them: an answer that is refused is evidence. Nothing counts until its record
is written, so a process that is killed leaves whole snapshots and no claim about them. What belongs here: the order of
the steps. What does not: the steps.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from tradefin.errors import SourceChanged, TradefinError
from tradefin.sources import drift
from tradefin.sources.archive import Archive
from tradefin.sources.asking import Asking
from tradefin.sources.description import FlowDescription
from tradefin.sources.flow import Flow, Part, Request
from tradefin.sources.http import Client
from tradefin.sources.records import Fetch, Snapshot, State


@dataclass(frozen=True)
class Fetched:
    """What a flow gave.

    Attributes:
        state: `changed` if the figures are new, `unchanged` if they are those of the last good fetch.
        parts: The answers.
        table: What they say, as texts.
        warnings: Departures that are harmless by rule.
        fetch: The record of it; its snapshots tell where each part came from and when.
    """

    state: State
    parts: tuple[Part, ...]
    table: pa.Table
    warnings: tuple[str, ...]
    fetch: Fetch


def fetch(
    client: Client,
    archive: Archive,
    flow: Flow,
    description: FlowDescription,
    force: bool = False,
    accept: Callable[[pa.Table], Mapping[str, pa.Table]] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Fetched:
    """Ask for a flow, keep what comes, read it and compare it with its description and the last good fetch.

    Args:
        client: Asks the flow's publisher.
        archive: Keeps the bytes and the record.
        flow: What to ask for and how to read it.
        description: What it should look like.
        force: Ask for all bytes again, even if the publisher would say that they have not changed.
        accept: Looks at a table that is new and raises `SourceChanged` if it is of no use; gives what it says of each
            source table, which is kept.
        stopped: Whether to ask for nothing more.

    Raises:
        StoppedError: `stopped` says so; nothing is recorded.
        Unavailable: No whole answer; recorded as failed, the last good fetch stays.
        SourceChanged: An answer that the description does not accept; recorded as failed, the last good fetch stays.
    """
    archive.sweep()
    last = archive.last(flow.publisher, flow.name)
    asking = Asking(client, archive, flow, description, None if force else last, stopped)
    try:
        parts = asking.parts(anew=force)
        table = read(flow, parts)
        before = _table_of(archive, flow, last, asking.snapshots, table)
        warnings = [*asking.warnings, *drift.check(table, description, before, f"{flow.publisher}.{flow.name}")]
        state: State = "unchanged" if before is not None and table.equals(before) else "changed"
        rows = accept(table) if accept is not None and state == "changed" else {}
    except TradefinError as error:
        archive.record(flow, description.licence, "failed", asking.snapshots, error=error, left_out=asking.left_out)
        raise
    record = archive.record(
        flow, description.licence, state, asking.snapshots, warnings, left_out=asking.left_out, rows=rows
    )
    asking.finished()
    return Fetched(state, parts, table, tuple(warnings), record)


def stored(archive: Archive, flow: Flow, description: FlowDescription) -> Fetched | None:
    """The last good fetch read again, without asking anybody; None if there is none.

    Raises:
        SourceChanged: Today's connector or description no longer accepts it.
        ReleaseDamaged: Its bytes are missing or damaged.
    """
    last = archive.last(flow.publisher, flow.name)
    if last is None:
        return None
    parts = parts_of(archive, last)
    table = read(flow, parts)
    warnings = drift.check(table, description, None, f"{flow.publisher}.{flow.name}")
    return Fetched("unchanged", parts, table, tuple(warnings), last)


def read(flow: Flow, parts: tuple[Part, ...]) -> pa.Table:
    """The parts as a table; whatever a connector stumbles over means that the source has changed.

    Raises:
        SourceChanged: The parts cannot be read; says why.
    """
    try:
        return flow.parse(parts)
    except TradefinError:
        raise
    except Exception as error:  # input from outside may break a parser in ways that nobody has thought of
        raise SourceChanged(
            f"{flow.publisher}.{flow.name}: what came could not be read ({type(error).__name__}: {str(error)[:300]})."
        ) from error


def _table_of(
    archive: Archive, flow: Flow, last: Fetch | None, snapshots: Sequence[Snapshot], table: pa.Table
) -> pa.Table | None:
    """The table of the last good fetch, to compare with; None if there is none or it cannot be read any more."""
    if last is None:
        return None
    if [one.sha256 for one in last.snapshots] == [one.sha256 for one in snapshots]:
        return table
    try:
        return read(flow, parts_of(archive, last))
    except TradefinError:
        return None


def parts_of(archive: Archive, fetched: Fetch) -> tuple[Part, ...]:
    """The answers of a fetch, read from the archive.

    Raises:
        ReleaseDamaged: Bytes are missing or damaged.
    """
    return tuple(
        Part(Request(one.address, one.accept, suffix=one.path.name.removeprefix(one.sha256)), archive.body(one))
        for one in fetched.snapshots
    )
