"""A process that has everything imported, forks a child for each kill, kills it at a random moment and looks.

`python -m tests.campaigns.victim FOLDER PORT AUTHORITY SEED ACTION...` does one kill for each action and prints one
line of JSON for each: an empty text if what was promised held, else what did not.
"""

import importlib
import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from tests.campaigns.figure import age, left_over, pointed, torn
from tests.publishing import publish_light, write_report
from tests.sources.live_bank import Bank, make_bank
from tests.sources.loopback import CONTACT, QUICK, ToLoopback
from tests.tiny import rewrite
from tradefin.project import Project
from tradefin.sources import live
from tradefin.sources.archive import Archive
from tradefin.sources.description import Publisher
from tradefin.sources.http import Client
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store, digest

LIFE = 12  # kills until a new folder is begun
ACTIONS = ("publish", "refresh", "run", "live")

Action = Callable[[], None]


class Victim:
    """One project, one outputs folder, and what is done to them."""

    def __init__(self, folder: Path, port: int, authority: bytes, chance: random.Random) -> None:
        self.bank: Bank = make_bank(folder, None, pytest.MonkeyPatch())  # type: ignore[arg-type]  # asked by its port
        self.home, self.chance = folder / "outputs", chance
        self.port, self.authority = port, authority
        self.seconds: dict[str, float] = {}
        self.rate = "4"

    def kill(self, action: str) -> str:
        """Kill `action` at a random moment, look, let it run again, look again; returns what did not hold."""
        if action not in self.seconds:
            before = pointed(self.home)
            self.change()
            if told := self.whole_run(action, before):
                return told
        former = pointed(self.home)
        while True:
            self.change()
            if self._killed(action):
                break
            former = pointed(self.home)  # it was done before the kill came
        if told := torn(self.home, former) or self._untrue():
            return f"{action} killed: {told}"
        age(left_over(self.home))
        return self.whole_run(action, former)

    def whole_run(self, action: str, before: bytes | None) -> str:
        """Let it run to its end; returns what is wrong then. `before` is the pointer to what there was before."""
        began = time.monotonic()
        pid = os.fork()
        if pid == 0:
            self._end(self._checked(action, before))
        status = os.waitpid(pid, 0)[1]
        self.seconds.setdefault(action, time.monotonic() - began)
        return "" if status == 0 else f"{action} after a kill: {(self.home.parent / 'wrong').read_text()}"

    def change(self) -> None:
        """Another figure, so that there is another release to write."""
        rate = f"{self.chance.randrange(1, 990_000) / 10_000}"
        rewrite(self.bank.builder, "bundled/bank/rates.csv", f"NAM,2001,{self.rate},", f"NAM,2001,{rate},")
        self.rate = rate

    def _killed(self, action: str) -> bool:
        pid = os.fork()
        if pid == 0:
            os.close(2)  # what dies says nothing
            os.open(os.devnull, os.O_WRONLY)
            self._end(lambda: self._do(action))
        time.sleep(self.chance.random() * self.seconds[action])
        os.kill(pid, signal.SIGKILL)  # it is our child: until we have waited for it, its number is nobody else's
        killed = os.WIFSIGNALED(os.waitpid(pid, 0)[1])
        self.seconds[action] *= 1.02 if killed else 0.9  # so that moments reach up to the end, and seldom beyond
        return killed

    def _end(self, work: Action) -> None:
        """Do it and end this child without a word to what the parent has open."""
        try:
            work()
            os._exit(0)
        except BaseException:
            (self.home.parent / "wrong").write_text(traceback.format_exc())
            os._exit(1)

    def _checked(self, action: str, before: bytes | None) -> Action:
        def work() -> None:
            former = pointed(self.home)
            self._do(action)
            if told := torn(self.home, former) or self._untrue():
                raise AssertionError(told)
            left = [p for p in left_over(self.home) if action != "refresh" or p.parts[len(self.home.parts)] in _ASKED]
            if left:
                raise AssertionError(f"not swept: {left}")
            if action != "refresh" and before == pointed(self.home):
                raise AssertionError("no new release")

        return work

    def _do(self, action: str) -> None:
        project = Project(self.bank.builder.project.root, self.bank.builder.project.bundled)
        if action == "publish":
            publish_light(Builder(project, Store(self.home), threads=1))
        elif action == "refresh":
            (done,) = live.refresh(project, Store(self.home), client_for=self._client)
            if done.state == "failed":
                raise AssertionError(done.message)
        else:
            whole_run(project, self.home, self._client if action == "live" else None)

    def _client(self, publisher: Publisher) -> Client:
        return Client(publisher, contact=CONTACT, limits=QUICK, transport=ToLoopback(self.port, self.authority))

    def _untrue(self) -> str:
        """Snapshots that are not what their names say, records that name what is not there."""
        for path in (self.home / "snapshots").glob("[!.]*"):
            if digest(path.read_bytes()) != path.name.split(".")[0]:
                return f"{path} is partial"
        archive = Archive(Store(self.home))
        for fetch in archive.all():
            for one in fetch.snapshots:
                archive.read(one)
        records = [p for p in (self.home / "fetches").rglob("*.json") if p.name[0].isdigit()]
        return "" if len(records) == len(archive.all()) else "a record of a fetch cannot be read"


_ASKED = ("snapshots", "fetches", "unfinished")  # what a refresh writes, and sweeps


def whole_run(project: Project, home: Path, client_for: Callable[[Publisher], Client] | None = None) -> None:
    """`tradefin run` with Dagster and Great Expectations, without charts; with a client, `tradefin run --live`."""
    from tradefin.orchestration.live import run_live
    from tradefin.orchestration.run import run
    from tradefin.report import site

    with mock.patch.object(site, "write", write_report):
        if client_for is None:
            run(project, home, threads=1)
        else:
            run_live(project, home, client_for=client_for, threads=1)


def _import(engine: bool) -> None:
    """All that a child would import, so that it is killed while it works."""
    modules = ["jsonschema", "pandas", "tradefin.audit.docs", "tradefin.claims.tables", "tradefin.report.site"]
    if engine:
        modules += ["tradefin.audit.engine", "tradefin.orchestration.live", "tradefin.orchestration.run"]
    for module in modules:
        importlib.import_module(module)


def main(folder: str, port: str, authority: str, seed: str, *actions: str) -> None:
    chance = random.Random(seed)  # noqa: S311 - not a secret
    _import(engine=bool({"run", "live"} & set(actions)))
    trusted = Path(authority).read_bytes()
    seconds: dict[str, float] = {}
    victim: Victim | None = None
    for number, action in enumerate(actions):
        life = Path(folder) / f"{number // LIFE}"
        if victim is None or number % LIFE == 0:
            shutil.rmtree(Path(folder) / f"{number // LIFE - 1}", ignore_errors=True)
            victim = Victim(life, int(port), trusted, chance)
            victim.seconds = seconds
        print(json.dumps(victim.kill(action)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
