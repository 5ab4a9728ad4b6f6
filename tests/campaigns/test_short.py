"""Each campaign in a form of seconds; `make prove` runs them in full."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.campaigns import __main__ as command
from tests.campaigns import fuzz
from tests.campaigns.figure import Figure
from tests.campaigns.targets import Target

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", command.CAMPAIGNS)
def test_a_short_campaign_meets_its_target(name: str) -> None:
    figure = command.campaign(name, short=True)
    assert figure.met, figure
    assert figure.reached > 0


def test_the_table_and_what_counts_as_met() -> None:
    held, missed = Figure("a", 10, 10, "held"), Figure("b", 99.5, 99.25, "short of it")
    assert (held.met, missed.met) == (True, False)
    assert not Figure("c", 1, 1, "reached, and yet", ("something went wrong",)).met
    assert command.table([held, missed]).splitlines()[2:] == [
        "| a | 10 | 10 | held |",
        "| b | 99.50 | 99.25 | short of it |",
    ]
    page = command.PAGE.format(table=command.table([Figure("kill", 9, 8, "old"), held]))
    assert command.table([Figure("disk", 1, 1, "new"), Figure("a", 2, 2, "new")], page).splitlines()[2:] == [
        "| kill | 9 | 8 | old |",
        "| disk | 1 | 1 | new |",
        "| a | 2 | 2 | new |",
    ]


def test_a_planted_bug_is_found() -> None:
    def read(data: bytes) -> object:
        return {b"a": 1}[data[:1]] if data else None

    said = fuzz.by_chance("planted", Target(read, (b"a,b\n1,2\n",)), 200, 1)
    assert said.startswith("planted: KeyError at test_short.py")
    assert fuzz.by_chance("sound", Target(len, (b"a,b\n1,2\n",)), 50, 1) == ""


def test_an_unknown_campaign_is_wrong_usage() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.campaigns", "nothing"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "no campaign nothing" in done.stderr
