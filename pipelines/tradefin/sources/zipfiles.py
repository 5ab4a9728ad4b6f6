"""Members of a zip that may be hostile: only those asked for, within limits, never written under their own names.

What belongs here: opening archives, spreadsheets among them. What does not: what the members hold.
"""

import fnmatch
import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tradefin.errors import SourceChanged, Unavailable
from tradefin.sources.text import html_title, looks_like_html

_STEP = 4 << 20
_START = 1 << 16
_SMALL = 1 << 20  # below this a high ratio does no harm
_ENCRYPTED = 0x1 | 0x40 | 0x2000
# All that the library raises on archives with bytes changed or missing; it promises no more than the first.
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError, OverflowError, OSError)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class ZipLimits:
    """What is put up with from an archive.

    Attributes:
        entries: How many it may hold.
        bytes: How much all of it may unpack to.
        ratio: How many times larger than packed it may become.
    """

    entries: int = 1000
    bytes: int = 2 << 30
    ratio: int = 200


def members(data: bytes, allowed: Sequence[str], where: str, limits: ZipLimits | None = None) -> dict[str, bytes]:
    """The members that match the allowed names, by name, in the order of the patterns.

    Args:
        data: The archive.
        allowed: Names or patterns (`*`, `?`); each must match at least one member.
        where: What the archive is, for errors.
        limits: What is put up with.

    Raises:
        SourceChanged: Not a zip, a member is missing, or the archive is one that nobody honest makes.
        Unavailable: It is cut short or damaged on the way; asking again may help.
    """
    limits = limits or ZipLimits()
    with _open(data, where) as archive:
        chosen = _chosen(_checked(archive, where, limits), allowed, where)
        found, left = {}, limits.bytes
        for info in chosen:
            found[info.filename] = b"".join(_pieces(archive, info, where, left))
            left -= len(found[info.filename])
        return found


@contextmanager
def open_member(data: bytes | Path, allowed: str, where: str, limits: ZipLimits | None = None) -> Iterator[IO[bytes]]:
    """The one member that matches, as an open file that has been read to its end once and found whole.

    It is unpacked as it is read, neither into memory nor onto the disk.

    Args:
        data: The archive, or the file that holds it.
        allowed: Name or pattern; must match exactly one member.
        where: What the archive is, for errors.
        limits: What is put up with.

    Raises:
        SourceChanged: As for `members`, or several members match.
        Unavailable: As for `members`.
    """
    with _open(data, where) as archive:
        info = _only(archive, allowed, where, limits or ZipLimits())
        for _ in _pieces(archive, info, where, info.file_size):
            pass
        with archive.open(info) as file:
            yield file


@contextmanager
def open_pieces(
    data: bytes | Path, allowed: str, where: str, limits: ZipLimits | None = None
) -> Iterator[Iterator[bytes]]:
    """The bytes of the one member that matches, piece by piece; only after the last is it known that it is whole.

    Args:
        data: The archive, or the file that holds it.
        allowed: Name or pattern; must match exactly one member.
        where: What the archive is, for errors.
        limits: What is put up with.

    Raises:
        SourceChanged: As for `members`, or several members match.
        Unavailable: As for `members`; also while the pieces are read.
    """
    with _open(data, where) as archive:
        info = _only(archive, allowed, where, limits or ZipLimits())
        yield _pieces(archive, info, where, info.file_size)


def check(data: bytes, where: str, limits: ZipLimits | None = None) -> tuple[str, ...]:
    """Look at an archive, e.g. an xlsx before its reader opens it, and return its members' names.

    Raises:
        SourceChanged: As for `members`.
        Unavailable: As for `members`.
    """
    with _open(data, where) as archive:
        return tuple(info.filename for info in _checked(archive, where, limits or ZipLimits()))


@contextmanager
def _open(data: bytes | Path, where: str) -> Iterator[zipfile.ZipFile]:
    with data.open("rb") if isinstance(data, Path) else io.BytesIO(data) as file:
        start = file.read(_START)
        if not start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            page = f"a page of HTML ({html_title(start)})"
            what = page if looks_like_html(start) else f"something that begins {start[:8]!r}"
            raise SourceChanged(f"{where}: a zip was due, but this is {what}.")
        try:
            archive = zipfile.ZipFile(file)
        except _DAMAGED as error:
            raise Unavailable(
                f"{where}: the zip of {file.seek(0, io.SEEK_END):,} bytes is cut short or damaged ({error}). Nothing "
                "is lost; a later run asks again."
            ) from error
        with archive:
            yield archive


def _checked(archive: zipfile.ZipFile, where: str, limits: ZipLimits) -> list[zipfile.ZipInfo]:
    """All files of an archive whose every entry is harmless."""
    entries = archive.infolist()
    if len(entries) > limits.entries:
        raise SourceChanged(f"{where}: {len(entries):,} members where at most {limits.entries:,} are put up with.")
    seen: set[str] = set()
    for info in entries:
        if why := _why_refused(info, limits):
            raise SourceChanged(f"{where}: member {info.filename[:120]!r} {why}. Nothing of the archive was read.")
        name = info.filename.rstrip("/").casefold()
        if name in seen:
            raise SourceChanged(f"{where}: member {info.filename[:120]!r} is there twice. Nothing of it was read.")
        seen.add(name)
    total = sum(info.file_size for info in entries)
    if total > limits.bytes:
        raise SourceChanged(f"{where}: unpacks to {total:,} bytes where at most {limits.bytes:,} are put up with.")
    return [info for info in entries if not info.is_dir()]


def _why_refused(info: zipfile.ZipInfo, limits: ZipLimits) -> str:
    if why := _unsafe_name(info):
        return why
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link" if kind == stat.S_IFLNK else "is neither a file nor a folder"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"is packed by method {info.compress_type}, which is neither stored nor deflated"
    if info.file_size > max(_SMALL, limits.ratio * info.compress_size):
        return f"unpacks from {info.compress_size:,} to {info.file_size:,} bytes, as zip bombs do"
    return ""


def _unsafe_name(info: zipfile.ZipInfo) -> str:
    names = {info.filename, info.orig_filename}
    if any(_CONTROL.search(name) for name in names) or "" in names:
        return "has a name with control characters, or none"
    if any("\\" in name or name.startswith("/") or name[1:2] == ":" for name in names):
        return "has an absolute path or one of another system"
    if any(part == ".." for name in names for part in name.split("/")):
        return "leads out of its folder"
    return ""


def _chosen(files: list[zipfile.ZipInfo], allowed: Sequence[str], where: str) -> list[zipfile.ZipInfo]:
    chosen: dict[str, zipfile.ZipInfo] = {}
    for pattern in allowed:
        matching = [info for info in files if fnmatch.fnmatchcase(info.filename, pattern)]
        if not matching:
            raise SourceChanged(f"{where}: no member is called '{pattern}'. It holds: {_names(files)}.")
        chosen |= {info.filename: info for info in matching}
    return list(chosen.values())


def _only(archive: zipfile.ZipFile, allowed: str, where: str, limits: ZipLimits) -> zipfile.ZipInfo:
    chosen = _chosen(_checked(archive, where, limits), [allowed], where)
    if len(chosen) > 1:
        raise SourceChanged(f"{where}: several members match '{allowed}': {_names(chosen)}.")
    return chosen[0]


def _names(files: list[zipfile.ZipInfo]) -> str:
    shown = ", ".join(info.filename[:120] for info in files[:10])
    return f"{shown} and {len(files) - 10} more" if len(files) > 10 else shown or "nothing"


def _pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str, most: int) -> Generator[bytes]:
    """Unpack a member piece by piece; its checksum is looked at, and so is what it really unpacks to."""
    size = 0
    with _damage_told(info, where):
        source = archive.open(info)
    with source:
        while True:
            with _damage_told(info, where):
                piece = source.read(_STEP)
            size += len(piece)
            if size > most:
                raise SourceChanged(f"{where}: member {info.filename!r} unpacks to more than it says.")
            if not piece:
                break
            yield piece
    if size != info.file_size:
        raise Unavailable(f"{where}: member {info.filename!r} has {size:,} bytes where {info.file_size:,} are stated.")


@contextmanager
def _damage_told(info: zipfile.ZipInfo, where: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        raise Unavailable(
            f"{where}: member {info.filename!r} is cut short or damaged ({error}). Nothing is lost; a later run asks "
            "again."
        ) from error
