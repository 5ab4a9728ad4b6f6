"""The partitioned flow of the real project, with as many partitions as wanted, and its publisher on this machine.

What belongs here: that project, that publisher, and starting a backfill. What does not: what the answers look like
(`locational`).
"""

import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.scale.fleet import BIN, Fleet, end, fleet, until
from tests.scale.locational import write
from tests.sources.loopback import CONTACT, Loopback, Reply
from tradefin.errors import NotFound
from tradefin.partitioned.edition import Edition, newest
from tradefin.project import Project
from tradefin.sources.bis_locational import locational_banking

STEM = "bis_locational_banking"
JOB = f"publish_{STEM}"
HOST = "stats.bis.org"


class Publisher(Loopback):
    """Answers from files, so that not all of them are held in memory, and counts how many ask at once.

    Args:
        folder: Holds `<country>.csv`.

    Attributes:
        pause: Seconds that it takes to answer.
        most_at_once: How many were waiting for an answer at the same time.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(HOST)
        self.folder = folder
        self.pause, self.most_at_once = 0.0, 0
        self._country = re.compile(r"\.([A-Z0-9]{2})(\.\*){3}\?")
        self._asking, self._counts = 0, threading.Lock()

    def reply(self, address: str) -> Reply:
        with self._counts:
            self._asking += 1
            self.most_at_once = max(self.most_at_once, self._asking)
        time.sleep(self.pause)
        with self._counts:
            self._asking -= 1
        found = self._country.search(address)
        path = self.folder / f"{found[1]}.csv" if found else None
        return Reply(path.read_bytes()) if path and path.exists() else Reply(b"no such page", 404, etag=False)

    def asked_for_country(self, country: str) -> int:
        """How often a country was asked for."""
        (request,) = locational_banking(country).requests()
        return len(self.asked_for(request.address))


@dataclass
class Flowing:
    """The flow, a fleet that publishes it, and its publisher.

    Attributes:
        fleet: Daemon and workers.
        publisher: Serves the answers.
        countries: Its partitions.
    """

    fleet: Fleet
    publisher: Publisher
    countries: Sequence[str]

    def revise(self, country: str, observations: int) -> None:
        """The publisher has other figures for one country."""
        write(self.publisher.folder / f"{country}.csv", country, observations, revised=True)

    def run_each(self) -> None:
        """Run every partition at once, without the daemon, and wait until all runs have ended well."""
        runs = [
            self.fleet.start_run(JOB, "--tags", json.dumps({"dagster/partition": country}))
            for country in self.countries
        ]
        try:
            assert [run.wait(300) for run in runs] == [0] * len(runs), self.fleet.told()
        finally:
            for run in runs:
                end(run)

    def backfill(self, seconds: float) -> float:
        """Run every partition, and wait until all runs have ended well.

        Args:
            seconds: How long to wait at most.

        Returns:
            Seconds from the start of the first run to the end of the last.
        """
        with self.fleet.instance() as instance:
            before = instance.get_runs_count()
        if not self.fleet.others:
            self.fleet.start_daemon()
        argv = [str(BIN / "dagster"), "job", "backfill", "-m", "tradefin.definitions", "-j", JOB, "--noprompt"]
        subprocess.run(argv, check=True, capture_output=True, cwd=self.fleet.folder, env=self.fleet.environment)

        def over() -> bool:
            with self.fleet.instance() as instance:
                runs = instance.get_runs(limit=len(self.countries))
                done = instance.get_runs_count() - before == len(self.countries)
            assert not any(run.is_failure for run in runs), self.fleet.told()
            return done and all(run.is_success for run in runs)

        until(over, seconds, self.fleet.told, pause=0.5)
        with self.fleet.instance() as instance:
            records = instance.get_run_records(limit=len(self.countries))
        return max(one.end_time or 0 for one in records) - min(one.start_time or 0 for one in records)

    def edition(self) -> Edition | None:
        """What readers get."""
        try:
            return newest(self.fleet.home, STEM)
        except NotFound:
            return None


def project_of(folder: Path, countries: Sequence[str]) -> Path:
    """The real project with these partitions, whose publisher need not be asked slowly."""
    real = Project.find()
    folder.mkdir()
    for name in ("sql", "bundled"):
        (folder / name).symlink_to(real.root / name if name == "sql" else real.bundled)
    shutil.copytree(real.expectations, folder / "expectations")
    path = folder / "expectations" / "sources" / "bis.yml"
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"partitions: \[[^\]]*\]", f"partitions: [{', '.join(map(repr, countries))}]", text)
    path.write_text(re.sub(r"requests_per_minute: \d+", "requests_per_minute: 100000", text), encoding="utf-8")
    return folder


@contextmanager
def flowing(folder: Path, answers: Path, countries: Sequence[str], workers: int, **more: str) -> Iterator[Flowing]:
    """A fleet that publishes the flow: workers and the publisher, and a daemon once there is something to backfill.

    Args:
        folder: For the fleet; any user of this machine may enter it.
        answers: Holds `<country>.csv`.
        countries: The partitions.
        workers: How many.
        more: Variables of every process.
    """
    project = project_of(folder / "project", countries)
    with Publisher(answers) as publisher:
        authority = folder / "authority.pem"
        authority.write_bytes(publisher.authority)
        led = {"LED_PORT": str(publisher.port), "LED_AUTHORITY": str(authority), "TRADEFIN_CONTACT": CONTACT}
        with fleet(folder, 0, TRADEFIN_PROJECT=str(project), **led, **more) as made:
            made.app = "tests.scale.led"
            for _ in range(workers):
                made.start_worker()
            yield Flowing(made, publisher, countries)
