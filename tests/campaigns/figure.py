"""What a campaign comes to, and what the campaigns share."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tradefin.errors import TradefinError
from tradefin.releases.release import POINTER, Pointer
from tradefin.releases.verify import verify

Progress = Callable[[int, int], None]

DAY = 86_400


@dataclass(frozen=True)
class Figure:
    """How often a promise held.

    Attributes:
        name: Of the campaign.
        target: What must be reached at least.
        reached: What was reached.
        detail: What was counted and what was found, on one line.
        failures: What went wrong, one line each.
    """

    name: str
    target: float
    reached: float
    detail: str
    failures: tuple[str, ...] = field(default=())

    @property
    def met(self) -> bool:
        return self.reached >= self.target and not self.failures


def pointed(home: Path) -> bytes | None:
    """The pointer as it lies there."""
    try:
        return (home / POINTER).read_bytes()
    except FileNotFoundError:
        return None


def torn(home: Path, former: bytes | None) -> str:
    """What is wrong with what readers see, in words; empty if they see one whole release, or none before the first.

    Args:
        home: The outputs folder.
        former: What the pointer was before; None before the first release.
    """
    try:
        if Pointer.read(home) is None:
            return "" if former is None else "current.json is gone"
        verify(home)
    except TradefinError as error:
        return str(error)
    return ""


def left_over(home: Path) -> list[Path]:
    """Staging folders and half-written files."""
    staging = home / "staging"
    return [*(staging.iterdir() if staging.is_dir() else ()), *home.rglob(".writing-*")]


def age(paths: list[Path]) -> None:
    """Let two days pass over them: what is young may be a living process's."""
    for path in paths:
        os.utime(path, (time.time() - 2 * DAY,) * 2)


class Bar:
    """Progress on stderr, at most once a second: on a terminal in one line."""

    def __init__(self, name: str) -> None:
        self.name, self.began, self.said = name, time.monotonic(), 0.0

    def __call__(self, done: int, total: int) -> None:
        now, last, terminal = time.monotonic(), done >= total, sys.stderr.isatty()
        if not last and now - self.said < (1 if terminal else 30):
            return
        self.said = now
        line = f"{self.name}: {done:,} of {total:,}, {now - self.began:.0f} s"
        print(
            f"\r{line}\033[K" if terminal else line,
            end="\n" if last or not terminal else "",
            file=sys.stderr,
            flush=True,
        )


def quiet(done: int, total: int) -> None:
    """No progress."""
