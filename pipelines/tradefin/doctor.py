"""Is everything in order on this machine? One list of findings, the worst of which decides.

What belongs here: what is looked at, and how bad it is. What does not: how it is shown (`commands.doctor`). Nothing is
changed, and nobody is asked unless that was asked for.
"""

import os
import platform
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tradefin._version import __version__
from tradefin.addresses import cache_folder
from tradefin.errors import NotFound, TradefinError
from tradefin.project import Project
from tradefin.releases.release import Pointer, Release

if TYPE_CHECKING:
    from tradefin.sources.description import Publisher
    from tradefin.sources.http import Client

Level = Literal["ok", "note", "problem"]

_READERS = ("duckdb", "pyarrow")
_PIPELINE = ("dagster", "great-expectations")
_LITTLE, _FEW = 1 << 30, 5 << 30  # bytes free: too little to build a release, and enough for not so many
_MESSAGE = 140


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: What it is.
        found: How it was found.
        level: `problem`: something does not work. `note`: it works, and somebody should know. `ok`: the rest.
        advice: What to do about it; empty if nothing.
    """

    what: str
    found: str
    level: Level = "ok"
    advice: str = ""


def examine(
    home: Path, *, client_for: "Callable[[Publisher], Client] | None" = None, now: datetime | None = None
) -> tuple[Finding, ...]:
    """Look at everything.

    Args:
        home: The outputs folder.
        client_for: Makes the clients by which publishers are asked whether they answer; None asks nobody.
        now: What time it is, with its zone.
    """
    now = now or datetime.now(UTC)
    release, about_release = _release(home)
    return (
        *_versions(),
        *_places(home),
        *about_release,
        *_clock(home, release, now),
        *_sources(home, now),
        *_reached(client_for),
    )


def _versions() -> Iterable[Finding]:
    yield Finding("tradefin", __version__)
    yield Finding("Python", platform.python_version())
    for names, extra in ((_READERS, "tradefin"), (_PIPELINE, "tradefin[pipeline]")):
        for name in names:
            try:
                yield Finding(name, metadata.version(name))
            except metadata.PackageNotFoundError:
                level: Level = "problem" if names is _READERS else "note"
                yield Finding(name, "not installed", level, f"pip install '{extra}'")


def _places(home: Path) -> Iterable[Finding]:
    try:
        yield Finding("project", str(Project.find().root))
    except TradefinError as error:
        yield Finding("project", "none", "problem", f"{error} TRADEFIN_PROJECT names it.")
    for what, folder, names in (
        ("outputs", home, "TRADEFIN_HOME"),
        ("cache of remote releases", cache_folder(), "TRADEFIN_CACHE"),
    ):
        there = f"{folder}{'' if folder.is_dir() else ' (not made yet)'}"
        if _writable(folder):
            yield Finding(what, there)
        else:
            yield Finding(what, f"{there}, read-only", "note", f"Fine for reading; else {names} names another folder.")
    free = shutil.disk_usage(_nearest(home)).free
    level: Level = "problem" if free < _LITTLE else "note" if free < _FEW else "ok"
    advice = "" if level == "ok" else "Make room: releases and snapshots only ever grow; old releases may be deleted."
    yield Finding("free space for outputs", f"{free / 1e9:,.1f} GB", level, advice)


def _nearest(folder: Path) -> Path:
    """The folder, or what is there of the way to it."""
    return next(p for p in (folder, *folder.absolute().parents) if p.is_dir())


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=_nearest(folder)):
            return True
    except OSError:
        return False


def _release(home: Path) -> tuple[Release | None, list[Finding]]:
    """The current release; its manifest is verified, of its files only the size."""
    try:
        release = Release.open(home)
    except NotFound:
        return None, [Finding("release", "none yet", "note", "`tradefin run` builds one from the bundled figures.")]
    except TradefinError as error:
        return None, [Finding("release", "damaged", "problem", str(error))]
    folder, files = release.whole(), release.manifest.all_files()
    wrong = [name for name, file in files.items() if _size(folder / name) != file.bytes]
    found = Finding("release", f"{release.id}, {len(release.manifest.tables)} tables, {release.rows:,} rows")
    if not wrong:
        return release, [found, Finding("its files", "manifest verified, sizes right; `tradefin verify` reads them")]
    said = f"{len(wrong)} missing or of another size, e.g. {min(wrong)}"
    return release, [found, Finding("its files", said, "problem", "`tradefin verify` names all; `tradefin run` mends.")]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _clock(home: Path, release: Release | None, now: datetime) -> Iterable[Finding]:
    """A clock that is behind what is here already makes certificates invalid and days wrong."""
    shown = f"{now.astimezone():%Y-%m-%d %H:%M %Z}"
    days = [release.manifest.newest_known_on] if release else []
    try:
        pointer = Pointer.read(home)
    except TradefinError:
        pointer = None
    days += [pointer.published_at] if pointer and pointer.published_at else []
    newest = max((day for text in days if (day := _moment(text))), default=None)
    if newest and now + timedelta(days=1) < newest:
        yield Finding("clock", shown, "problem", f"It is behind {newest:%Y-%m-%d}, of which there are figures: set it.")
    else:
        yield Finding("clock", shown)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _sources(home: Path, now: datetime) -> Iterable[Finding]:
    """How the live sources stand, from the log of what was asked; asks nobody."""
    from tradefin.sources.live import statuses
    from tradefin.tables.store import Store

    try:
        found = statuses(Project.find(), Store(home), now)
    except TradefinError as error:
        yield Finding("live sources", "cannot be told", "problem", str(error))
        return
    counts = Counter(one.state for one in found)
    said = ", ".join(f"{n} {state}" for state, n in sorted(counts.items())) or "none"
    asleep = counts["never"] == len(found)
    yield Finding("live sources", said, advice="`tradefin run --live` asks them." if asleep and found else "")
    for one in found:
        if one.state in ("stale", "failed"):
            message = _short(one.message)
            yield Finding(f"{one.publisher}.{one.flow}", f"{one.state}: {message}", "note", "`tradefin status`")


def _reached(client_for: "Callable[[Publisher], Client] | None") -> Iterable[Finding]:
    if client_for is None:
        contact = "" if os.environ.get("TRADEFIN_CONTACT") else ", with TRADEFIN_CONTACT set to your address"
        yield Finding("publishers' servers", "not asked", advice=f"`tradefin doctor --sources` asks{contact}.")
        return
    from tradefin.sources.reach import reach

    try:
        found = reach(Project.find(), client_for)
    except TradefinError as error:
        yield Finding("publishers' servers", "cannot be asked", "problem", str(error))
        return
    for one in found:
        said = f"{one.host} answers {one.status}" if one.status else _short(one.message)
        yield Finding(f"server of {one.publisher}", said, "ok" if one.ok else "problem")


def _short(message: str) -> str:
    line = message.partition("\n")[0]
    return line if len(line) <= _MESSAGE else f"{line[: _MESSAGE - 1]}…"
