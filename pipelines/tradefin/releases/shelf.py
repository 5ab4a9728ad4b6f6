"""A release goes into an object store as it goes into a folder: staged, decided, laid in its place, pointed to.

A store has no rename, and two publishers may make one release whose files differ in what its id does not cover (what
it is compared with, versions). So all files go to `staging/<sha256 of the manifest>/` first, where names cannot clash.
Then the manifest is put in its place, if none is there: that decides whose files the release has. From then on anybody,
also after the one who decided was killed, can copy the rest to its place; the sums come last and say that it is whole.

What belongs here: that order, and what was left on the way. What does not: when to publish (`publish`).
"""

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tradefin.errors import ReleaseDamaged
from tradefin.releases.manifest import MANIFEST, SUMS, Manifest
from tradefin.tables.mirror import Mirror

_WAYS = 8  # files that are under way at once
_ABANDONED = timedelta(days=1)


def settle(mirror: Mirror, folder: Path) -> bool:
    """Put a whole release of the folder into the store, or find that it is there.

    Args:
        mirror: The home.
        folder: The release in it.

    Returns:
        Whether the release in the store has the files of the folder; else it has those of another publisher, who was
        quicker, and is whole as well.
    """
    place, own = mirror.name(folder), (folder / MANIFEST).read_bytes()
    staged = f"staging/{hashlib.sha256(own).hexdigest()}"
    decided, _ = mirror.read(f"{place}/{MANIFEST}")
    if decided is None:
        names = Manifest.from_bytes(own, str(folder)).all_files()
        _each(names, lambda name: mirror.keep(mirror.root / staged / name, folder / name, over=True))
        mirror.replace(f"{place}/{MANIFEST}", own, "")
        decided, _ = mirror.read(f"{place}/{MANIFEST}")
    if decided is None:
        raise ReleaseDamaged(f"{mirror.address}/{place}/{MANIFEST} is gone again: somebody deletes there. Run again.")
    _lay(mirror, place, decided, folder)
    _sweep(mirror)
    return decided == own


def is_whole(mirror: Mirror, folder: Path) -> bool:
    """Whether every file of a release is in the store.

    Raises:
        ReleaseDamaged: One of them has not the size that it should have.
    """
    place = mirror.name(folder)
    decided, _ = mirror.read(f"{place}/{MANIFEST}")
    return decided is not None and not _lacking(mirror, place, decided)


def _lacking(mirror: Mirror, place: str, decided: bytes) -> list[str]:
    """Files of a release that are not in their place, the sums last."""
    files, there = Manifest.from_bytes(decided, f"{mirror.address}/{place}/{MANIFEST}").all_files(), mirror.names(place)
    for name, file in files.items():
        if there.get(f"{place}/{name}", file.bytes) != file.bytes:
            raise ReleaseDamaged(
                f"{mirror.address}/{place}/{name} has not the size that its manifest says; nothing was overwritten. "
                "Delete it there and run again: it is put there anew."
            )
    return [name for name in (*files, SUMS) if f"{place}/{name}" not in there]


def _lay(mirror: Mirror, place: str, decided: bytes, folder: Path) -> None:
    """Put in its place what is missing of a release whose manifest is there."""
    manifest = Manifest.from_bytes(decided, f"{mirror.address}/{place}/{MANIFEST}")
    files, ours = manifest.all_files(), Manifest.from_bytes((folder / MANIFEST).read_bytes(), str(folder)).all_files()
    staged = f"staging/{hashlib.sha256(decided).hexdigest()}"

    def lay_one(name: str) -> None:
        if mirror.copy(f"{staged}/{name}", f"{place}/{name}"):
            return
        if ours.get(name) == files[name]:  # lost after it was laid
            mirror.keep(mirror.root / place / name, folder / name)
        elif f"{place}/{name}" not in mirror.names(place):  # else another publisher has laid and swept it
            raise ReleaseDamaged(
                f"{mirror.address}/{place}/{name} is lost. Delete {place}/ there and run again: it is made anew."
            )

    lacking = _lacking(mirror, place, decided)
    _each((name for name in lacking if name != SUMS), lay_one)
    if SUMS in lacking:
        mirror.keep(mirror.root / place / SUMS, manifest.sums(decided))
    mirror.remove(list(mirror.names(staged)))


def _sweep(mirror: Mirror) -> None:
    """Delete what publishers that were killed have staged more than a day ago."""
    if left := list(mirror.names("staging", before=datetime.now(UTC) - _ABANDONED)):
        mirror.remove(left)


def _each(names: Iterable[str], do: Callable[[str], None]) -> None:
    with ThreadPoolExecutor(_WAYS) as pool:
        list(pool.map(do, names))
