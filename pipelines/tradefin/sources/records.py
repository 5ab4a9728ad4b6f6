"""What the archive knows: snapshots, fetches, and how each flow stands.

What belongs here: the shapes. What does not: files (`archive`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from tradefin.sources.http import Known

State = Literal["changed", "unchanged", "failed"]


@dataclass(frozen=True)
class Snapshot:
    """The bytes of one answer, and where they came from.

    Attributes:
        publisher: Slug of the publisher.
        flow: Name of the flow.
        licence: Id of the licence under which it came.
        sha256: Hash of the bytes.
        size: How many bytes.
        path: Where they lie.
        address: What was asked, keys hidden.
        accept: Media type that was asked for.
        answered_by: Where the answer came from after redirects.
        fetched_at: When the bytes came, in UTC; a later "unchanged" does not alter it.
        etag: The publisher's name for this version.
        last_modified: When the publisher says it was changed.
        content_type: The media type as the publisher calls it.
    """

    publisher: str
    flow: str
    licence: str
    sha256: str
    size: int
    path: Path
    address: str
    accept: str
    answered_by: str
    fetched_at: datetime
    etag: str
    last_modified: str
    content_type: str

    @property
    def known(self) -> Known:
        """What to tell the publisher, so that it may answer "unchanged"."""
        return Known(self.etag, self.last_modified)

    def as_json(self) -> dict[str, Any]:
        """It as a JSON value, without what its record says anyway."""
        part = asdict(self) | {"path": self.path.name, "fetched_at": self.fetched_at.isoformat()}
        return {key: value for key, value in part.items() if key not in ("publisher", "flow", "licence")}

    @classmethod
    def from_json(cls, whose: Mapping[str, str], part: Mapping[str, Any], folder: Path) -> "Snapshot":
        """What `as_json` gave, with the publisher, flow and licence of its record and the folder of all snapshots."""
        rest = {"fetched_at": datetime.fromisoformat(part["fetched_at"]), "path": folder / part["path"]}
        return cls(**{**part, **rest, **whose})


@dataclass(frozen=True)
class LeftOut:
    """An optional part that a fetch does without.

    Attributes:
        address: What was asked, keys hidden.
        why: What the error said.
        sha256: Hash of the bytes that came and were not understood; empty if none came.
    """

    address: str
    why: str
    sha256: str = ""


@dataclass(frozen=True)
class Fetch:
    """One time that a flow was asked for.

    Attributes:
        publisher: Slug of the publisher.
        flow: Name of the flow.
        licence: Id of the licence.
        checked_at: When, in UTC.
        state: `changed` (new figures), `unchanged` (the same bytes or the same figures), `failed`.
        snapshots: All parts in order; of a failed one, those that came.
        warnings: Departures that are harmless by rule.
        error: Name of the error's class; empty unless failed.
        message: What it said.
        record: The file of this record.
        left_out: Optional parts that it does without.
        rows: Hash of what was read from it then for each source table, by the table; only of one with new figures.
    """

    publisher: str
    flow: str
    licence: str
    checked_at: datetime
    state: State
    snapshots: tuple[Snapshot, ...]
    warnings: tuple[str, ...]
    error: str
    message: str
    record: Path
    left_out: tuple[LeftOut, ...] = ()
    rows: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """How a flow stands.

    Attributes:
        publisher: Slug of the publisher.
        flow: Name of the flow.
        checked_at: When it was last asked for.
        good_at: When it last answered well; None if never.
        changed_at: When it last had new figures; None if never.
        state: What the last time brought.
        error: Name of the last error's class; empty unless the last time failed.
        message: What it said.
        warnings: Of the last good answer.
    """

    publisher: str
    flow: str
    checked_at: datetime
    good_at: datetime | None
    changed_at: datetime | None
    state: State
    error: str
    message: str
    warnings: tuple[str, ...]
