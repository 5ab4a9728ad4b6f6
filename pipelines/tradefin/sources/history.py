"""The history of live figures: what the archive says of each source table, told as vintages and remembered.

Everything follows from the content of the archive and the project's files: an archive in which nothing is new costs a
look at its records. What belongs here: putting series, readings and the rules of vintages together. What does not: how
that becomes rows of source tables (`additions`), how each flow stands (`states`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from tradefin.sources.bundled import text_table
from tradefin.sources.fold import Cells, Folded, Seen, fold
from tradefin.sources.mapped import codelists, files
from tradefin.sources.readings import Reading, reading
from tradefin.sources.series import Answers, Entry, Series, name_of, when
from tradefin.tables.sql import read_sql
from tradefin.tables.store import TableRef, digest_of

if TYPE_CHECKING:
    from tradefin.tables.builder import Builder

_SIGHTINGS = ["figure", "vintage_id", "first_seen", "last_seen", "withdrawn_on"]
_VINTAGES = ["vintage_id", "flow", "known_on", "known_on_rule"]


@dataclass(frozen=True)
class Trouble:
    """A good fetch that cannot be read as rows of a source table (any more), or whose figures no contract accepts.

    Attributes:
        flow: Name of the flow.
        stem: The source table; empty if all that it says is left out.
        at: When it was fetched, ISO.
        error: Name of the error's class; empty if what was read from it when it came is kept and in use.
        message: What it said.
    """

    flow: str
    stem: str
    at: str
    error: str
    message: str


@dataclass(frozen=True)
class Note:
    """What is to be told of the figures of the newest answer of a flow that are in doubt.

    Attributes:
        flow: Name of the flow.
        text: One sentence.
    """

    flow: str
    text: str


@dataclass(frozen=True)
class Told:
    """What the archive says of one source table, all of it texts.

    Attributes:
        rows: Rows in the columns of the source table.
        sightings: When each figure was seen.
        vintages: Their editions.
        troubles: What could not be read.
        notes: What is in doubt of what could.
    """

    rows: pa.Table
    sightings: pa.Table
    vintages: pa.Table
    troubles: tuple[Trouble, ...]
    notes: tuple[Note, ...]


class History:
    """What the archive says of the source tables of a project, looked at once.

    Args:
        builder: Gives project, codelists and store.
        refused: Why fetches are left out, by their names.

    Attributes:
        answers: The fetches that it rests on.
        refused: Why fetches are left out, by their names.
    """

    def __init__(self, builder: "Builder", refused: Mapping[str, str] | None = None) -> None:
        self._builder = builder
        self.refused = refused or {}
        self.answers = Answers(builder, self.refused)
        self._told: dict[str, Told | None] = {}

    def told(self, stem: str) -> Told | None:
        """What the archive says of a source table; None if nothing.

        Raises:
            ProjectInvalid: A SELECT of `sql/sources` is wrong.
        """
        if stem not in self._told:
            series = self.answers.series(stem)
            self._told[stem] = self._recall(stem, series) if series else None
        return self._told[stem]

    def of_publisher(self, publisher: str) -> list[Told]:
        """What the archive says of each source table of a publisher."""
        stems = [stem for stem, (one, _, _) in self._builder.source_files.items() if one.publisher == publisher]
        return [told for stem in stems if (told := self.told(stem)) is not None]

    def troubles(self, publisher: str) -> list[Trouble]:
        """What could not be read or used of a publisher's answers, the oldest first."""
        found = [trouble for told in self.of_publisher(publisher) for trouble in told.troubles]
        found += [
            Trouble(flow, "", when(fetch), "ContractBroken", why)
            for (slug, flow), fetches in self.answers.fetches.items()
            for fetch in fetches
            if slug == publisher and (why := self.refused.get(name_of(fetch)))
        ]
        return sorted(found, key=lambda t: (t.at, t.flow, t.stem))

    def notes(self, publisher: str, flow: str) -> list[str]:
        """What is in doubt of the newest answer of a flow that can be read."""
        return [note.text for told in self.of_publisher(publisher) for note in told.notes if note.flow == flow]

    def sightings(self) -> list[Cells]:
        """Publisher, source table, figure, vintage, first seen, last seen and withdrawn on, of every live figure."""
        return [
            (publisher.publisher, stem, *row.values())
            for stem, (publisher, _, _) in self._builder.source_files.items()
            if (told := self.told(stem)) is not None
            for row in told.sightings.to_pylist()
        ]

    def key(self, stem: str) -> str:
        """Hash of all that decides what the archive says of a source table."""
        from tradefin.tables.builder import engine_hash

        publisher, name, _ = self._builder.source_files[stem]
        series = self.answers.series(stem)
        lists = sorted({need for one in series for need in codelists(self._builder, stem, one.sql)})
        return digest_of(
            {
                "stem": stem,
                "table": publisher.tables[name].model_dump(),
                "flows": {flow: list(about.columns) for flow, about in publisher.flows.items()},
                "series": [[self._sql(stem, one), [entry.identity for entry in one.entries]] for one in series],
                "codelists": {need: self._builder.ref(need).sha256 for need in lists},
                "corrections": [one.cells() for one in self._builder.corrections.get(stem, ())],
                "code": engine_hash(),
            }
        )

    def _sql(self, stem: str, series: Series) -> list[str]:
        return [read_sql(path) for path in files(self._builder, stem, series.sql)]

    def _recall(self, stem: str, series: tuple[Series, ...]) -> Told:
        store, key = self._builder.store, self.key(stem)
        noted = store.recall("history", key)
        if noted is not None:
            refs = [TableRef(**ref) for ref in noted["tables"]]
            if all(store.table_path(ref).exists() for ref in refs):
                rows, sightings, vintages = (store.read_table(ref) for ref in refs)
                troubles = tuple(Trouble(**t) for t in noted["troubles"])
                return Told(rows, sightings, vintages, troubles, tuple(Note(**n) for n in noted["notes"]))
        told = self._tell(stem, series)
        if all(trouble.error != "ReleaseDamaged" for trouble in told.troubles):  # that may be mended
            refs = [store.put_table(f"history_{stem}", table) for table in (told.rows, told.sightings, told.vintages)]
            noted = {"tables": refs, "troubles": told.troubles, "notes": told.notes}
            store.note("history", key, {name: [vars(one) for one in found] for name, found in noted.items()})
        return told

    def _tell(self, stem: str, series: tuple[Series, ...]) -> Told:
        publisher, name, _ = self._builder.source_files[stem]
        table = publisher.tables[name]
        rows: list[Cells] = []
        sightings: list[Cells] = []
        vintages: dict[str, Cells] = {}
        troubles: list[Trouble] = []
        notes: dict[str, list[Note]] = {}
        for one in series:
            read = [(e, reading(self._builder, publisher, e.flow, e.fetch, stem, one.sql)) for e in one.entries]
            troubles += [_trouble(stem, entry, found) for entry, found in read if found.message]
            notes |= {e.flow.name: [Note(e.flow.name, text) for text in r.notes] for e, r in read if not r.error}
            folded = fold(publisher.publisher, table, [_seen(e, r) for e, r in read if not r.error])
            rows += folded.rows
            sightings += _sighting_rows(folded)
            vintages |= {
                v.vintage_id: (v.vintage_id, v.flow, str(v.known_on), v.rule) for v in folded.vintages.values()
            }
        return Told(
            _table(list(table.columns), rows),
            _table(_SIGHTINGS, sightings),
            _table(_VINTAGES, vintages.values()),
            tuple(troubles),
            tuple(note for found in notes.values() for note in found),
        )


def _trouble(stem: str, entry: Entry, found: Reading) -> Trouble:
    return Trouble(entry.flow.name, stem, when(entry.fetch), found.error, found.message)


def _seen(entry: Entry, found: Reading) -> Seen:
    return Seen(entry.flow.name, entry.day, entry.ordinal, found.rows, found.stated, found.left_out)


def _sighting_rows(folded: Folded) -> list[Cells]:
    return [
        (s.figure, s.vintage_id, str(s.first_seen), str(s.last_seen), str(s.withdrawn_on) if s.withdrawn_on else None)
        for s in folded.sightings
    ]


def _table(columns: list[str], rows: Iterable[Cells]) -> pa.Table:
    return text_table(columns, [[cell or "" for cell in row] for row in rows])
