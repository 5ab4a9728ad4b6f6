"""Finding and opening releases below the outputs folder.

What belongs here: the pointer `current.json` and the folders `releases/<id>/`, read only; a folder that stands for an
address is read through `remote`. What does not: writing them.
"""

import difflib
import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tradefin.addresses import address_of
from tradefin.errors import NotFound, ReleaseDamaged
from tradefin.releases.manifest import MANIFEST, RELEASE_ID, Manifest, TableInfo

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.dataset as ds

    from tradefin.releases.remote import RemoteHome

POINTER = "current.json"
DATABASE = "tradefin.duckdb"

_HOW_TO_GET_ONE = "`make run` in a checkout builds one; TRADEFIN_HOME names another folder to look in."
MEND = "Use another release, or run `make run`: it builds a damaged release anew."


@dataclass(frozen=True)
class Pointer:
    """Which release readers get, as `current.json` says.

    Attributes:
        release: Its id.
        manifest_sha256: Hash of its manifest, and thereby of every byte of it.
        published_at: When it became current (UTC, ISO).
    """

    release: str
    manifest_sha256: str
    published_at: str

    @classmethod
    def read(cls, home: Path) -> "Pointer | None":
        """The pointer, or None before the first release.

        Raises:
            ReleaseDamaged: The file is not a pointer.
        """
        if remote := _remote(home):
            return remote.pointer()
        path = home / POINTER
        try:
            return cls.from_bytes(path.read_bytes(), str(path))
        except FileNotFoundError:
            return None
        except ReleaseDamaged as error:
            raise ReleaseDamaged(f"{error} Run `make run`: it is written anew.") from error

    def to_bytes(self) -> bytes:
        """The pointer as JSON."""
        return (json.dumps(asdict(self), indent=1, sort_keys=True) + "\n").encode()

    @classmethod
    def from_bytes(cls, data: bytes, place: str) -> "Pointer":
        """Read a pointer.

        Args:
            data: The JSON.
            place: Where it lies, for the error.

        Raises:
            ReleaseDamaged: It is not a pointer.
        """
        try:
            pointer = cls(**json.loads(data))
        except (ValueError, TypeError) as error:
            raise ReleaseDamaged(f"{place} is damaged ({error}).") from error
        if not isinstance(pointer.release, str) or not RELEASE_ID.fullmatch(pointer.release):
            raise ReleaseDamaged(f"{place} names no release.")
        return pointer


@dataclass(frozen=True)
class Release:
    """One published release.

    Attributes:
        id: Its id, which follows from its content.
        folder: Where it lies.
        manifest: What it holds.
        manifest_sha256: Hash of its manifest.
    """

    id: str
    folder: Path
    manifest: Manifest
    manifest_sha256: str

    @classmethod
    def open(cls, home: Path, release: str | None = None) -> "Release":
        """Open a release; only its manifest is read and verified.

        Args:
            home: The outputs folder.
            release: Its id; None opens the current one.

        Raises:
            NotFound: There is no such release.
            ReleaseDamaged: Its manifest is not the one that was published.
        """
        if remote := _remote(home):
            return remote.open(release)
        pointer = Pointer.read(home)
        if release is None:
            if pointer is None:
                raise NotFound(f"No release in {home}. {_HOW_TO_GET_ONE}")
            release = pointer.release
        folder = home / "releases" / release
        if not RELEASE_ID.fullmatch(release) or not folder.is_dir():
            raise NotFound(f"No release {release} in {home}. {_have(home)}")
        path = folder / MANIFEST
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ReleaseDamaged(f"{path} is missing ({error.strerror}). {MEND}") from error
        sha256 = hashlib.sha256(data).hexdigest()
        if pointer and pointer.release == release and pointer.manifest_sha256 != sha256:
            raise ReleaseDamaged(
                f"{path} is not the manifest that was published: its sha256 differs from the one in {POINTER}. {MEND}"
            )
        manifest = Manifest.from_bytes(data, str(path))
        if manifest.release != release:
            raise ReleaseDamaged(f"{path} is the manifest of the release {manifest.release}.")
        return cls(release, folder, manifest, sha256)

    @cached_property
    def rows(self) -> int:
        """Number of rows of all its tables."""
        return sum(t.rows for t in self.manifest.tables.values())

    @property
    def database(self) -> Path:
        """Its DuckDB file; open it read-only."""
        return self.folder / DATABASE

    def whole(self, anew: bool = False) -> Path:
        """Its folder with every file in it; `anew` asks an address for each of them again."""
        del anew
        return self.folder

    def pointer(self) -> Pointer | None:
        """The pointer of its home."""
        return Pointer.read(self.folder.parents[1])

    def table(self, name: str) -> TableInfo:
        """What the release says of a table.

        Raises:
            NotFound: It has no table of that name; names the ones that are spelt alike.
        """
        tables = self.manifest.tables
        bare = name.rsplit(".", 1)[-1]
        if bare in tables and name in (bare, f"{tables[bare].layer}.{bare}"):
            return tables[bare]
        raise NotFound(f"Release {self.id} has no table '{name}'. {suggest(name, list(tables))}")

    def table_bytes(self, name: str) -> bytes:
        """The bytes of a table's Parquet file, verified by its sha256.

        Raises:
            NotFound: There is no such table.
            ReleaseDamaged: The file is missing or its bytes are not those that were published.
        """
        table = self.table(name)
        return self._verified(table.path, table.sha256)

    def table_file(self, name: str) -> Path:
        """Path of a table's Parquet file, verified by its sha256.

        Raises:
            NotFound: There is no such table.
            ReleaseDamaged: The file is missing or its bytes are not those that were published.
        """
        return self.file(self.table(name).path)

    def dataset(self, table: str) -> "ds.Dataset":
        """A table's Parquet file as a dataset, of which a scan reads what it needs, with the checksum of each page.

        Raises:
            NotFound: There is no such table.
            ReleaseDamaged: The file is missing or is not the one that was published.
        """
        import pyarrow.dataset as ds

        from tradefin.releases.bucket import parquet_format

        return ds.dataset(self.table_file(table), format=parquet_format())

    def file(self, name: str) -> Path:
        """Path of a file that the manifest lists, verified by its sha256.

        Args:
            name: From the release's folder.

        Raises:
            ReleaseDamaged: It is missing or its bytes are not those that were published.
        """
        self._verified(name, self.manifest.all_files()[name].sha256)
        return self.folder / name

    def file_bytes(self, path: str) -> bytes:
        """The bytes of another file, verified by its sha256.

        Args:
            path: From the release's folder.

        Raises:
            NotFound: The release has no such file.
            ReleaseDamaged: The file is missing or its bytes are not those that were published.
        """
        info = self.manifest.files.get(path)
        if info is None:
            raise NotFound(f"Release {self.id} has no file '{path}'.")
        return self._verified(path, info.sha256)

    def arrow(self, name: str, columns: list[str] | None = None) -> "pa.Table":
        """A table as it was published, verified by sha256 and page checksums.

        Args:
            name: The table.
            columns: Names of the columns to read, in this order; all by default.

        Raises:
            NotFound: There is no such table.
            ReleaseDamaged: The file is missing, or not the one that was published.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        data = self.table_bytes(name)
        try:
            # not pq.read_table, which imports pandas wherever that is installed
            file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
            # A thread of Arrow's that lets go of Python's bytes while Python ends would abort the process.
            rows = file.read(columns=columns, use_threads=file.metadata.num_row_groups > 1)
            return rows if columns is None else rows.select(columns)
        except (OSError, pa.ArrowException) as error:
            path = self.folder / self.table(name).path
            raise ReleaseDamaged(f"{path} cannot be read ({error}). {MEND}") from error

    def _verified(self, name: str, sha256: str) -> bytes:
        path = self.folder / name
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ReleaseDamaged(f"{path} is missing ({error.strerror}). {MEND}") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ReleaseDamaged(
                f"{path} is not the file that was published: its sha256 differs from the manifest's. {MEND}"
            )
        return data


def list_ids(home: Path) -> list[str]:
    """Ids of all releases, newest figures first."""
    if remote := _remote(home):
        return remote.ids()
    folder = home / "releases"
    found = [p.name for p in folder.iterdir() if RELEASE_ID.fullmatch(p.name)] if folder.is_dir() else []
    return sorted(found, reverse=True)


def suggest(name: str, names: list[str]) -> str:
    """A sentence that names what is spelt like `name`, else all there is."""
    close = difflib.get_close_matches(name.rsplit(".", 1)[-1], names, n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(sorted(names))}."


def _remote(home: Path) -> "RemoteHome | None":
    if (address := address_of(home)) is None:
        return None
    from tradefin.releases.remote import RemoteHome

    return RemoteHome(address)


def _have(home: Path) -> str:
    ids = list_ids(home)
    return f"There are: {', '.join(ids)}." if ids else _HOW_TO_GET_ONE
