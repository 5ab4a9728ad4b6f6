"""Run by a reader on a release, the page of vintages prints what it says, and the notebook runs to its end."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tradefin.releases.release import Release

pytestmark = pytest.mark.xdist_group("real release")

_BLOCK = re.compile(r"```(python|text)\n(.*?)```", re.DOTALL)
NOTEBOOK = ROOT / "docs/notebooks/first_look.py"


def _run(*line: str, home: Path) -> str:
    env = {**os.environ, "TRADEFIN_HOME": str(home)}
    done = subprocess.run([sys.executable, *line], env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_says_what_its_code_prints(real: Release) -> None:
    blocks = _BLOCK.findall((ROOT / "docs/vintages.md").read_text(encoding="utf-8"))
    code = "".join(text for kind, text in blocks if kind == "python")
    said = "".join(text for kind, text in blocks if kind == "text")
    assert len(blocks) == 10
    printed = _run("-c", code, home=real.folder.parent.parent)
    assert [line.rstrip() for line in printed.splitlines()] == said.splitlines()


def test_the_page_tells_the_three_answers() -> None:
    page = (ROOT / "docs/vintages.md").read_text(encoding="utf-8")
    for line in ("2001-10-08   nothing", "2001-12-06   1,210", "2002-03-17   1,210", "2002-04-30   1,200"):
        assert line in page


def test_the_notebook_runs(real: Release) -> None:
    """As a script, with every cell in the order of what it needs; its cells fail where an answer is not as they say."""
    printed = _run(str(NOTEBOOK), home=real.folder.parent.parent)
    assert printed.splitlines()[-1].startswith("On 6 December 2001")


def test_the_notebook_is_in_order() -> None:
    line = [sys.executable, "-m", "marimo", "check", "--strict", str(NOTEBOOK)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
