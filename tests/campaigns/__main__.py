"""`python -m tests.campaigns [NAME...] [--short] [--seed N] [--write FILE]`: run campaigns, print the table.

Ends with 1 if one of them stays below its target.
"""

import argparse
import importlib
import re
import sys
import time
from pathlib import Path

from tests.campaigns.figure import Bar, Figure

# Full and short size of each: kills, faults, seconds, pairs, flips, inputs for each reader, attacks, spoilt tables;
# then the tests themselves: whether all are measured, changes of a line, whether somebody is asked.
CAMPAIGNS = {
    "kill": (1000, 4),
    "disk": (400, 6),
    "readers": (60, 3),
    "publishers": (40, 3),
    "corruption": (1000, 25),
    "fuzz": (250, 4),
    "security": (1000, 60),
    "expectations": (5000, 12),
    "coverage": (1, 0),
    "mutants": (60, 0),
    "packages": (1, 0),
}
SEED = 20011206

HEAD = ("Campaign", "Target", "Reached", "What was counted")
PAGE = """\
# Proof under fire

What `make prove` found: the promises of the design tried as often as stated, against a target. It writes this page.
A figure below its target fails it. The seed is fixed, the moments are those of the machine that it ran on.

{table}
Run one alone with `make prove ONLY=NAME`, which renews its row; `python -m tests.campaigns NAME --short` does a small
form, as `make test` does.
"""


def campaign(name: str, short: bool = False, seed: int = SEED) -> Figure:
    """Run one campaign at full or short size."""
    module = importlib.import_module(f"tests.campaigns.{name}")
    figure: Figure = module.run(CAMPAIGNS[name][short], seed, Bar(name))
    return figure


def number(value: float) -> str:
    """A figure of the table."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def table(figures: list[Figure], page: str = "") -> str:
    """The table as Markdown, campaigns in their order.

    Args:
        figures: What was found.
        page: An earlier page; its rows of other campaigns stay.
    """
    found = re.findall(r"^\| (\w+) \| (.+) \| (.+) \| (.+) \|$", page, re.MULTILINE)
    rows = {row[0]: row for row in found if row != HEAD}
    rows |= {f.name: (f.name, number(f.target), number(f.reached), f.detail) for f in figures}
    order = sorted(rows, key=lambda name: [*CAMPAIGNS, name].index(name))
    lines = (HEAD, ("---", "---:", "---:", "---"), *(rows[name] for name in order))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(CAMPAIGNS)}; all by default")
    parser.add_argument("--short", action="store_true", help="a small form of each, in seconds")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--write", type=Path, help="renew their rows on this page, if they run in full")
    given = parser.parse_args()
    if unknown := set(given.names) - set(CAMPAIGNS):
        parser.error(f"no campaign {', '.join(sorted(unknown))}; there are {', '.join(CAMPAIGNS)}")
    figures = []
    for name in given.names or CAMPAIGNS:
        began = time.monotonic()
        figures.append(campaign(name, given.short, given.seed))
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
        if given.write and not given.short:  # after each: they take minutes
            page = given.write.read_text(encoding="utf-8") if given.write.exists() else ""
            given.write.write_text(PAGE.format(table=table(figures, page)), encoding="utf-8")
    print(table(figures), end="")
    for figure in figures:
        for failure in figure.failures[:20]:
            print(f"{figure.name}: {failure}", file=sys.stderr)
    return 0 if all(f.met for f in figures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
