"""What a publisher showed over time, told as vintages: a figure stands once for each value that it had.

A pure function of what was seen: nothing here knows of files or of the clock. What belongs here: which vintage a figure
belongs to and how long it was seen. What does not: reading answers (`readings`), tables (`history`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from tradefin.sources.description import SourceTable

Cells = tuple[str | None, ...]
Rule = Literal["stated", "download_date"]

ADDED = ("vintage_id", "source_id")  # columns of a source table that no publisher gives


@dataclass(frozen=True)
class Seen:
    """What one good fetch showed of a source table.

    Attributes:
        flow: Name of the flow.
        day: Day of the fetch, in UTC.
        ordinal: Which fetch with new content of this flow on that day it is, from 1 on.
        rows: Rows in the columns of the source table without those of `ADDED`.
        stated: Day of publication of each row where the publisher states one.
        left_out: Figures, by the columns that name them, that it had although they are not among the rows.
    """

    flow: str
    day: date
    ordinal: int
    rows: Sequence[Cells]
    stated: Sequence[date | None]
    left_out: Collection[Cells] = ()


@dataclass(frozen=True)
class Vintage:
    """One edition: what was first seen together.

    Attributes:
        vintage_id: `<publisher>-<flow>-<day>`; of a second one on that day `...-02`, so that the later sorts last.
        flow: Name of the flow.
        known_on: Day by which it was public.
        rule: How that day is known.
    """

    vintage_id: str
    flow: str
    known_on: date
    rule: Rule


@dataclass
class Sighting:
    """How long one figure was seen with one value.

    Attributes:
        figure: Its name: `iso3=JPN|year=2001`.
        vintage_id: The edition that first had it.
        first_seen: Day of the fetch that first had it.
        last_seen: Day of the newest fetch with new content that had it.
        withdrawn_on: Day of the fetch that no longer had it; None while it is served, be it in a form that cannot be
            used, and for a value that another one followed at once.
    """

    figure: str
    vintage_id: str
    first_seen: date
    last_seen: date
    withdrawn_on: date | None = None


@dataclass
class _State:
    values: Cells
    flow: str
    known_on: date
    sighting: Sighting
    shown_by: set[str]


@dataclass
class Folded:
    """The history of one source table from one series of fetches.

    Attributes:
        rows: Rows to add to the source table, all its columns.
        vintages: Their editions, by id.
        sightings: One for each figure and vintage.
    """

    rows: list[Cells] = field(default_factory=list)
    vintages: dict[str, Vintage] = field(default_factory=dict)
    sightings: list[Sighting] = field(default_factory=list)


def fold(publisher: str, table: SourceTable, seen: Sequence[Seen]) -> Folded:
    """Tell what was seen as vintages.

    A figure whose values are those of the last time is not repeated; nor is what a stand-in rounds or leaves out. One
    that is new or has changed gets a row in the vintage of the day that the publisher states, or of the fetch; a figure
    that changes although the stated day does not is dated by its fetch, so that no answer as of a day can look ahead.
    One that is no longer there stays, and so does one that is there but cannot be used any more.

    Args:
        publisher: Slug of the publisher.
        table: The source table; says what names a figure.
        seen: What the fetches of one series showed, the oldest first.
    """
    given = [c for c in table.columns if c not in ADDED]
    figure = [given.index(c) for c in table.figure]
    values = [i for i, c in enumerate(given) if c not in (*table.figure, *table.beside)]
    place = [given.index(c) if c not in ADDED else c for c in table.columns]
    states: dict[Cells, _State] = {}
    found = Folded()
    for one in seen:
        here: set[Cells] = {*one.left_out}
        for row, stated in zip(one.rows, one.stated, strict=True):
            key = tuple(row[i] for i in figure)
            now = tuple(plain(row[i]) for i in values)
            here.add(key)
            state = states.get(key)
            if state is not None and (state.values == now or (state.flow != one.flow and _repeats(now, state.values))):
                state.sighting.last_seen, state.sighting.withdrawn_on = one.day, None
                state.shown_by.add(one.flow)
                continue
            vintage = _vintage(publisher, one, stated, state.known_on if state else None)
            known = found.vintages.get(vintage.vintage_id, vintage)
            found.vintages[vintage.vintage_id] = min(known, vintage, key=lambda v: v.rule)
            added = {"vintage_id": vintage.vintage_id, "source_id": f"{publisher}-{one.flow}"}
            found.rows.append(tuple(row[i] if isinstance(i, int) else added[i] for i in place))
            sighting = Sighting(figure_name(table.figure, key), vintage.vintage_id, one.day, one.day)
            found.sightings.append(sighting)
            shown_by = state.shown_by if state else set()
            states[key] = _State(now, one.flow, vintage.known_on, sighting, {*shown_by, one.flow})
        for key in states.keys() - here:
            state = states[key]
            if one.flow in state.shown_by and state.sighting.withdrawn_on is None:
                state.sighting.withdrawn_on = one.day
    return found


def plain(cell: str | None) -> str | None:
    """A cell as it is compared: `1.50` and `1.5` are the same figure."""
    if cell is None or not (cell[0].isdigit() or cell[0] in "+-."):
        return cell
    try:
        number = Decimal(cell)
    except InvalidOperation:
        return cell
    if not number.is_finite():
        return cell
    return str(number.normalize()) if number else "0"


def _repeats(now: Cells, before: Cells) -> bool:
    """Whether the cells of a stand-in say no more than those of the flow it stands in for: rounded, or missing."""
    return all(a is None or a == b or _rounds(a, b) for a, b in zip(now, before, strict=True))


def _rounds(rounded: str, full: str | None) -> bool:
    try:
        coarse, fine = Decimal(rounded), Decimal(full or "")
    except InvalidOperation:
        return False
    if not (coarse.is_finite() and fine.is_finite()):
        return False
    unit = Decimal(1).scaleb(min(int(coarse.as_tuple().exponent), 0))
    return abs(coarse - fine) <= unit / 2


def figure_name(columns: Sequence[str], key: Sequence[str | None]) -> str:
    """What a figure is called: the columns that name it and their values."""
    return "|".join(f"{c}={v or ''}" for c, v in zip(columns, key, strict=True))


def _vintage(publisher: str, seen: Seen, stated: date | None, before: date | None) -> Vintage:
    """The vintage of a figure that is first seen now; `before` is when the value it replaces was known."""
    if stated is not None and stated <= seen.day and (before is None or stated > before):
        return Vintage(f"{publisher}-{seen.flow}-{stated}", seen.flow, stated, "stated")
    suffix = f"-{seen.ordinal:02}" if seen.ordinal > 1 else ""
    return Vintage(f"{publisher}-{seen.flow}-{seen.day}{suffix}", seen.flow, seen.day, "download_date")
