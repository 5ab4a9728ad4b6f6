"""`python -m benchmarks [NAME...] [--runs N] [--write FILE]`: run benchmarks, print or write what they found.

Ends with 0 whether targets are met or not: a page that says so is what this is for.
"""

import argparse
import importlib
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.page import others_at_work, renewed, section
from benchmarks.workshop import Workshop

# In the order of the page.
BENCHMARKS = ("start", "build", "growth", "parsing", "validation", "scale", "objects")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--runs", type=int, default=5, help="rounds of what takes seconds; 5 by default")
    parser.add_argument("--write", type=Path, help="renew the sections of these benchmarks on this page")
    given = parser.parse_args()
    if unknown := set(given.names) - set(BENCHMARKS):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    sections = {}
    for name in given.names or BENCHMARKS:
        busy, began = others_at_work(), time.monotonic()
        module = importlib.import_module(f"benchmarks.{name}")
        with tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as scratch:
            rows = module.run(Workshop(Path(scratch), given.runs))
        took = time.monotonic() - began
        sections[name] = section(name, module.__doc__ or name, rows, busy, took)
        print(f"{name}: {took:.0f} s", file=sys.stderr)
        print(sections[name])
        if given.write:  # after each: they take minutes
            page = given.write.read_text(encoding="utf-8") if given.write.exists() else ""
            given.write.write_text(renewed(page, {name: sections[name]}, BENCHMARKS), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
