"""Who published the rows that a trace ends at: document, edition, licence, and the hash of the bytes that were read."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tradefin.releases.release import Release
from tradefin.trace.numbered import Leaves, NotAtHand


@dataclass(frozen=True)
class Sent:
    """Bytes that a publisher sent, kept as a snapshot.

    Attributes:
        sha256: Their hash.
        address: What was asked.
        fetched_at: When they came (UTC, ISO).
    """

    sha256: str
    address: str
    fetched_at: str


@dataclass(frozen=True)
class Document:
    """A document or service that rows come from, in one edition.

    Attributes:
        table: Table of the publisher's file.
        rows: Number of rows of it that the trace ends at.
        publisher: Full name of the publisher.
        landing_page: Where a reader starts.
        vintage_id: The edition.
        edition: How it is called.
        known_on: Day on which it became public.
        known_on_rule: How that day is known.
        source_id: The document.
        title: Its title.
        address: Where it is.
        licence: Name of the licence.
        licence_address: Where that can be read.
        clause: What of it permits publishing.
        attribution: The citation that it asks for.
        file: The bundled file that the rows were read from, below `bundled/`; empty for what was sent live.
        sha256: Hash of that file.
        sent: What the publisher sent, for live figures.
    """

    table: str
    rows: int
    publisher: str
    landing_page: str
    vintage_id: str
    edition: str = ""
    known_on: str = ""
    known_on_rule: str = ""
    source_id: str = ""
    title: str = ""
    address: str = ""
    licence: str = ""
    licence_address: str = ""
    clause: str = ""
    attribution: str = ""
    file: str = ""
    sha256: str = ""
    sent: list[Sent] = field(default_factory=list)


Row = Mapping[str, Any]


class Publishers:
    """Looks up who published rows.

    Args:
        release: The release.
        leaves: What it was made from.
    """

    def __init__(self, release: Release, leaves: Leaves) -> None:
        self.release = release
        self.leaves = leaves

    def documents(self, stem: str, rids: Iterable[int]) -> list[Document]:
        """The documents behind some rows of a publisher's file; none for a file of this project.

        Args:
            stem: The table, `source_<publisher>_<name>`.
            rids: Numbers of its rows.
        """
        found = self._owner(stem)
        if found is None:
            return []
        source, name = found
        table = self.leaves.table(stem)
        if not {"vintage_id", "source_id"} & set(table.column_names):
            return [self._document(stem, source, name, len(list(rids)), "", "")]
        columns = [
            table.column(c).to_pylist() if c in table.column_names else None for c in ("vintage_id", "source_id")
        ]
        pairs = Counter(tuple((c[rid] if c else "") or "" for c in columns) for rid in rids)
        return [self._document(stem, source, name, n, *pair) for pair, n in sorted(pairs.items())]

    def _owner(self, stem: str) -> tuple[Row, str] | None:
        for source in self.release.manifest.sources:
            start = f"source_{source['publisher']}_"
            if stem.startswith(start) and stem.removeprefix(start) in source["files"]:
                return source, stem.removeprefix(start)
        return None

    def _document(self, stem: str, source: Row, name: str, rows: int, vintage_id: str, source_id: str) -> Document:
        slug = source["publisher"]
        vintage = self._row(f"source_{slug}_vintages", "vintage_id", vintage_id)
        citation = self._row(f"source_{slug}_citations", "source_id", source_id)
        answers = [a for a in source.get("answers", ()) if source_id == f"{slug}-{a['flow']}"]
        sent = _sent(answers, vintage_id)
        asked = answers[0] if answers else {}
        licence = source["licences"].get(citation.get("licence") or asked.get("licence"), {})
        return Document(
            table=stem,
            rows=rows,
            publisher=source["name"],
            landing_page=source["landing_page"],
            vintage_id=vintage_id,
            edition=vintage.get("label") or "",
            known_on=vintage.get("known_on") or "",
            known_on_rule=vintage.get("known_on_rule") or "",
            source_id=source_id,
            title=citation.get("title") or "",
            address=citation.get("address") or asked.get("address") or "",
            licence=licence.get("name") or citation.get("licence") or "",
            licence_address=licence.get("address") or "",
            clause=licence.get("clause") or "",
            attribution=licence.get("attribution") or "",
            file="" if sent else f"{slug}/{name}.csv",
            sha256="" if sent else source["files"][name]["snapshot_sha256"],
            sent=sent,
        )

    def _row(self, stem: str, column: str, value: str) -> Row:
        try:
            rows: list[Row] = self.leaves.table(stem).to_pylist()
        except NotAtHand:
            return {}
        return next((row for row in rows if row[column] == value), {})


def _sent(answers: Iterable[Row], vintage_id: str) -> list[Sent]:
    """Of the answers of a service those of the day that the edition is named after, else all."""
    found = [Sent(a["snapshot_sha256"], a["address"], a["fetched_at"]) for a in answers]
    return [one for one in found if f"-{one.fetched_at[:10]}" in vintage_id] or found
