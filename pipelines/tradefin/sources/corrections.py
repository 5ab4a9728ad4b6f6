"""Corrections of what publishers have wrong, as data: `expectations/corrections/*.yml`, one file a kind of error.

Each says what stands where, what should stand there, why, by whose word, since when; and what must still be found there
for it to hold (`expect`). What belongs here: reading them. What does not: making them in a table (`corrected`).
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from tradefin import yamlfile
from tradefin.errors import ProjectInvalid
from tradefin.project import Project
from tradefin.sources.description import Publisher, SourceTable
from tradefin.sources.fold import ADDED, figure_name

Found = Literal["as_published", "corrected"]


class Evidence(yamlfile.Strict):
    """Who says so.

    Attributes:
        title: The document.
        address: Where it can be read.
    """

    title: str = Field(min_length=1)
    address: str = Field(pattern=r"^https?://\S+$")


class Expect(yamlfile.Strict):
    """What must be found for a correction to hold; where that is `as_published`, the correction is made.

    Attributes:
        bundled: In the bundled figures; None if they are not looked at.
        live: In the publisher's answers; None if it is not asked, or the row is one of a certain edition.
    """

    bundled: Found | None = None
    live: Found | None = None


class Entry(yamlfile.Strict):
    """One wrong cell.

    Attributes:
        row: Cells that name the row, by column.
        column: The column.
        as_published: What the publisher has; None if nothing stands there.
        corrected: What should stand there; None if nothing should.
        reason: Why that is known.
        source: Who says so.
        date: Day on which it was decided.
        mended_on: Day since which the publisher has it right; older answers are still corrected.
    """

    row: dict[str, str] = Field(min_length=1)
    column: str
    as_published: str | None = Field(min_length=1)
    corrected: str | None = Field(min_length=1)
    reason: str = Field(min_length=1)
    source: Evidence
    date: datetime.date
    mended_on: datetime.date | None = None

    @model_validator(mode="after")
    def _corrects(self) -> "Entry":
        if self.as_published == self.corrected:
            raise yamlfile.At(f"corrects {self.as_published!r} to itself", "corrected")
        if self.mended_on is not None and self.mended_on < self.date:
            raise yamlfile.At("is before the day on which it was decided", "mended_on")
        return self


class Corrections(yamlfile.Strict):
    """Corrections of one kind in one source table.

    Attributes:
        corrections: Slug, as the file is called.
        text: What these errors have in common.
        table: The source table, `source_<publisher>_<name>`.
        document: Slug of the publisher's text that has it wrong.
        expect: What must be found for them to hold.
        entries: The errors.
    """

    corrections: str
    text: str = Field(min_length=1)
    table: str
    document: str = Field(pattern="^[a-z][a-z0-9_]*$")
    expect: Expect
    entries: tuple[Entry, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Correction:
    """One wrong cell, and where that is written.

    Attributes:
        path: The file.
        number: Its place among the entries, from 0.
        family: The file's content.
        publisher: Slug of the publisher.
        row_key: What the row is called: `iso3=JPN|year=2001`.
    """

    path: Path
    number: int
    family: Corrections
    publisher: str
    row_key: str

    @property
    def entry(self) -> Entry:
        """What is wrong."""
        return self.family.entries[self.number]

    def place(self, *where: str) -> str:
        """File, line and column of the entry, or of something in it."""
        return f"{self.path}: {yamlfile.place(self.path, ('entries', self.number, *where))}"

    def cells(self) -> tuple[str | None, ...]:
        """The correction as a row of texts, in the order of `COLUMNS`."""
        entry, expect = self.entry, self.family.expect
        return (
            self.family.corrections,
            self.publisher,
            self.family.table,
            self.row_key,
            entry.column,
            self.family.document,
            entry.as_published,
            entry.corrected,
            entry.reason,
            entry.source.title,
            entry.source.address,
            str(entry.date),
            expect.bundled,
            expect.live,
            str(entry.mended_on) if entry.mended_on else None,
        )


COLUMNS = (
    "correction",
    "publisher",
    "source_table",
    "row_key",
    "column_name",
    "document",
    "as_published",
    "corrected",
    "reason",
    "evidence",
    "evidence_address",
    "decided_on",
    "expects_bundled",
    "expects_live",
    "mended_on",
)


def read_corrections(project: Project, publishers: Mapping[str, Publisher]) -> dict[str, tuple[Correction, ...]]:
    """All corrections by source table.

    Args:
        project: The project's files.
        publishers: What is known of each publisher.

    Raises:
        ProjectInvalid: A file departs from the rules, or names what there is not; names file, line and column.
    """
    tables = {
        f"source_{slug}_{name}": (slug, table) for slug, p in publishers.items() for name, table in p.tables.items()
    }
    found: dict[str, dict[tuple[str, str], Correction]] = {}
    for path in sorted((project.expectations / "corrections").glob("*.yml")):
        family = yamlfile.read(path, Corrections)
        if family.corrections != path.stem:
            _refuse(path, f"is called '{family.corrections}' but the file '{path.stem}'", "corrections")
        if family.table not in tables:
            _refuse(path, f"'{family.table}' is no source table", "table")
        publisher, table = tables[family.table]
        for where, problem in _problems(family, table):
            _refuse(path, problem, *where)
        of_table = found.setdefault(family.table, {})
        for number, entry in enumerate(family.entries):
            named = [column for column in table.columns if column in entry.row]
            row_key = figure_name(named, [entry.row[column] for column in named])
            one = Correction(path, number, family, publisher, row_key)
            if (other := of_table.setdefault((row_key, entry.column), one)) is not one:
                _refuse(
                    path, f"{row_key}, column {entry.column} is corrected in {other.place()} as well", "entries", number
                )
    return {stem: tuple(of_table.values()) for stem, of_table in found.items()}


def _refuse(path: Path, problem: str, *where: int | str) -> None:
    raise ProjectInvalid(f"{path}: {yamlfile.place(path, where)}: {problem}.")


def _problems(family: Corrections, table: SourceTable) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Places below the file and what is wrong there."""
    stem, expect = family.table, family.expect
    if not expect.bundled and not expect.live:
        yield ("expect",), "says neither what the bundled figures nor what the answers hold"
    if expect.live and not table.figure:
        yield ("expect", "live"), f"{stem} is not served live"
    for number, entry in enumerate(family.entries):
        if table.figure and not expect.live and not {*ADDED} & {*entry.row}:
            yield ("expect",), f"{stem} is served live, so say under 'live' what stands there"
        for where, problem in _problems_of(entry, family, table):
            yield ("entries", number, *where), problem


def _problems_of(entry: Entry, family: Corrections, table: SourceTable) -> Iterator[tuple[tuple[str, ...], str]]:
    """Places below the entry and what is wrong there."""
    for column in entry.row:
        if column not in table.columns:
            yield ("row", column), f"{family.table} has no column '{column}'"
        if column in ADDED and family.expect.live:
            yield ("row", column), f"an answer has no {column}, so 'expect' can say nothing of 'live'"
    if missing := [c for c in table.figure if c not in entry.row]:
        yield ("row",), f"a row of {family.table} is named by {', '.join(missing)} as well"
    if entry.column not in table.columns or entry.column in ADDED:
        yield ("column",), f"{family.table} has no column '{entry.column}' of the publisher"
    if entry.column in entry.row:
        yield ("column",), "it names the row and cannot be corrected"
