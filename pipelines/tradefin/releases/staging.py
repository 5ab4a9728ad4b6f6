"""A release grows out of readers' sight and appears whole: stage, fsync, rename, then the pointer.

What belongs here: folders, renames, and the remains of runs that were killed. What does not: what a release holds.
"""

import errno
import fcntl
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tradefin.errors import Unavailable
from tradefin.releases.release import POINTER, Pointer
from tradefin.tables.store import Store, sync_folder

_WRITER = "writer.json"
_LOCK = ".publishing"
_PATIENCE = 600.0
_DAY = 86_400.0
_HALF_WRITTEN = (".writing-*", "snapshots/.writing-*", "tables/*/.writing-*", "memo/*/.writing-*")


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """One publisher at a time in an outputs folder; others wait for their turn.

    The lock is the kernel's and ends with the process that holds it, however that ends; its empty file stays.

    Raises:
        Unavailable: Another publisher has not come to its end for ten minutes.
    """
    home.mkdir(parents=True, exist_ok=True)
    path = home / _LOCK
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _wait(handle, path)
        yield
    finally:
        os.close(handle)


def _wait(handle: int, path: Path) -> None:
    began = time.monotonic()
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() - began >= _PATIENCE:
                raise Unavailable(
                    f"Another run has been publishing to {path.parent} for {_PATIENCE / 60:.0f} minutes. Wait for it, "
                    f"or end it (`fuser {path}` names its process), and run again."
                ) from None
            time.sleep(0.05)


@contextmanager
def staging(home: Path) -> Iterator[Path]:
    """An empty folder on the file system of the releases; gone afterwards, unless it was published by then.

    Beside it lies who writes it, so that another run can tell a dead writer's folder from a living one's.
    """
    parent = home / "staging"
    parent.mkdir(parents=True, exist_ok=True)
    own = Path(tempfile.mkdtemp(dir=parent, prefix=""))
    try:
        (own / _WRITER).write_text(json.dumps({"pid": os.getpid(), "host": platform.node()}), encoding="utf-8")
        folder = own / "release"
        folder.mkdir()
        yield folder
    finally:
        shutil.rmtree(own, ignore_errors=True)


def sweep(home: Path) -> list[Path]:
    """Delete what killed runs have left: folders in `staging/`, half-written files; returns the folders."""
    parent = home / "staging"
    left = [f for f in sorted(parent.iterdir()) if _abandoned(f)] if parent.is_dir() else []
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    for half in (path for pattern in _HALF_WRITTEN for path in home.glob(pattern)):
        with suppress(FileNotFoundError):
            if time.time() - half.stat().st_mtime > _DAY:
                half.unlink()
    return left


def _abandoned(folder: Path) -> bool:
    try:
        old = time.time() - folder.stat().st_mtime > _DAY
        writer = json.loads((folder / _WRITER).read_bytes())
        return old or (writer["host"] == platform.node() and not _alive(int(writer["pid"])))
    except FileNotFoundError:  # just being made, or just being deleted by its owner
        return folder.exists() and time.time() - folder.stat().st_mtime > _DAY
    except (ValueError, KeyError, TypeError):  # killed while it wrote its name
        return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def settle(folder: Path, target: Path) -> bool:
    """Rename a finished folder to its place, made to last first.

    Returns:
        False when somebody else's folder is there already; nothing has changed then.
    """
    seal(folder)
    target.parent.mkdir(exist_ok=True)
    try:
        folder.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    sync_folder(target.parent)
    return True


def seal(folder: Path) -> None:
    """Make every file read-only and flush files and folders to the disk."""
    for path in sorted(folder.rglob("*"), reverse=True):  # a folder after what is in it
        if path.is_dir():
            sync_folder(path)
            continue
        path.chmod(0o444)
        with path.open("rb") as file:
            os.fsync(file.fileno())
    sync_folder(folder)


def put_aside(home: Path, folder: Path) -> None:
    """Delete a damaged release, out of readers' way first."""
    with staging(home) as place, suppress(FileNotFoundError):  # another run was quicker
        folder.rename(place / folder.name)
        sync_folder(folder.parent)


def point(home: Path, pointer: Pointer, seen: str = "") -> bool:
    """Replace `current.json`: from here on readers get that release.

    Args:
        home: The outputs folder.
        pointer: The release.
        seen: Tag of the pointer that is replaced, as `Store.look` gave it.

    Returns:
        False if another machine has replaced it meanwhile; nothing has changed then.
    """
    return Store(home).replace(home / POINTER, pointer.to_bytes(), seen)
