"""Time and peak memory of whole processes, the competitors taking turns.

A competitor is a command. Its time is that of the wall from start to end; its memory is the largest resident set that
the kernel saw in it or in a process that it waited for (`ru_maxrss` of `wait4`).
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# A process begins with the resident set of the one that started it; so a small one starts all that is measured.
_LAUNCHER = """
import json, os, subprocess, sys, time
out = open(sys.argv[1], "wb")
began = time.perf_counter()
child = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
_, status, used = os.wait4(child.pid, 0)
print(json.dumps([time.perf_counter() - began, used.ru_maxrss, os.waitstatus_to_exitcode(status)]))
"""
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Cost:
    """What one run took.

    Attributes:
        seconds: From start to end.
        mebibytes: The largest resident set.
        output: What it printed.
    """

    seconds: float
    mebibytes: float
    output: str


@dataclass(frozen=True)
class Command:
    """One competitor.

    Attributes:
        argv: Program and arguments.
        env: Variables beside those of this process.
        cwd: Folder to run in.
        before: What is done before each run and not measured.
    """

    argv: Sequence[str | Path]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    before: Callable[[], object] | None = None

    def run(self, scratch: Path) -> Cost:
        """Run it once.

        Args:
            scratch: Folder for what it prints.

        Raises:
            RuntimeError: It ended with an error.
        """
        if self.before:
            self.before()
        printed = scratch / "printed.txt"
        launched = subprocess.run(  # noqa: S603 - commands of the benchmarks
            [sys.executable, "-ISc", _LAUNCHER, str(printed), *map(str, self.argv)],
            env={**os.environ, **self.env}, cwd=self.cwd, check=True, capture_output=True,
        )  # fmt: skip
        seconds, peak, code = json.loads(launched.stdout)
        output = printed.read_text(encoding="utf-8", errors="replace")
        if code:
            raise RuntimeError(f"{' '.join(map(str, self.argv))} ended with {code}:\n{output[-4000:]}")
        return Cost(seconds, peak * _RSS_UNIT / 2**20, output)


@dataclass(frozen=True)
class Costs:
    """What all runs of one competitor took."""

    runs: tuple[Cost, ...]

    @property
    def seconds(self) -> list[float]:
        """Of each run."""
        return [run.seconds for run in self.runs]

    @property
    def mebibytes(self) -> list[float]:
        """Of each run."""
        return [run.mebibytes for run in self.runs]


def compete(commands: Mapping[str, Command], scratch: Path, runs: int = 5, warm: bool = True) -> dict[str, Costs]:
    """Run competitors in turns: each round begins with another one, so that a slow minute hits all alike.

    Args:
        commands: By name.
        scratch: Folder for what they print.
        runs: Rounds.
        warm: Whether a round that does not count goes first, which fills the caches of the disk.
    """
    names = [*commands]
    taken: dict[str, list[Cost]] = {name: [] for name in names}
    if warm:
        for name in names:
            commands[name].run(scratch)
    for turn in range(runs):
        for place in range(len(names)):
            name = names[(turn + place) % len(names)]
            taken[name].append(commands[name].run(scratch))
    return {name: Costs(tuple(costs)) for name, costs in taken.items()}
