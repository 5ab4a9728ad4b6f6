"""The content-addressed store: snapshots, tables and memos, each written once and never changed.

A table lies at `tables/<stem>/<sha256>.parquet`. A memo answers "what came out when these inputs went in" and makes
an unchanged step cost one small file. What belongs here: files. What does not: what is in them.
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
        home: The outputs folder; made when first written to.
    """

    def __init__(self, home: Path) -> None:
        self.home = home

    def put_snapshot(self, data: bytes, suffix: str) -> str:
        """Keep a publisher's bytes for ever; returns their sha256."""
        sha256 = digest(data)
        self._write_once(self.snapshot_path(sha256, suffix), data)
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
                _rename(file, path)

    def snapshot_path(self, sha256: str, suffix: str) -> Path:
        """Where a snapshot lies."""
        return self.home / "snapshots" / f"{sha256}{suffix}"

    def put_table(self, stem: str, table: "pa.Table") -> TableRef:
        """Write a table, with whatever metadata its schema carries, and return where it is."""
        data = parquet_bytes(table)
        ref = TableRef(stem, digest(data), table.num_rows)
        self._write_once(self.table_path(ref), data)
        return ref

    def table_path(self, ref: TableRef) -> Path:
        """Where a table lies."""
        return self.home / "tables" / ref.table / f"{ref.sha256}.parquet"

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
            return json.loads(self._memo_path(kind, key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def note(self, kind: str, key: str, value: Mapping[str, Any]) -> None:
        """Note what came out of the inputs that `key` stands for."""
        path = self._memo_path(kind, key)
        with disk(path):
            path.unlink(missing_ok=True)
        self._write_once(path, json.dumps(value, sort_keys=True, indent=1).encode())

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

    def _write_once(self, path: Path, data: bytes) -> None:
        if path.exists() and path.stat().st_size == len(data):
            return
        write_atomically(path, data)


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


def parquet_bytes(table: "pa.Table") -> bytes:
    """A table as Parquet with fixed options, so that the same table gives the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        version="2.6",
        compression="zstd",
        compression_level=9,
        row_group_size=128 * 1024,
        write_page_checksum=True,
        use_dictionary=True,
        write_statistics=True,
    )
    return bytes(sink.getvalue())
