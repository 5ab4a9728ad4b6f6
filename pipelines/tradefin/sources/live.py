"""Asking the publishers, and how each flow stands: what the command, the jobs and the sensors use.

What belongs here: the round over all publishers, in which nobody's failure stops another. What does not: one flow
(`fetch`), when to ask again (`standing`), what becomes of the figures (`history`).
"""

import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa

from tradefin.errors import ProjectInvalid, SourceChanged, TradefinError
from tradefin.project import Project
from tradefin.sources.archive import Archive
from tradefin.sources.asking import StoppedError
from tradefin.sources.connectors import chosen, connectors, mapping
from tradefin.sources.description import Publisher
from tradefin.sources.fetch import fetch
from tradefin.sources.flow import Flow
from tradefin.sources.http import Client
from tradefin.sources.kept import to_keep
from tradefin.sources.mapped import map_answer
from tradefin.sources.standing import Planned, Status, plan, statuses
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store

__all__ = ["Planned", "Refreshed", "Status", "connectors", "contact", "plan", "refresh", "statuses"]

Outcome = Literal["changed", "unchanged", "failed", "skipped"]

AT_ONCE = 4  # publishers


@dataclass(frozen=True)
class Refreshed:
    """What came of asking for one flow.

    Attributes:
        publisher: Slug of the publisher.
        flow: Name of the flow.
        state: `changed`, `unchanged`, `failed`, or `skipped`: a stand-in that was not needed.
        error: Name of the error's class; empty unless failed.
        message: What it said, or why the flow was skipped.
        warnings: Departures that are harmless by rule.
        rows: How many rows the answer has.
    """

    publisher: str
    flow: str
    state: Outcome
    error: str = ""
    message: str = ""
    warnings: tuple[str, ...] = ()
    rows: int = 0


def contact() -> str:
    """Address at which publishers can reach whoever runs this, from the environment.

    Raises:
        ProjectInvalid: There is none.
    """
    found = os.environ.get("TRADEFIN_CONTACT", "").strip()
    if not found:
        raise ProjectInvalid(
            "Publishers are told who asks them: set TRADEFIN_CONTACT to an e-mail address or a page of yours."
        )
    return found


def refresh(
    project: Project,
    store: Store,
    *,
    publishers: Collection[str] | None = None,
    client_for: Callable[[Publisher], Client] | None = None,
    progress: Callable[[Refreshed], None] | None = None,
    archive: Archive | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> tuple[Refreshed, ...]:
    """Ask the publishers: several at once, the flows of one in turn, stand-ins only when they are needed.

    Whatever goes wrong with one flow is recorded and told, and stops no other.

    Args:
        project: The project's files.
        store: Where answers are kept.
        publishers: Slugs of those to ask; by default all that serve something.
        client_for: Makes the client of a publisher; by default one that tells `TRADEFIN_CONTACT`.
        progress: Called with each result as it comes, never by two threads at once.
        archive: Keeps the answers; by default one on the store.
        stopped: Whether to ask for nothing more; what has come of a flow in many parts waits for the next round.

    Returns:
        One result for each flow, by publisher and in the order of its connector.

    Raises:
        NotFound: A publisher that was named serves nothing.
        ProjectInvalid: The project itself is wrong, or there is no contact.
    """
    if client_for is None:
        who = contact()
        client_for = lambda publisher: Client(publisher, contact=who)  # noqa: E731 - one line is clearer here
    asked = chosen(project, publishers)
    archive = archive or Archive(store)
    told, stopping = threading.Lock(), threading.Event()

    def over() -> bool:
        return stopping.is_set() or stopped()

    def ask(publisher: Publisher, flows: tuple[Flow, ...]) -> list[Refreshed]:
        found = []
        builder = Builder(project, store)
        with client_for(publisher) as client:
            try:
                for one in _in_turn(client, archive, publisher, flows, builder, over):
                    found.append(one)
                    if progress is not None:
                        with told:
                            progress(one)
            except StoppedError:
                pass
        return found

    pool = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="refresh")
    try:
        rounds = [pool.submit(ask, publisher, flows) for publisher, flows in asked]
        return tuple(one for done in rounds for one in done.result())
    finally:
        stopping.set()  # somebody pressed Ctrl-C: each publisher's question on its way is the last
        pool.shutdown(wait=True, cancel_futures=True)


def _in_turn(
    client: Client,
    archive: Archive,
    publisher: Publisher,
    flows: tuple[Flow, ...],
    builder: Builder,
    stopped: Callable[[], bool],
) -> Iterator[Refreshed]:
    """Ask for a publisher's flows; a stand-in only if the flow before it in the line has failed.

    A line is a flow and all that stand in for it, in the order of the connector: the first that answers ends it.
    """
    answered: set[str] = set()
    for flow in flows:
        if flow.fallback_for in answered:
            why = f"not needed: {flow.fallback_for} has been answered"
            yield Refreshed(publisher.publisher, flow.name, "skipped", message=why)
            answered.add(flow.name)
            continue
        doubts: list[str] = []
        one = _ask(client, archive, publisher, flow, _becomes_rows(builder, publisher, flow, flows, doubts), stopped)
        one = replace(one, warnings=(*one.warnings, *doubts))
        if one.state != "failed":
            answered |= {flow.name, flow.fallback_for} - {""}
        yield one


def _becomes_rows(
    builder: Builder, publisher: Publisher, flow: Flow, flows: tuple[Flow, ...], doubts: list[str]
) -> Callable[[pa.Table], Mapping[str, pa.Table]]:
    """Gives the rows of the source tables that an answer is for, and raises if it cannot become such.

    What is to be told of figures in doubt is added to `doubts`.
    """

    def accept(table: pa.Table) -> Mapping[str, pa.Table]:
        rows: dict[str, pa.Table] = {}
        for stem in (f"source_{publisher.publisher}_{name}" for name in publisher.tables):
            if sql := mapping(builder.project, stem, flow, flows):
                found = map_answer(builder, publisher, flow, table, stem, sql)
                doubts.extend(found.notes(f"{publisher.publisher}.{flow.name}", stem))
                rows |= to_keep(stem, found)
        return rows

    return accept


def _ask(
    client: Client,
    archive: Archive,
    publisher: Publisher,
    flow: Flow,
    accept: Callable[[pa.Table], Mapping[str, pa.Table]],
    stopped: Callable[[], bool],
) -> Refreshed:
    """Ask for one flow; whatever goes wrong is told, not raised."""
    about = publisher.flows[flow.name]
    try:
        found = fetch(client, archive, flow, about, accept=accept, stopped=stopped)
    except StoppedError:
        raise
    except TradefinError as error:  # it has been recorded
        return Refreshed(publisher.publisher, flow.name, "failed", type(error).__name__, str(error))
    except Exception as error:  # a connector that stumbles is one source's failure, not everybody's
        said = SourceChanged(
            f"{publisher.publisher}.{flow.name} stumbled ({type(error).__name__}: {str(error)[:300]})."
        )
        archive.record(flow, about.licence, "failed", [], error=said)
        return Refreshed(publisher.publisher, flow.name, "failed", "SourceChanged", str(said))
    return Refreshed(publisher.publisher, flow.name, found.state, warnings=found.warnings, rows=found.table.num_rows)
