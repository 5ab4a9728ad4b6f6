"""Mutants: a small change somewhere in `tables/`, `audit/` or `releases/`; do the tests notice?

A sample of all changes, the same for the same seed. Each is tried in processes of its own with the tests of its
package, those first that name its module; a run that does not end counts as noticed. A short campaign tries a known
change, which must be noticed by the tests that it concerns and missed by others.
"""

import ast
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.campaigns.figure import Figure, Progress
from tests.campaigns.mutated import PACKAGE, VARIABLE, changed, changes

ROOT = Path(__file__).resolve().parents[2]
TARGET = 80.0  # percent
WORKERS = 2
SECONDS = 400
TESTS = {
    "tables": (
        "test_contract", "test_builder", "test_audit_suite", "test_release_catalogue", "test_disk", "test_reader",
        "test_objects",
    ),
    "audit": ("test_audit_suite", "test_audit", "test_release_catalogue"),
    "releases": (
        "test_release_catalogue", "test_diff", "test_export", "test_reader", "test_remote", "test_release_publish",
        "test_reproduce", "test_versions", "test_objects",
    ),
}  # fmt: skip


_AT_START = "from tests.campaigns.mutated import install\n\ninstall()\n"


def everything() -> list[tuple[str, int]]:
    """Every change as module and number."""
    found = []
    for package in TESTS:
        for path in sorted((PACKAGE / package).glob("*.py")):
            count = len(changes(ast.parse(path.read_text(encoding="utf-8"))))
            found += [(path.relative_to(PACKAGE).as_posix(), number) for number in range(count)]
    return found


def tests_of(place: str) -> Iterator[str]:
    """Files of tests for a module, those first that name it."""
    package, module = place.split("/")
    files = [next((ROOT / "tests").rglob(f"{name}.py")) for name in TESTS[package]]
    named = f"{package}.{module.removesuffix('.py')}"
    for path in sorted(files, key=lambda p: named not in p.read_text(encoding="utf-8")):
        yield path.relative_to(ROOT).as_posix()


def noticed(place: str, number: int, folder: Path, tests: Iterator[str]) -> bool:
    """Whether a test fails under the change."""
    own = folder / f"{place.replace('/', '-')}-{number}"
    own.mkdir(parents=True)
    (own / "sitecustomize.py").write_text(_AT_START, encoding="utf-8")
    env = {**os.environ, VARIABLE: f"{place}:{number}", "PYTHONPATH": f"{own}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "pytest", "-x", "-n", "0", f"--basetemp={own / 'temp'}", "-p", "no:randomly"]
    for one in tests:
        with subprocess.Popen(
            [*command, one], cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as run:
            try:
                if run.wait(SECONDS):
                    return True
            except subprocess.TimeoutExpired:
                run.kill()
                return True
    return False


def run(size: int, seed: int, progress: Progress) -> Figure:
    """Try a sample of `size` changes; with a size of 0 the known one."""
    if not size:
        return known(progress)
    there = everything()
    chosen = random.Random(seed).sample(there, size)  # noqa: S311 - not a secret
    with tempfile.TemporaryDirectory(prefix="tradefin-mutants-") as folder, ThreadPoolExecutor(WORKERS) as pool:
        tries = [pool.submit(noticed, *one, Path(folder), tests_of(one[0])) for one in chosen]
        for number, done in enumerate(tries):
            done.result()
            progress(number + 1, size)
    survivors = [changed(PACKAGE / place, n)[1] for (place, n), t in zip(chosen, tries, strict=True) if not t.result()]
    return figure(size, len(there), survivors)


def figure(size: int, there: int, survivors: list[str]) -> Figure:
    """The score with its exact 95 % interval."""
    from scipy.stats import binomtest

    killed = size - len(survivors)
    interval = binomtest(killed, size).proportion_ci(confidence_level=0.95, method="exact")
    detail = (
        f"percent of {size} changes of a line, by chance among {there:,} in tables/, audit/ and releases/, that a test "
        f"noticed (95 % interval {100 * interval.low:.0f} to {100 * interval.high:.0f})"
    )
    shown = "; ".join(survivors[:3]) + (" and others" if len(survivors) > 3 else "")
    return Figure(
        "mutants", TARGET, round(100 * killed / size, 1), detail + (f"; not noticed: {shown}" if shown else "")
    )


def known(progress: Progress) -> Figure:
    """A change in contracts, which concerns their tests and not those of texts."""
    place = "tables/contract.py"
    found = changes(ast.parse((PACKAGE / place).read_text(encoding="utf-8")))
    number = next(n for n in range(len(found)) if changed(PACKAGE / place, n)[1].endswith("returns None"))
    with tempfile.TemporaryDirectory(prefix="tradefin-mutants-") as folder:
        missed = not noticed(place, number, Path(folder) / "one", iter(["tests/sources/test_text.py"]))
        progress(1, 2)
        seen = noticed(place, number, Path(folder) / "two", iter(["tests/unit/test_contract.py"]))
        progress(2, 2)
    return Figure("mutants", 2, missed + seen, "known changes, noticed by the tests they concern and missed by others")
