"""A folder that stands for outputs in an object store: what is written goes there, what is missing comes from there.

All but a few files are written once and named by their content, so the folder is right whenever a file is in it. The
few that change (`current.json`, the pointer of an edition) are read from the store each time and replaced only by
whoever has seen what they replace, which the store itself compares (`If-Match`).
What belongs here: files by path. What does not: what they are; readers' way to them (`releases.bucket`).
"""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tradefin.addresses import CACHE, address_of, endpoint, is_bucket, root_of, said
from tradefin.errors import NotFound, ProjectInvalid, ReleaseDamaged, Unavailable

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_T = TypeVar("_T")

PATIENCE = 120.0  # seconds for which a store that does not answer is asked again

# obstore asks again itself, but not where a request may have been done already; every request here can be made twice.
_RETRY: dict[str, Any] = {
    "max_retries": 5,
    "retry_timeout": timedelta(seconds=10),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2},
}
_PAUSE = 1.0
_CONFLICTS = 10
_LASTING = re.compile(r"status code: 4(?!08|29)")  # the store has answered, and will answer the same
_BY_HASH = ("snapshots", "tables")  # folders of files that are named by their hash
_AT_ONCE = 1 << 26  # a larger file goes up in parts, for which stores know no condition


class Mirror:
    """A folder and the address that it stands for.

    Args:
        root: The folder.
        address: `s3://bucket/path`.

    Raises:
        ProjectInvalid: Nothing can be written to that address from here.
    """

    def __init__(self, root: Path, address: str) -> None:
        self.root, self.address = root, address
        self._store = _store(address, _endpoint(), os.getpid())

    @classmethod
    def of(cls, folder: Path) -> "Mirror | None":
        """The mirror that a folder is, or is within; None for a folder of its own."""
        address = address_of(folder)
        return cls(folder, address) if address else None

    def name(self, path: Path) -> str:
        """What a file of the folder is called in the store."""
        return path.relative_to(self.root).as_posix()

    def bring(self, path: Path) -> bool:
        """See that a file is in the folder; whether it is by then."""
        return path.exists() or self.renew(path)

    def renew(self, path: Path) -> bool:
        """Bring a file as it is in the store now; whether there is one."""
        data, _ = self.read(self.name(path))
        if data is None:
            path.unlink(missing_ok=True)
            return False
        self._compare(path, data)
        lay(path, data)
        return True

    def bring_all(self, folder: Path) -> None:
        """Bring every file below a folder that is not here yet."""
        for name in self.names(self.name(folder)):
            self.bring(self.root / name)

    def keep(self, path: Path, data: bytes | Path, over: bool = False) -> None:
        """Put what a file of the folder is about to be into the store, unless it is there.

        The store has it first, so that a file of the folder is never one that others do not find.

        Args:
            path: The file.
            data: What it holds, or a file that does.
            over: Whether to replace what is there under its name.

        Raises:
            ReleaseDamaged: Something else is there under its name; it stays.
        """
        name, size = self.name(path), data.stat().st_size if isinstance(data, Path) else len(data)
        if over:
            self._ask(name, lambda: self._store.put(name, data))
        elif size > _AT_ONCE:
            if not self._ask(name, lambda: self._holds(name, size)):
                self._ask(name, lambda: self._store.put(name, data))
        else:
            whole = data.read_bytes() if isinstance(data, Path) else data
            if not self.replace(name, whole, ""):
                raise self._other(name)

    def read(self, name: str) -> tuple[bytes | None, str]:
        """A file of the store and its tag, for `replace`; None and the empty text if there is none."""

        def get() -> tuple[bytes | None, str]:
            try:
                found = self._store.get(name)
                return bytes(found.bytes()), found.meta["e_tag"] or ""
            except FileNotFoundError:
                return None, ""

        return self._ask(name, get)

    def replace(self, name: str, data: bytes, seen: str) -> bool:
        """Replace a file of the store if it is still the one that was seen.

        Args:
            name: The file.
            data: What it is to be.
            seen: Its tag, as `read` gave it; empty where there was none.

        Returns:
            False if somebody else was quicker; nothing has changed then.

        Raises:
            Unavailable: The store does not answer, or not as it should.
        """
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        def put() -> bool:
            try:
                self._store.put(name, data, mode={"e_tag": seen} if seen else "create", use_multipart=False)
            except (AlreadyExistsError, PreconditionError):
                return False
            return True

        for _ in range(_CONFLICTS):
            if self._ask(name, put):
                return True
            now, tag = self.read(name)
            if now == data or tag != seen:  # our own, whose answer was lost; or somebody else's
                return now == data
            time.sleep(_PAUSE)  # S3 answers 409 where two puts meet, and may have done neither
        raise Unavailable(
            f"{self.address}/{name}: the object store says that it has changed, and it has not. It may not compare "
            "ETags as docs/object-stores.md says that a store must; name other outputs by TRADEFIN_HOME."
        )

    def names(self, prefix: str, before: datetime | None = None) -> dict[str, int]:
        """Size of every file of the store in a folder.

        Args:
            prefix: The folder that they are in, or below.
            before: Only files older than this.
        """
        found = self._ask(prefix, lambda: [one for batch in self._store.list(prefix) for one in batch])
        return {str(one["path"]): int(one["size"]) for one in found if before is None or one["last_modified"] < before}

    def copy(self, name: str, to: str) -> bool:
        """Copy a file within the store; False if there is no such file."""

        def copy() -> bool:
            try:
                self._store.copy(name, to)
            except FileNotFoundError:
                return False
            return True

        return self._ask(to, copy)

    def remove(self, names: list[str]) -> None:
        """Delete files of the store; those that are gone already are no error."""

        def remove() -> None:
            with suppress(FileNotFoundError):
                self._store.delete(names)

        if names:
            self._ask(names[0], remove)

    def _holds(self, name: str, size: int) -> bool:
        try:
            there = int(self._store.head(name)["size"])
        except FileNotFoundError:
            return False
        if there != size:
            raise self._other(name)
        return True

    def _other(self, name: str) -> ReleaseDamaged:
        return ReleaseDamaged(
            f"{self.address}/{name} is there already and is not what its name says; nothing was overwritten. Delete it "
            "there and run again: it is put there anew."
        )

    def _compare(self, path: Path, data: bytes) -> None:
        sha256 = path.name.partition(".")[0]
        if self.name(path).split("/")[0] in _BY_HASH and hashlib.sha256(data).hexdigest() != sha256:
            raise ReleaseDamaged(
                f"{self.address}/{self.name(path)} is not what its name says: its sha256 differs. Delete it there and "
                "run again: it is made anew, or fetched anew from its publisher."
            )

    def _ask(self, name: str, do: Callable[[], _T]) -> _T:
        """Ask the store until it answers; tell what it refuses as an error of ours, without what proves who asked."""
        from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

        until = time.monotonic() + PATIENCE
        while True:
            try:
                return do()
            except (PermissionDeniedError, UnauthenticatedError) as error:
                raise Unavailable(
                    f"{self.address}/{name}: the object store refuses ({said(error)}). Check the keys in the "
                    "environment (AWS_ACCESS_KEY_ID and so on) and what they may do. What was published before is as "
                    "it was."
                ) from None
            except FileNotFoundError:
                raise NotFound(f"{self.address}: there is no such bucket, or {name} was deleted meanwhile.") from None
            except BaseError as error:
                if _LASTING.search(str(error)) or time.monotonic() + _PAUSE > until:
                    raise Unavailable(
                        f"{self.address}/{name}: the object store does not answer as it should ({said(error)}). Run "
                        "again when it does, or name other outputs by TRADEFIN_HOME: what was made is kept, and what "
                        "was published before is as it was."
                    ) from None
                time.sleep(_PAUSE)


def bring(path: Path) -> Path:
    """The path of a file of the outputs, brought from their address first where they have one and it is missing."""
    if not path.exists() and (found := root_of(path.parent)):
        Mirror(*found).bring(path)
    return path


def lay(path: Path, data: bytes) -> None:
    """Write a file of the folder, whole or not at all; it can be had again, so nothing waits for the disk."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        raise Unavailable(
            f"{path} cannot be written ({error.strerror}): {CACHE} names the folder where files are kept."
        ) from error


@cache
def _store(address: str, at: str, process: int) -> "ObjectStore":
    """The client for an address; a process that was forked needs its own."""
    del process
    if not is_bucket(address):
        raise ProjectInvalid(
            f"{address} is read-only: nothing is built or published there. Name a folder or s3://bucket/path by "
            "TRADEFIN_HOME."
        )
    try:
        from obstore.store import from_url
    except ImportError as error:
        raise ProjectInvalid(f"{address}: writing there needs obstore: pip install 'tradefin[scale]'.") from error
    options: dict[str, Any] = {"connect_timeout": "5s", "timeout": "300s", "allow_http": at.startswith("http://")}
    opened: ObjectStore = from_url(address, client_options=options, retry_config=_RETRY)  # type: ignore[call-overload]
    return opened


def _endpoint() -> str:
    try:
        return endpoint()
    except ValueError as error:
        raise ProjectInvalid(str(error)) from error
