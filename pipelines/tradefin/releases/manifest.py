"""The manifest: what a release holds, with the sha256 of every file of it.

What belongs here: its shape, and how the id of a release follows from it. What does not: files other than the manifest.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tradefin.errors import ReleaseDamaged
from tradefin.tables.asof import Days

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"  # of every file and of the manifest, as `sha256sum -c` reads it
FORMAT = 1

RELEASE_ID = re.compile(r"(\d{4}-\d{2}-\d{2}|undated)-[0-9a-f]{12}")


@dataclass(frozen=True)
class ColumnInfo:
    """One column of a published table.

    Attributes:
        name: Its name.
        type: `text`, `integer`, `date`, `boolean` or `decimal(precision,scale)`.
        unit: What a number is counted in; empty where it has none.
        description: What a value means.
        optional: Whether a value may be missing.
        codelist: Codelist of the allowed values; its table is `codelist_<name>`.
        known_from: Date column of the same row: before that date this value was not public.
    """

    name: str
    type: str
    unit: str
    description: str
    optional: bool
    codelist: str = ""
    known_from: str = ""


@dataclass(frozen=True)
class Deprecation:
    """A table that will go.

    Attributes:
        since: Day from which on readers are told (ISO date).
        until: Day before which no release goes without the table (ISO date).
        replaced_by: Table to use instead.
    """

    since: str
    until: str
    replaced_by: str


@dataclass(frozen=True)
class TableInfo:
    """One published table.

    Attributes:
        name: Name of the table everywhere: in `load`, in SQL, of its Parquet file.
        layer: `core` (facts), `marts` (joined for analysis), `claims` (measurements and verdicts) or `codelists`.
        rows: Number of rows.
        description: What the table is for.
        one_row_is: What one row stands for.
        key: Columns that name a row.
        columns: Its columns, in order.
        version: Its SemVer in this release: that of the contract, raised by what its rows asked for since.
        path: Its Parquet file, from the release's folder.
        sha256: Hash of that file.
        bytes: Size of that file.
        inputs: sha256 of each table that it was made from.
        sorted_by: Columns that order its rows.
        as_of: Which columns say when a row became public; None where that has no meaning.
        sql: The query that made it, from the release's folder; empty for what no query makes.
        contract_version: Version of its contract, which its Parquet file carries, too.
        deprecated: Until when it stays and what to use instead; None for a table that is to stay.
    """

    name: str
    layer: str
    rows: int
    description: str
    one_row_is: str
    key: tuple[str, ...]
    columns: tuple[ColumnInfo, ...]
    version: str
    path: str
    sha256: str
    bytes: int
    inputs: Mapping[str, str]
    sorted_by: tuple[str, ...] = ()
    as_of: Days | None = None
    sql: str = ""
    contract_version: str = ""
    deprecated: Deprecation | None = None


@dataclass(frozen=True)
class FileInfo:
    """Hash and size of a file."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """What a release holds.

    Attributes:
        release: Its id.
        newest_known_on: Day on which the newest figure in it became public (ISO date), or `undated`.
        made_by: Version of the code that made it.
        described_by: Hash of what decides its other files: contracts, publishers, codelists, SQL, code.
        tables: Its tables by name.
        files: Every other file, by path from the release's folder.
        sources: Publishers with their licences, and the sha256 of every file of theirs that was read: of bundled ones
            under `files`, of what they have sent under `answers`, with flow, address, time, size and licence id.
        previous: The release that was current when this one was made, which `diff.json` compares it with. It and the
            tables' versions are no part of the id: the same content has one id wherever it is made.
    """

    release: str
    newest_known_on: str
    made_by: str
    described_by: str
    tables: Mapping[str, TableInfo]
    files: Mapping[str, FileInfo]
    sources: tuple[Mapping[str, Any], ...]
    previous: str | None = None

    def all_files(self) -> dict[str, FileInfo]:
        """Hash and size of every file but the manifest, tables included."""
        tables = {t.path: FileInfo(t.sha256, t.bytes) for t in self.tables.values()}
        return {**tables, **self.files}

    def sums(self, data: bytes) -> bytes:
        """Content of the file `SHA256SUMS`: the hash of every file, and of the manifest itself as it lies there."""
        hashes = {name: file.sha256 for name, file in self.all_files().items()}
        hashes[MANIFEST] = hashlib.sha256(data).hexdigest()
        return "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(hashes.items())).encode()

    def to_bytes(self) -> bytes:
        """The manifest as JSON, the same bytes for the same content."""
        tree = {"format": FORMAT, **asdict(self)}
        return (json.dumps(tree, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()

    @classmethod
    def from_bytes(cls, data: bytes, place: str) -> "Manifest":
        """Read a manifest.

        Args:
            data: The JSON.
            place: Where it lies, for the error.

        Raises:
            ReleaseDamaged: It is not a manifest, or its id does not follow from what it lists.
        """
        try:
            tree = json.loads(data)
            if tree.pop("format") != FORMAT:
                raise ReleaseDamaged(f"{place} has a format that this version of tradefin cannot read; update it.")
            tables = {name: _table(entry) for name, entry in tree.pop("tables").items()}
            files = {name: FileInfo(**entry) for name, entry in tree.pop("files").items()}
            manifest = cls(tables=tables, files=files, sources=tuple(tree.pop("sources")), **tree)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ReleaseDamaged(f"{place} is not a manifest of a release ({error}).") from error
        hashes = {t.name: t.sha256 for t in tables.values()}
        if manifest.release != release_id(manifest.newest_known_on, hashes, manifest.described_by):
            raise ReleaseDamaged(f"{place}: the id {manifest.release} does not follow from the tables that it lists.")
        return manifest


def release_id(newest_known_on: str, tables: Mapping[str, str], described_by: str) -> str:
    """The id that a release's content gives it, such as `2026-01-11-0123456789ab`.

    Args:
        newest_known_on: Day on which its newest figure became public, or `undated`.
        tables: sha256 of each table's Parquet file.
        described_by: Hash of what decides the other files; see `Manifest`.
    """
    content = json.dumps({"tables": dict(tables), "described_by": described_by}, sort_keys=True)
    return f"{newest_known_on}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def _table(entry: dict[str, Any]) -> TableInfo:
    columns = tuple(ColumnInfo(**c) for c in entry.pop("columns"))
    ordered = tuple(entry.pop("sorted_by", ()))
    days = entry.pop("as_of", None)
    as_of = Days(**{**days, "figure": tuple(days["figure"])}) if days else None
    gone = entry.pop("deprecated", None)
    return TableInfo(
        columns=columns,
        key=tuple(entry.pop("key")),
        sorted_by=ordered,
        as_of=as_of,
        deprecated=Deprecation(**gone) if gone else None,
        **entry,
    )
