"""Releases at an address, read as if they lay here: each file is fetched once, verified, and kept by its sha256.

Pointer, manifest, files: each names the hash of the next, so one look at the pointer decides what is read. What belongs
here: the cache, and a release whose files come through it. What does not: asking whoever has them (`web`, `bucket`).

    <cache>/files/<sha256>                      bytes, written once, the same for every home and release
    <cache>/homes/<hash of the address>/        which manifest the pointer, and each release, had when last seen; also
                                                the folder that stands for the address where something is built
"""

import hashlib
import json
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tradefin.addresses import cache_folder, checked, stand_in
from tradefin.errors import NotFound, ReleaseDamaged, Unavailable
from tradefin.releases.manifest import MANIFEST, RELEASE_ID, SUMS, Manifest
from tradefin.releases.places import place_of
from tradefin.releases.release import MEND, POINTER, Pointer, Release
from tradefin.tables.mirror import lay

if TYPE_CHECKING:
    import pyarrow.dataset as ds

_POINTER_BYTES = 1 << 16
_MANIFEST_BYTES = 1 << 26
_MEND = "Delete it there and run again where it was published: it is laid there anew."
_WAYS = 8  # files that are under way at once


@dataclass(frozen=True)
class RemoteRelease(Release):
    """A release whose files are fetched when they are asked for; `folder` is where `whole` puts them.

    Attributes:
        home: Who has them.
    """

    home: "RemoteHome"

    def file(self, name: str) -> Path:
        """The verified file, in the cache under its hash."""
        sha256 = self.manifest.all_files()[name].sha256
        self._verified(name, sha256)
        return self.home.kept(sha256)

    def pointer(self) -> Pointer | None:
        """The pointer of now, or the last one that was seen."""
        return self.home.current()

    def dataset(self, table: str) -> "ds.Dataset":
        """A table to be read in part, where whoever has it gives parts; else its file, verified by its sha256."""
        info = self.table(table)
        name = f"releases/{self.id}/{info.path}"
        try:
            found = None if self.home.kept(info.sha256).exists() else self.home.place.dataset([name])
        except NotFound as error:
            raise ReleaseDamaged(f"{error} The manifest of release {self.id} lists it. {_MEND}") from error
        if found is None:
            return super().dataset(table)
        if found.count_rows() != info.rows or found.schema.names != [c.name for c in info.columns]:
            raise ReleaseDamaged(
                f"{self.home.address}/{name} has not the rows and columns that the manifest says. {MEND}"
            )
        return found

    def whole(self, anew: bool = False) -> Path:
        """Its folder, with every file in it and each verified; the manifest comes last.

        Args:
            anew: Ask for every file again, whatever is in the cache.

        Raises:
            ReleaseDamaged: Files are missing or are not those that were published; all of them are named.
        """
        manifest, files = self.folder / MANIFEST, self.manifest.all_files()
        kept = hashlib.sha256(manifest.read_bytes()).hexdigest() if manifest.exists() else ""
        if kept == self.manifest_sha256 and not anew:
            return self.folder
        with ThreadPoolExecutor(_WAYS) as pool:
            wrong = [told for told in pool.map(lambda name: self._brought(name, anew), files) if told]
        if wrong:
            raise ReleaseDamaged("\n".join(wrong))
        data = self.home.file(f"releases/{self.id}/{MANIFEST}", self.manifest_sha256, _MANIFEST_BYTES, anew)
        sums = self.manifest.sums(data)
        self.home.file(f"releases/{self.id}/{SUMS}", hashlib.sha256(sums).hexdigest(), len(sums), anew)
        lay(self.folder / SUMS, sums)
        lay(manifest, data)
        return self.folder

    def _brought(self, name: str, anew: bool) -> str:
        """Lay a file in the folder; what is wrong with it, if something is."""
        try:
            lay(self.folder / name, self._verified(name, self.manifest.all_files()[name].sha256, anew))
        except ReleaseDamaged as error:
            return str(error)
        return ""

    def _verified(self, name: str, sha256: str, anew: bool = False) -> bytes:
        size = self.manifest.all_files()[name].bytes
        try:
            return self.home.file(f"releases/{self.id}/{name}", sha256, size, anew)
        except NotFound as error:
            raise ReleaseDamaged(
                f"{error} The manifest of release {self.id} lists it, so the upload has not ended or has lost files."
            ) from error


class RemoteHome:
    """An outputs folder at an address.

    Args:
        address: `https://host/path` or `s3://bucket/path`: the folder that holds `current.json` and `releases/`.

    Attributes:
        place: Whoever has its files.

    Raises:
        ValueError: The address may not be read.
    """

    def __init__(self, address: str) -> None:
        self.address = checked(address)
        self.cache = cache_folder()
        self._notes = stand_in(self.address)
        self.place = place_of(self.address)

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
            warnings.warn(f"{error} Release {seen.release} stands in, current when last seen.", stacklevel=5)
            return found

    def current(self) -> Pointer | None:
        """The pointer of today, or the last one that was seen."""
        try:
            return self._pointer()
        except (Unavailable, NotFound):
            return self._noted(POINTER)

    def pointer(self) -> Pointer | None:
        """The pointer of now; None before the first release.

        Raises:
            Unavailable: No answer.
            ReleaseDamaged: It is no pointer.
        """
        try:
            return self._pointer()
        except NotFound:
            return None

    def ids(self) -> list[str]:
        """Ids of all whole releases, newest figures first.

        Of a server that does not list what it has: of the current one, of the one before it, and so on.
        """
        if (listed := self.place.folders("releases")) is not None:
            return [name for name in sorted(listed, reverse=True) if self._is_whole(name)]
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

    def _is_whole(self, name: str) -> bool:
        try:
            self._named(name)
        except NotFound:  # just being published, or not the name of a release
            return False
        except ReleaseDamaged:
            pass
        return True

    def file(self, name: str, sha256: str, size: int, anew: bool = False) -> bytes:
        """The bytes of a file: from the cache, unless asked for anew, else from the server; verified either way."""
        path = self.kept(sha256)
        if path.exists() and not anew:
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() == sha256:
                return data
        data = self.place.get(name, size)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ReleaseDamaged(
                f"{self.address}/{name} is not the file that was published: its sha256 differs from the manifest's. "
                f"{_MEND}"
            )
        lay(path, data)
        return data

    def _pointer(self) -> Pointer:
        place = f"{self.address}/{POINTER}"
        try:
            data = self.place.get(POINTER, _POINTER_BYTES)
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
                data = self.place.get(name, _MANIFEST_BYTES)
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
            lay(path, data)
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
        folder = f"releases/{release}"
        data = self.place.get(f"{folder}/{MANIFEST}", _MANIFEST_BYTES)
        found = self._opened(release, data)
        if self.place.get(f"{folder}/{SUMS}", _MANIFEST_BYTES) != found.manifest.sums(data):
            raise ReleaseDamaged(f"{self.address}/{folder}: {MANIFEST} and {SUMS} do not agree.")
        lay(self.kept(found.manifest_sha256), data)
        self._note(release, Pointer(release, found.manifest_sha256, ""))
        return found

    def _opened(self, release: str, data: bytes) -> RemoteRelease:
        place = f"{self.address}/releases/{release}/{MANIFEST}"
        manifest = Manifest.from_bytes(data, place)
        if manifest.release != release:
            raise ReleaseDamaged(f"{place} is the manifest of the release {manifest.release}.")
        return RemoteRelease(
            release, self._notes / "releases" / release, manifest, hashlib.sha256(data).hexdigest(), self
        )

    def _noted(self, name: str) -> Pointer | None:
        try:
            return Pointer.from_bytes((self._notes / name).with_suffix(".json").read_bytes(), name)
        except (OSError, ReleaseDamaged):
            return None

    def _note(self, name: str, pointer: Pointer) -> None:
        if self._noted(name) != pointer:
            lay((self._notes / name).with_suffix(".json"), json.dumps(asdict(pointer)).encode())
