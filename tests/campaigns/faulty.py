"""A disk that refuses: every call by which Python writes below a folder is seen, and may fail.

What DuckDB writes by itself does not come by here; a limit on the size of files (`shorter`) stops that, too.
"""

import builtins
import errno
import io
import os
import resource
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tradefin

Step = Literal["open", "write", "fsync", "mkdir", "rename", "replace", "chmod"]

# What each step is told: a full disk, a read-only folder, a broken device, as far as a kernel would say so.
REFUSALS: dict[Step, tuple[int, ...]] = {
    "open": (errno.ENOSPC, errno.EROFS, errno.EACCES),
    "write": (errno.ENOSPC, errno.EIO),
    "fsync": (errno.EIO, errno.ENOSPC),
    "mkdir": (errno.ENOSPC, errno.EROFS),
    "rename": (errno.EIO, errno.ENOSPC, errno.EACCES),
    "replace": (errno.EIO, errno.EROFS),
    "chmod": (errno.EROFS,),
}

_PACKAGE = str(Path(tradefin.__file__).parent)


@dataclass(frozen=True)
class Site:
    """A step, and the lines of tradefin that lead to it: who writes, and on whose behalf."""

    step: Step
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.step} in {' < '.join(self.lines)}"


class Disk:
    """Sees every step below a folder; fails at one site if asked to.

    Args:
        home: The folder.
        fail: The site to fail at, its first time; None only looks.
        refusal: The errno that it is told.
        lasting: Whether everything fails from then on, as on a disk that stays full.
    """

    def __init__(self, home: Path, fail: Site | None = None, refusal: int = 0, lasting: bool = False) -> None:
        self.home, self.fail, self.refusal, self.lasting = str(home), fail, refusal, lasting
        self.sites: dict[Site, int] = {}
        self.failed = False

    def step(self, step: Step, place: str | int | os.PathLike[str]) -> None:
        """Called before each step; raises if it is to fail."""
        path = _name_of(place) if isinstance(place, int) else os.fspath(place)
        if not path.startswith(self.home) or (step == "mkdir" and Path(path).is_dir()):
            return  # nobody minds that a folder that is there cannot be made
        site = Site(step, _lines())
        self.sites[site] = self.sites.get(site, 0) + 1
        if (site == self.fail and not self.failed) or (self.failed and self.lasting):
            self.failed = True
            name = None if step in ("fsync", "write") else path  # as a kernel's call on a descriptor names no path
            raise OSError(self.refusal, os.strerror(self.refusal), name)

    @contextmanager
    def watched(self) -> Iterator["Disk"]:
        """While this lasts, steps below the folder are seen."""
        patches: list[tuple[Any, str, Any]] = [
            (io, "open", _opening(io.open, self)),
            (builtins, "open", _opening(builtins.open, self)),
            (os, "open", _creating(os.open, self)),
            (os, "fsync", _before(os.fsync, self, "fsync")),
            (os, "mkdir", _before(os.mkdir, self, "mkdir")),
            (os, "rename", _before(os.rename, self, "rename")),
            (os, "replace", _before(os.replace, self, "replace")),
            (os, "chmod", _before(os.chmod, self, "chmod")),
        ]
        former = [(owner, name, getattr(owner, name)) for owner, name, _ in patches]
        try:
            for owner, name, ours in patches:
                setattr(owner, name, ours)
            yield self
        finally:
            for owner, name, theirs in former:
                setattr(owner, name, theirs)


@contextmanager
def shorter(size: int) -> Iterator[None]:
    """No file may grow beyond a size: the kernel refuses, whoever writes (EFBIG)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class _File:
    """A file open for writing whose writes are steps."""

    def __init__(self, file: Any, disk: Disk) -> None:  # noqa: ANN401 - any file
        self._file, self._disk = file, disk

    def write(self, data: Any) -> int:  # noqa: ANN401 - text or bytes
        self._disk.step("write", self._file.fileno())
        return int(self._file.write(data))

    def __enter__(self) -> "_File":
        self._file.__enter__()
        return self

    def __exit__(self, *ended: Any) -> None:  # noqa: ANN401
        self._file.__exit__(*ended)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._file, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._file)


def _opening(real: Callable[..., Any], disk: Disk) -> Callable[..., Any]:
    def ours(file: Any, mode: str = "r", *more: Any, **named: Any) -> Any:  # noqa: ANN401
        if not set(mode) & set("wax+"):
            return real(file, mode, *more, **named)
        if not isinstance(file, int):
            disk.step("open", file)
        opened = real(file, mode, *more, **named)
        return _File(opened, disk) if _name_of(opened.fileno()).startswith(disk.home) else opened

    return ours


def _creating(real: Callable[..., int], disk: Disk) -> Callable[..., int]:
    def ours(path: Any, flags: int, *more: Any, **named: Any) -> int:  # noqa: ANN401
        if flags & os.O_CREAT:
            disk.step("open", path)
        return real(path, flags, *more, **named)

    return ours


def _before(real: Callable[..., Any], disk: Disk, step: Step) -> Callable[..., Any]:
    def ours(place: Any, *more: Any, **named: Any) -> Any:  # noqa: ANN401
        disk.step(step, place)
        return real(place, *more, **named)

    return ours


def _name_of(descriptor: int) -> str:
    try:
        return str(Path(f"/proc/self/fd/{descriptor}").readlink())
    except OSError:
        return ""


def _lines() -> tuple[str, ...]:
    """The innermost lines of tradefin on the way here, up to two modules of it."""
    found: list[str] = []
    modules: set[str] = set()
    for frame, line in traceback.walk_stack(None):
        file = frame.f_code.co_filename
        if file.startswith(_PACKAGE):
            modules.add(file)
            if len(modules) > 2:
                break
            found.append(f"{file.removeprefix(_PACKAGE)[1:]}:{frame.f_code.co_name}:{line}")
    return tuple(found[:4])
