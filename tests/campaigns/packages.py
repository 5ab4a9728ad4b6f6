"""Packages: known vulnerabilities of what the locks pin, asked of PyPI by pip-audit.

Where the service is not reached nothing is asked, and the figure says so. `make prove ONLY=packages` asks.
"""

import json
import subprocess
import sys
from pathlib import Path

from tests.campaigns.figure import Figure, Progress

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("uv", "pipeline", "scale", "dev")
Told = dict[str, list[dict[str, object]]]

# Vulnerabilities that we live with: id -> why it does no harm here.
EXCEPTIONS: dict[str, str] = {}
_EXAMPLE: Told = {
    "dependencies": [
        {"name": "good", "version": "1", "vulns": []},
        {"name": "bad", "version": "2", "vulns": [{"id": "PYSEC-0", "fix_versions": ["3"]}]},
        {"name": "unknown", "skip_reason": "not found"},
    ]
}


def asked(lock: str) -> tuple[Told, str]:
    """What pip-audit tells of a lock, and what it said where it could not."""
    command = [sys.executable, "-m", "pip_audit", "-r", f"requirements/{lock}.lock", "--disable-pip", "--timeout", "20"]
    command += ["--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        told: Told = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return {"dependencies": []}, last[:160]
    return told, ""


def judged(told: Told) -> tuple[set[str], set[str], list[str]]:
    """Packages without a known vulnerability, packages that nobody answered for, vulnerabilities in words."""
    clean, unknown, found = set(), set(), []
    for one in told["dependencies"]:
        name = f"{one['name']} {one.get('version', '')}".strip()
        vulnerabilities: list[dict[str, object]] = one.get("vulns", [])  # type: ignore[assignment]
        open_ones = [v for v in vulnerabilities if v["id"] not in EXCEPTIONS]
        found += [f"{name}: {v['id']}, mended in {v.get('fix_versions')}" for v in open_ones]
        if "skip_reason" in one:
            unknown.add(name)
        elif not open_ones:
            clean.add(name)
    return clean, unknown, found


def run(size: int, seed: int, progress: Progress) -> Figure:
    """Ask for each lock; with a size of 0 only see that a vulnerability would be told."""
    del seed
    if not size:
        clean, unknown, found = judged(_EXAMPLE)
        right = (clean, unknown, len(found)) == ({"good 1"}, {"unknown"}, 1)
        return Figure("packages", 1, int(right), "an answer with one vulnerability, read rightly")
    clean, unknown, found, silent = set(), set(), [], []
    for number, lock in enumerate(LOCKS):
        told, failure = asked(lock)
        good, none, bad = judged(told)
        clean, unknown, found = clean | good, unknown | none, [*found, *bad]
        silent += [f"{lock}: {failure}"] if failure else []
        progress(number + 1, len(LOCKS))
    missing = f"{len(unknown)} packages could not be asked about" if unknown else "all could be asked about"
    if not clean and not found:
        missing = "NOT ASKED: no service that knows vulnerabilities is reached from here"
    detail = f"locked packages without a known vulnerability; {missing}; {len(EXCEPTIONS)} exceptions"
    told_all = tuple(dict.fromkeys(found))
    return Figure("packages", len(clean) + len(told_all), len(clean), detail, told_all)
