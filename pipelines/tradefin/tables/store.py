"""The content-addressed store: snapshots, tables and memos, each written once and never changed.

A table lies at `tables/<stem>/<sha256>.parquet`. A memo answers "what came out when these inputs went in" and makes
an unchanged step cost one small file. Where the folder stands for an address, each file goes there as soon as it is
written and comes from there when it is missing (`mirror`). What belongs here: files. What does not: what is in them.
"""

import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradefin.errors import ReleaseDamaged, Unavailable
from tradefin.tables.mirror import Mirror
from tradefin.tables.parquet import parquet_bytes

if TYPE_CHECKING:
    import pyarrow as pa

_REBUILT = "Delete it and run again: it is rebuilt from its inputs."
_ROOM = "Make room there"
_RIGHTS = "Make it writable for whoever runs this"
_WAYS_OUT = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), _ROOM),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), _RIGHTS),
}


@dataclass(frozen=True)
class TableRef:
    """One version of one table.

    Attributes:
        table: The stem.
        sha256: Hash of the Parquet file's bytes.
        rows: Number of rows.
    """

    table: str
    sha256: str
    rows: int


def digest(data: bytes) -> str:
    """SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal, without holding them."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of(value: object) -> str:
    """SHA-256 of a JSON value in its canonical form."""
    return digest(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())


class Store:
    """Snapshots, tables and memos below one folder.

    Args:
        home: The outputs folder; made when first written to. It may stand for an address (`tradefin.addresses`).
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.mirror = Mirror.of(home)

    def write(self, path: Path, data: bytes) -> None:
        """Write a file that is written more than once, in place of what was there."""
        if self.mirror:
            self.mirror.keep(path, data, over=True)
        write_atomically(path, data)

    def keep(self, path: Path, data: bytes) -> None:
        """Write a file that never changes, unless it is there."""
        if path.exists() and path.stat().st_size == len(data):
            return
        if self.mirror:
            self.mirror.keep(path, data)
        write_atomically(path, data)

    def look(self, path: Path) -> tuple[bytes | None, str]:
        """A file that is replaced now and then, as it is now, and its tag for `replace`; None where there is none."""
        if self.mirror:
            return self.mirror.read(self.mirror.name(path))
        return (path.read_bytes() if path.exists() else None), ""

    def replace(self, path: Path, data: bytes, seen: str) -> bool:
        """Replace such a file; False if another machine has replaced it since it was seen, and nothing has changed.

        On one machine only one does so at a time, see `releases.staging.alone`.
        """
        if self.mirror and not self.mirror.replace(self.mirror.name(path), data, seen):
            return False
        write_atomically(path, data)
        return True

    def here(self, path: Path) -> Path:
        """The path of a file that never changes, brought from the home's address if it is missing."""
        if self.mirror:
            self.mirror.bring(path)
        return path

    def newest(self, path: Path) -> Path:
        """The path of a file that is written more than once, as it is at the home's address now."""
        if self.mirror:
            self.mirror.renew(path)
        return path

    def all_here(self, folder: Path) -> Path:
        """The path of a folder, with every file below it that is at the home's address."""
        if self.mirror:
            self.mirror.bring_all(folder)
        return folder

    def put_snapshot(self, data: bytes, suffix: str) -> str:
        """Keep a publisher's bytes for ever; returns their sha256."""
        sha256 = digest(data)
        self.keep(self.snapshot_path(sha256, suffix), data)
        return sha256

    def adopt_snapshot(self, file: Path, sha256: str, suffix: str) -> None:
        """Keep a publisher's bytes that lie in a file of the folder of snapshots already, under their own name.

        Args:
            file: Where they lie; gone afterwards.
            sha256: Their hash.
            suffix: Ending of the name.
        """
        path = self.snapshot_path(sha256, suffix)
        with disk(path):
            if path.exists() and path.stat().st_size == file.stat().st_size:
                file.unlink()
            else:
                if self.mirror:
                    self.mirror.keep(path, file)
                _rename(file, path)

    def snapshot_path(self, sha256: str, suffix: str) -> Path:
        """Where a snapshot lies."""
        return self.home / "snapshots" / f"{sha256}{suffix}"

    def put_table(self, stem: str, table: "pa.Table") -> TableRef:
        """Write a table, with whatever metadata its schema carries, and return where it is."""
        data = parquet_bytes(table)
        ref = TableRef(stem, digest(data), table.num_rows)
        self.keep(self.home / self.table_name(ref), data)
        return ref

    def table_path(self, ref: TableRef) -> Path:
        """Where a table lies, or would lie."""
        return self.here(self.home / self.table_name(ref))

    @staticmethod
    def table_name(ref: TableRef) -> str:
        """What a table's file is called, from the home."""
        return f"tables/{ref.table}/{ref.sha256}.parquet"

    def read_table(self, ref: TableRef) -> "pa.Table":
        """Read a table back, its page checksums verified.

        Raises:
            ReleaseDamaged: The file is missing or its bytes have changed.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.table_path(ref)
        try:
            return pq.read_table(path, page_checksum_verification=True)
        except (OSError, pa.ArrowException) as error:
            raise ReleaseDamaged(f"{path} cannot be read back ({error}). {_REBUILT}") from error

    def sound_path(self, ref: TableRef) -> Path:
        """Where a table lies, its bytes found to be those that were written: for readers that verify no checksum.

        Raises:
            ReleaseDamaged: The file is missing or its bytes have changed.
        """
        path = self.table_path(ref)
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ReleaseDamaged(f"{path} cannot be read back ({error}). {_REBUILT}") from error
        if found != ref.sha256:
            raise ReleaseDamaged(f"{path} has changed since it was built. {_REBUILT}")
        return path

    def recall(self, kind: str, key: str) -> Any | None:  # noqa: ANN401 - any JSON value
        """What was noted under a key, or None; a damaged note counts as none."""
        try:
            return json.loads(self.here(self._memo_path(kind, key)).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def note(self, kind: str, key: str, value: Mapping[str, Any]) -> None:
        """Note what came out of the inputs that `key` stands for."""
        self.write(self._memo_path(kind, key), json.dumps(value, sort_keys=True, indent=1).encode())

    def recall_table(self, key: str) -> TableRef | None:
        """The table noted under a key, if its file is there too."""
        noted = self.recall("tables", key)
        if noted is None:
            return None
        ref = TableRef(**noted)
        return ref if self.table_path(ref).exists() else None

    def note_table(self, key: str, ref: TableRef) -> None:
        """Note which table came out of the inputs that `key` stands for."""
        self.note("tables", key, {"table": ref.table, "sha256": ref.sha256, "rows": ref.rows})

    def _memo_path(self, kind: str, key: str) -> Path:
        return self.home / "memo" / kind / f"{key}.json"


@contextmanager
def disk(place: Path) -> Iterator[None]:
    """Tell what a disk refuses as an error of ours, with the path and the way out.

    Args:
        place: What is being written, for an error that names no path itself.

    Raises:
        Unavailable: The disk is full, read-only or broken.
    """
    try:
        yield
    except OSError as error:
        raise unwritable(place, error) from error


def unwritable(place: Path, error: OSError) -> Unavailable:
    """The error that says what could not be written, why, and the way out."""
    named = error.filename if isinstance(error.filename, str | os.PathLike) else place
    return Unavailable(
        f"{os.fspath(named)} cannot be written ({error.strerror or error}). "
        f"{_WAYS_OUT.get(error.errno or 0, 'Check that disk')}, or name another outputs folder by TRADEFIN_HOME, and "
        "run again. What was published before is as it was."
    )


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that it is seen whole or not at all: temporary name, fsync, rename, fsync of the folder.

    The folder is made if it is not there.

    Raises:
        Unavailable: The disk is full, read-only or broken.
    """
    with disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_and_rename(path, data)


def _write_and_rename(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        _rename(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _rename(temporary: Path, path: Path) -> None:
    """Give a file of the same folder its name once its bytes are on the disk."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.chmod(0o644)
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
