"""Releases on a web server, read as if they lay here: each file is fetched once, verified, and kept by its sha256.

Pointer, manifest, files: each names the hash of the next, so one look at the pointer decides what is read. What belongs
here: the cache, and a release whose files come through it. What does not: asking the server (`web`).

    <cache>/files/<sha256>                      bytes, written once, the same for every home and release
    <cache>/homes/<hash of the address>/        which manifest the pointer, and each release, had when last seen
"""

import hashlib
import json
import os
import sys
import tempfile
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

from tradefin.errors import NotFound, ReleaseDamaged, Unavailable
from tradefin.releases.manifest import MANIFEST, RELEASE_ID, SUMS, Manifest
from tradefin.releases.release import POINTER, Pointer, Release
from tradefin.releases.web import checked, get

CACHE = "TRADEFIN_CACHE"

_POINTER_BYTES = 1 << 16
_MANIFEST_BYTES = 1 << 26


def cache_folder() -> Path:
    """Where files from web servers are kept: `TRADEFIN_CACHE`, else a folder in the user's own cache."""
    if override := os.environ.get(CACHE):
        return Path(override)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "tradefin"


@dataclass(frozen=True)
class RemoteRelease(Release):
    """A release whose files are fetched when they are asked for; `folder` is where its server keeps it in the cache.

    Attributes:
        home: The web server's folder.
    """

    home: "RemoteHome"

    def table_file(self, name: str) -> Path:
        """The verified Parquet file of a table, in the cache."""
        table = self.table(name)
        self._verified(table.path, table.sha256)
        return self.home.kept(table.sha256)

    def _verified(self, name: str, sha256: str) -> bytes:
        size = self.manifest.all_files()[name].bytes
        try:
            return self.home.file(f"releases/{self.id}/{name}", sha256, size)
        except NotFound as error:
            raise ReleaseDamaged(
                f"{error} The manifest of release {self.id} lists it, so the upload has not ended or has lost files."
            ) from error


class RemoteHome:
    """The outputs folder of somebody else, on a web server.

    Args:
        address: `https://host/path`: the folder that holds `current.json` and `releases/`.

    Raises:
        ValueError: The address may not be read.
    """

    def __init__(self, address: str) -> None:
        self.address = checked(address)
        self.cache = cache_folder()
        self._notes = self.cache / "homes" / hashlib.sha256(self.address.encode()).hexdigest()[:16]

    def kept(self, sha256: str) -> Path:
        """Where the file of that hash lies, or would lie, in the cache."""
        return self.cache / "files" / sha256

    def open(self, release: str | None = None) -> RemoteRelease:
        """Open a release; its manifest is read and verified, and nothing else.

        Where the server cannot be reached, or is just being given a new release, the release that was current when it
        was last seen stands in, and a warning says so.

        Args:
            release: Its id; None opens the current one.

        Raises:
            NotFound: There is no home or no such release at the address.
            Unavailable: The server does not answer, and nothing of it is at hand.
            ReleaseDamaged: The manifest is not the one that was published.
        """
        if release is not None:
            return self._named(release)
        try:
            pointer = self._pointer()
            try:
                return self._pointed(pointer)
            except (ReleaseDamaged, Unavailable):
                again = self._pointer()  # it may have moved between two questions
                if again == pointer:
                    raise
                return self._pointed(again)
        except Unavailable as error:
            seen = self._noted(POINTER)
            if seen is None:
                raise
            found = self._pointed(seen)
            warnings.warn(f"{error} Release {seen.release} stands in, current when last seen.", stacklevel=4)
            return found

    def current(self) -> Pointer | None:
        """The pointer of today, or the last one that was seen."""
        try:
            return self._pointer()
        except (Unavailable, NotFound):
            return self._noted(POINTER)

    def ids(self) -> list[str]:
        """Ids of the current release, of the one before it, and so on, as far as the server still has them."""
        found: list[str] = []
        name = self.open().id
        while name and name not in found:
            try:
                previous = self.open(name).manifest.previous
            except NotFound:
                break
            found.append(name)
            name = previous or ""
        return found

    def file(self, name: str, sha256: str, size: int) -> bytes:
        """The bytes of a file: from the cache, else from the server; verified either way."""
        path = self.kept(sha256)
        try:
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() == sha256:
                return data
        except FileNotFoundError:
            pass
        data = get(f"{self.address}/{name}", size)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ReleaseDamaged(
                f"{self.address}/{name} is not the file that was published: its sha256 differs from the manifest's."
            )
        _write(path, data)
        return data

    def _pointer(self) -> Pointer:
        place = f"{self.address}/{POINTER}"
        try:
            data = get(place, _POINTER_BYTES)
        except NotFound as error:
            raise NotFound(f"{error} The address of a home is that of the folder which holds {POINTER}.") from error
        return Pointer.from_bytes(data, place)

    def _pointed(self, pointer: Pointer) -> RemoteRelease:
        """The release that a pointer names; its manifest must have the hash that the pointer says."""
        name = f"releases/{pointer.release}/{MANIFEST}"
        path = self.kept(pointer.manifest_sha256)
        data = path.read_bytes() if path.exists() else b""
        if hashlib.sha256(data).hexdigest() != pointer.manifest_sha256:
            try:
                data = get(f"{self.address}/{name}", _MANIFEST_BYTES)
            except NotFound as error:
                raise Unavailable(
                    f"{self.address} is being given a new release, {pointer.release}: its pointer is there, its "
                    "manifest not yet."
                ) from error
            if hashlib.sha256(data).hexdigest() != pointer.manifest_sha256:
                raise ReleaseDamaged(
                    f"{self.address}/{name} is not the manifest that was published: its sha256 differs from the one in "
                    f"{POINTER}."
                )
            _write(path, data)
        found = self._opened(pointer.release, data)
        self._note(POINTER, pointer)
        self._note(pointer.release, pointer)
        return found

    def _named(self, release: str) -> RemoteRelease:
        """A release by its id; from the cache once it was seen, since a release never changes."""
        if not RELEASE_ID.fullmatch(release):
            raise NotFound(f"'{release}' is not the id of a release.")
        seen = self._noted(release)
        if seen is not None and (path := self.kept(seen.manifest_sha256)).exists():
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() == seen.manifest_sha256:
                return self._opened(release, data)
        folder = f"{self.address}/releases/{release}"
        data = get(f"{folder}/{MANIFEST}", _MANIFEST_BYTES)
        found = self._opened(release, data)
        if get(f"{folder}/{SUMS}", _MANIFEST_BYTES) != found.manifest.sums(data):
            raise ReleaseDamaged(f"{folder}: {MANIFEST} and {SUMS} do not agree.")
        _write(self.kept(found.manifest_sha256), data)
        self._note(release, Pointer(release, found.manifest_sha256, ""))
        return found

    def _opened(self, release: str, data: bytes) -> RemoteRelease:
        place = f"{self.address}/releases/{release}/{MANIFEST}"
        manifest = Manifest.from_bytes(data, place)
        if manifest.release != release:
            raise ReleaseDamaged(f"{place} is the manifest of the release {manifest.release}.")
        return RemoteRelease(release, self._notes / release, manifest, hashlib.sha256(data).hexdigest(), self)

    def _noted(self, name: str) -> Pointer | None:
        try:
            return Pointer.from_bytes((self._notes / name).with_suffix(".json").read_bytes(), name)
        except (OSError, ReleaseDamaged):
            return None

    def _note(self, name: str, pointer: Pointer) -> None:
        if self._noted(name) != pointer:
            _write((self._notes / name).with_suffix(".json"), json.dumps(asdict(pointer)).encode())


def _write(path: Path, data: bytes) -> None:
    """A whole file or none, whoever else writes the same."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(path)
    except OSError as error:
        raise Unavailable(
            f"{path} cannot be written ({error.strerror}): {CACHE} names the folder where files are kept."
        ) from error
