"""Coverage: lines and branches of tradefin that the tests go through, those of processes they start included.

What is measured and what is left out stands in pyproject.toml under [tool.coverage]. A short campaign measures one
module.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.campaigns.figure import Figure, Progress

ROOT = Path(__file__).resolve().parents[2]
TARGET = 95.0  # percent
SHORT = ("tests/sources/test_text.py", "*/tradefin/sources/text.py")


def run(size: int, seed: int, progress: Progress) -> Figure:
    """Run all tests under measurement; with a size of 0 those of one module."""
    del seed
    tests, include = ("tests", "*/tradefin/*") if size else SHORT
    with tempfile.TemporaryDirectory(prefix="tradefin-coverage-") as folder:
        others = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}  # were this measured itself
        env = {**others, "COVERAGE_FILE": str(Path(folder) / "data")}

        def coverage(*words: str) -> int:
            command = [sys.executable, "-m", "coverage", *words]
            done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
            said.append(done.stdout[-2000:])
            return done.returncode

        said: list[str] = []
        failed = coverage("run", "-m", "pytest", tests, "-n", "2" if size else "0", "--dist", "loadgroup")
        progress(1, 2)
        coverage("combine")
        report = Path(folder) / "report.json"
        coverage("json", "-o", str(report), f"--include={include}")
        told = json.loads(report.read_text(encoding="utf-8"))
        progress(2, 2)
    totals = told["totals"]
    branches = 100 * totals["covered_branches"] / totals["num_branches"]
    least = sorted((one["summary"]["percent_covered"], name) for name, one in told["files"].items())[:3]
    named = ", ".join(f"{Path(name).name} {percent:.0f}" for percent, name in least)
    detail = (
        f"percent of {totals['num_branches']:,} branches that the tests take, and {totals['percent_covered']:.1f} of "
        f"branches and {totals['num_statements']:,} statements together; least: {named}"
    )
    return Figure("coverage", TARGET, round(branches, 1), detail, (said[0],) if failed else ())
