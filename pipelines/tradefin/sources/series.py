"""Which fetches count, in which order: the good ones with new content, of a flow and of those that stand in for it.

What belongs here: choosing from the archive. What does not: what the answers say (`readings`).
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradefin.sources.archive import Archive
from tradefin.sources.connectors import flows_of, mapping
from tradefin.sources.description import Publisher
from tradefin.sources.flow import Flow
from tradefin.sources.records import Fetch

if TYPE_CHECKING:
    from tradefin.tables.builder import Builder


@dataclass(frozen=True)
class Entry:
    """One fetch that counts, in its place in a series.

    Attributes:
        flow: Reads it.
        fetch: The fetch.
        ordinal: Which entry of this flow on that day it is, from 1 on.
    """

    flow: Flow
    fetch: Fetch
    ordinal: int

    @property
    def day(self) -> date:
        """Day of the fetch."""
        return day_of(self.fetch)

    @property
    def identity(self) -> list[Any]:
        """All of it that decides what it says, as a JSON value."""
        parts = [[one.address, one.accept, one.sha256] for one in self.fetch.snapshots]
        return [self.flow.name, self.day.isoformat(), self.ordinal, parts]


@dataclass(frozen=True)
class Series:
    """The fetches of all flows that are mapped by one SELECT: a flow and its stand-ins tell one story.

    Attributes:
        publisher: Whose flows they are.
        stem: The source table.
        sql: The SELECT.
        entries: The fetches that count, the oldest first.
    """

    publisher: Publisher
    stem: str
    sql: Path
    entries: tuple[Entry, ...]


class Answers:
    """The archive's fetches of the flows that a project describes, looked at once.

    Args:
        builder: Gives project, publishers and store.
        left_out: Names of the fetches that count for nothing.
    """

    def __init__(self, builder: "Builder", left_out: Collection[str] = ()) -> None:
        self._builder = builder
        self._left_out = left_out

    @cached_property
    def fetches(self) -> dict[tuple[str, str], tuple[Fetch, ...]]:
        """Every fetch by publisher and flow, the oldest first, as they are now."""
        archive = Archive(self._builder.store)
        return {
            (slug, flow): found
            for slug, publisher in self._builder.publishers.items()
            for flow in publisher.flows
            if (found := archive.of(slug, flow))
        }

    @cached_property
    def _flows(self) -> dict[str, tuple[Flow, ...]]:
        asked = {slug for slug, _ in self.fetches}
        return {slug: flows_of(self._builder.publishers[slug]) for slug in sorted(asked)}

    def series(self, stem: str) -> tuple[Series, ...]:
        """The series of fetches that add rows to a source table."""
        publisher = self._builder.source_files[stem][0]
        flows = self._flows.get(publisher.publisher, ())
        by_sql: dict[Path, list[Flow]] = {}
        for flow in flows:
            if path := mapping(self._builder.project, stem, flow, flows):
                by_sql.setdefault(path, []).append(flow)
        found = (
            Series(publisher, stem, path, self._entries(publisher.publisher, members))
            for path, members in sorted(by_sql.items())
        )
        return tuple(one for one in found if one.entries)

    def _entries(self, publisher: str, flows: Sequence[Flow]) -> tuple[Entry, ...]:
        """Fetches with new content; and, where flows take turns, the one with which another takes over."""
        good = [
            (fetch, flow)
            for flow in flows
            for fetch in self.fetches.get((publisher, flow.name), ())
            if fetch.state != "failed" and name_of(fetch) not in self._left_out
        ]
        entries: list[Entry] = []
        of_day: Counter[tuple[str, date]] = Counter()
        before = ""
        for fetch, flow in sorted(good, key=lambda pair: (pair[0].checked_at, pair[1].name)):
            if fetch.state == "changed" or (before and before != flow.name):
                of_day[flow.name, day_of(fetch)] += 1
                entries.append(Entry(flow, fetch, of_day[flow.name, day_of(fetch)]))
            before = flow.name
        return tuple(entries)


def name_of(fetch: Fetch) -> str:
    """What a fetch is called: publisher, flow and record."""
    return f"{fetch.publisher}/{fetch.flow}/{fetch.record.name}"


def when(fetch: Fetch) -> str:
    """When a fetch was made, ISO and in UTC."""
    return fetch.checked_at.astimezone(UTC).isoformat()


def day_of(fetch: Fetch) -> date:
    """Day of a fetch, in UTC."""
    return fetch.checked_at.astimezone(UTC).date()
