"""Kill: `kill -9` at a random moment of publishing, refreshing and running, then look, then run again.

After each kill readers must see one whole release (or none before the first), no snapshot may be partial, and the next
run must succeed and sweep what was left. Two processes share the kills.
"""

import itertools
import json
import random
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

from tests.campaigns.figure import Figure, Progress
from tests.campaigns.victim import ACTIONS
from tests.sources.bank import CSV, HOST
from tests.sources.live_bank import rates
from tests.sources.loopback import Loopback, Reply

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
WITH_ENGINE = 100  # from so many kills on, some are of whole runs with Dagster and Great Expectations


class _Restless(Loopback):
    """Has another figure each time it is asked."""

    def __init__(self, *hosts: str) -> None:
        super().__init__(*hosts)
        self._counter = itertools.count(1)

    def reply(self, address: str) -> Reply:
        new = next(self._counter)
        return Reply(rates("JP,2002,12.5", f"NA,2002,{new / 1000}")) if address == CSV else super().reply(address)


def run(size: int, seed: int, progress: Progress) -> Figure:
    """Kill `size` times."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    weights = (84, 12, 2, 2) if size >= WITH_ENGINE else (80, 20, 0, 0)
    actions = chance.choices(ACTIONS, weights, k=size)
    workers = WORKERS if size >= WITH_ENGINE else 1
    results: list[str] = []
    with _Restless(HOST) as bank, tempfile.TemporaryDirectory(prefix="tradefin-kill-") as folder:
        authority = Path(folder) / "authority.pem"
        authority.write_bytes(bank.authority)

        def follow(number: int) -> None:
            own = Path(folder) / str(number)
            own.mkdir()
            share = actions[number::workers]
            arguments = [str(own), str(bank.port), str(authority), f"{seed}/{number}", *share]
            command = [sys.executable, "-m", "tests.campaigns.victim", *arguments]
            with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE) as worker:
                assert worker.stdout is not None
                told = 0
                for line in worker.stdout:
                    results.append(json.loads(line))
                    told += 1
                    progress(len(results), size)
            if told < len(share):
                results.append(f"a process ended early ({worker.returncode}), {len(share) - told} kills are missing")

        threads = [threading.Thread(target=follow, args=(n,)) for n in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    held = sum(1 for told in results if not told)
    said = ", ".join(f"{n:,} of {name}" for name, n in sorted(Counter(actions).items()))
    detail = f"kills after which readers saw one whole release and the next run succeeded and swept: {said}"
    return Figure("kill", size, held, detail, tuple(told for told in results if told))
