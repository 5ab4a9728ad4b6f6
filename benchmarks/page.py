"""benchmarks/RESULTS.md: facts of the machine, and a section for each benchmark.

A benchmark that runs alone renews its own section and leaves the others as they were.
"""

import os
import platform
import re
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks.row import Row

HEAD = """\
# Speed and memory, measured

Made by `make bench`: nothing here is typed by hand. Each competitor is a process of its own, measured whole: time from
start to end, and the largest resident set that the kernel saw. Competitors take turns, after a round that does not
count; the figures are medians, with the range in brackets. A ratio is ours by theirs, of medians taken in the same run:
it says more than the seconds, which are those of the machine.

"""
_COLUMNS = ("What", "Ours", "Against", "Theirs", "Ratio", "Target", "")
_BUSY = 0.1
_RULE = ("---", "---:", "---", "---:", "---:", "---", "---")
_PACKAGES = ("duckdb", "pyarrow", "dagster", "great-expectations", "pandas")


def machine() -> str:
    """What the figures depend on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, {platform.system()} {platform.release()}; "
        f"Python {sys.version.split()[0]}, {packages}"
    )


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except FileNotFoundError:
        return platform.machine()
    named = re.search(r"^model name\s*: (.+)$", told, re.MULTILINE)
    return named[1].strip() if named else platform.machine()


def others_at_work(seconds: float = 3) -> float:
    """Share of the machine's cores that is in use while we wait; 0 where the system does not tell."""
    before = _jiffies()
    time.sleep(seconds)
    idle, spent = (after - then for after, then in zip(_jiffies(), before, strict=True))
    return 1 - idle / spent if spent else 0.0


def _jiffies() -> tuple[int, int]:
    """Idle and all, since the machine started."""
    try:
        first = Path("/proc/stat").read_text(encoding="utf-8").partition("\n")[0]
    except FileNotFoundError:
        return 0, 0
    times = [int(part) for part in first.split()[1:9]]
    return times[3] + times[4], sum(times)


def section(name: str, about: str, rows: Sequence[Row], busy: float, took: float) -> str:
    """What one benchmark found, as Markdown.

    Args:
        name: Of the benchmark.
        about: Its module's docstring: the first line is the title.
        rows: What it found.
        busy: Share of the machine that others had in use before it began.
        took: Seconds that it took.
    """
    title, _, told = about.strip().partition("\n")
    alone = " **Others were at work on the machine: read the ratios, not the seconds.**" if busy > _BUSY else ""
    day = datetime.now(UTC).date().isoformat()
    lines = [
        f"## {title.rstrip('.')}\n",
        f"{told.strip()}\n" if told.strip() else "",
        "".join(f"| {' | '.join(cells)} |\n" for cells in (_COLUMNS, _RULE, *map(_cells, rows))),
        "".join(f"- {row.what}: {row.note}\n" for row in rows if row.note),
        f"`python -m benchmarks {name}`, {day}, {took:,.0f} s. {machine()}; {busy:.0%} in use before.{alone}\n",
    ]
    text = "\n".join(filter(None, lines))
    return f"<!-- {name} -->\n{text}<!-- end of {name} -->\n"


def renewed(page: str, sections: dict[str, str], order: Sequence[str]) -> str:
    """A page with some sections renewed."""
    kept = {
        name: found[0]
        for name in order
        if (found := re.search(rf"<!-- {name} -->\n.*?<!-- end of {name} -->\n", page, re.DOTALL))
    }
    both = {**kept, **sections}
    return HEAD + "\n".join(both[name] for name in order if name in both)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.what,
        measured(row.ours, row.unit),
        row.against,
        measured(row.theirs, row.unit) if row.theirs else "",
        "" if row.ratio is None else f"{number(row.ratio)} ×",
        _target(row),
        _verdict(row),
    )


def _target(row: Row) -> str:
    if row.at_most is None:
        return ""
    return f"≤ {row.at_most:g} ×" if row.theirs else f"≤ {row.at_most:g} {row.unit}"


def _verdict(row: Row) -> str:
    if row.off is None:
        return ""
    return "met" if row.met else f"**missed by {(row.off - 1) * 100:,.0f} %**"


def measured(values: Sequence[float], unit: str) -> str:
    """A median with its range: `0.31 s (0.30-0.33)`."""
    spread = f" ({number(min(values))}-{number(max(values))})" if len(values) > 1 else ""
    return f"{number(median(values))} {unit}{spread}"


def number(value: float) -> str:
    """Three digits that count."""
    places = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:,.{places}f}"
