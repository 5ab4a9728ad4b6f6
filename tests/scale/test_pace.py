"""Ten workers together ask a host no more often than its publisher's description allows."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.scale import servers
from tests.scale.fleet import ROOT
from tradefin.errors import Unavailable
from tradefin.sources.pace import PaceOfAll

WORKERS, PER_MINUTE = 10, 4

# Prints 0 when it may ask at once, else how long it has to wait.
_ASKS = """
import sys
from tradefin.sources.pace import PaceOfAll

def told(seconds):
    print(seconds)
    sys.exit()

PaceOfAll(sys.argv[1], sleep=told).wait("data.bank.example", int(sys.argv[2]))
print(0)
"""


def test_ten_workers_share_one_pace(place: Path) -> None:
    with servers.redis(place) as address:
        argv = [sys.executable, "-c", _ASKS, address, str(PER_MINUTE)]
        asking = [subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(WORKERS)]
        waits = sorted(float(one.communicate(timeout=60)[0]) for one in asking)
    assert waits.count(0) == PER_MINUTE
    assert all(30 < seconds <= 60 for seconds in waits[PER_MINUTE:]), waits


def test_who_cannot_tell_what_others_ask_asks_nothing(place: Path) -> None:
    with servers.redis(place) as address:
        pace = PaceOfAll(address)
        pace.wait("data.bank.example", 1)
    with pytest.raises(Unavailable, match="Nothing is lost"):
        pace.wait("data.bank.example", 1)
