"""Disk: no space, read-only folders, failing fsync and rename, at each place in the code that writes, in turn.

Where something refuses, the error must be one of ours that names a path of the outputs and the way out, readers must
see what they saw before (or the whole new release, if the pointer was set by then), and the next run must succeed.
Only what spares the next run its work may be refused without a word. One round goes over every place; further rounds
take other refusals, and disks that stay broken.
"""

import itertools
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.campaigns.faulty import REFUSALS, Disk, Site, shorter
from tests.campaigns.figure import Figure, Progress, pointed, torn
from tests.campaigns.victim import whole_run
from tests.publishing import publish_light
from tests.sources.bank import CSV, HOST
from tests.sources.live_bank import Bank, make_bank, rates
from tests.sources.loopback import Loopback
from tests.tiny import rewrite
from tradefin.errors import TradefinError, Unavailable
from tradefin.project import Project
from tradefin.tables.builder import Builder

LIFE = 25  # faults until a new folder is begun
SIZES = (0, 100, 1_000, 4_096, 16_384, 65_536, 200_000)  # bytes, at which files cease to grow
WAY_OUT = "TRADEFIN_HOME"
ACTIONS = ("publish", "refresh", "first publish", "first refresh")
RUN, EVERY = "run", 20  # every so manieth fault is of a whole run with Dagster and Great Expectations
UNNEEDED = "orchestration/unchanged.py"  # notes what spares the next run its work: no reason to fail
_NOTHING = "nothing was said"
FIRST = "first "  # before an action: the outputs folder is not there yet


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, in one action."""

    action: str
    site: Site | None = None
    refusal: int = 0
    lasting: bool = False
    size: int | None = None

    def __str__(self) -> str:
        if self.size is not None:
            return f"{self.action}, no file longer than {self.size} bytes"
        lasting = ", and from then on" if self.lasting else ""
        return f"{self.action}, {os.strerror(self.refusal)} at {self.site}{lasting}"


class Trial:
    """One project and its outputs folder, and a publisher who has something new each time."""

    def __init__(self, folder: Path, publisher: Loopback, chance: random.Random) -> None:
        self.bank: Bank = make_bank(folder, publisher, pytest.MonkeyPatch())
        self.home, self.chance = folder / "outputs", chance
        self.rate = "4"
        self.change()
        self.do("refresh")
        self.do("publish")

    def change(self) -> None:
        """Another figure, bundled and served."""
        rate = f"{self.chance.randrange(1, 990_000) / 10_000}"
        rewrite(self.bank.builder, "bundled/bank/rates.csv", f"NAM,2001,{self.rate},", f"NAM,2001,{rate},")
        self.bank.publisher.serve(CSV, rates("JP,2002,12.5", f"NA,2002,{rate}"))
        self.rate = rate

    def do(self, action: str) -> None:
        """Publish, refresh or run; a refresh that tells of a failure raises it."""
        project = self.bank.builder.project
        if action == RUN:
            whole_run(project, self.home)
            return
        if "publish" in action:
            publish_light(Builder(Project(project.root, project.bundled), self.bank.builder.store, threads=1))
            return
        (told,) = self.bank.ask()
        if told.state == "failed":
            assert told.error == Unavailable.__name__, f"{told.error}: {told.message}"
            raise Unavailable(told.message)

    def sites(self, action: str) -> list[Site]:
        """Every place that writes in an action; of a first one, those that make folders."""
        self.prepare(action)
        with Disk(self.home).watched() as disk:
            self.do(action)
        return [site for site in disk.sites if not action.startswith(FIRST) or site.step == "mkdir"]

    def prepare(self, action: str) -> None:
        """Something new to write, to where the action expects it."""
        self.change()
        if action.startswith(FIRST):
            shutil.rmtree(self.home, ignore_errors=True)

    def against(self, fault: Fault) -> str:
        """What does not hold under a fault; empty if all does."""
        self.prepare(fault.action)
        former = pointed(self.home)
        broken: AbstractContextManager[object]
        if fault.size is None:
            disk = Disk(self.home, fault.site, fault.refusal, fault.lasting)
            broken = disk.watched()
        else:
            disk, broken = Disk(self.home), shorter(fault.size)
            disk.failed = True
        said = _said(lambda: self.do(fault.action), broken, str(self.home))
        if not disk.failed:
            return "the place was not reached"
        after = pointed(self.home)
        new = after != former and "sync_folder" in str(fault.site)  # it was set, but not yet made to last
        if UNNEEDED in str(fault.site):
            said, new = "" if said == _NOTHING else f"it matters: {said}", after != former
        wrong = said or torn(self.home, former) or ("" if after == former or new else "the pointer has changed")
        try:
            self.do(fault.action)
        except Exception as error:
            return f"{wrong}; the next run fails: {error!r}"
        return wrong or torn(self.home, after)


def _said(action: Callable[[], None], broken: AbstractContextManager[object], home: str) -> str:
    """What is wrong with how an action fails."""
    try:
        with broken:
            action()
    except TradefinError as error:
        missing = [part for part in (home, WAY_OUT) if part not in str(error)]
        return f"{type(error).__name__} does not say {missing}: {error}" if missing else ""
    except BaseException as error:
        return f"a bare {error!r}"
    return _NOTHING


def _chosen(trial: Trial, size: int, chance: random.Random) -> tuple[list[Fault], int]:
    """What goes wrong, and in how many places it may."""
    if size < EVERY:  # in seconds, where no whole run has its place
        sites = {action: trial.sites(action) for action in ACTIONS[:2]}
        everything = [*itertools.islice(_faults(sites, chance), len(SIZES) + sum(map(len, sites.values())))]
        return chance.sample(everything, size), sum(map(len, sites.values()))
    sites = {action: trial.sites(action) for action in ACTIONS}
    faults = list(itertools.islice(_faults(sites, chance), size))
    first = trial.sites(RUN)  # makes folders that later ones find
    runs = {RUN: [site for site in trial.sites(RUN) if site in first]}
    faults[EVERY - 1 :: EVERY] = itertools.islice(_faults(runs, chance, short=False), size // EVERY)
    return faults, len({site for places in (*sites.values(), *runs.values()) for site in places})


def _faults(sites: dict[str, list[Site]], chance: random.Random, short: bool = True) -> Iterator[Fault]:
    """Every place in turn with another refusal each round; every second round on disks that stay broken."""
    for round_ in itertools.count():
        if round_ == 0 and short:
            yield from (Fault("publish", size=size) for size in SIZES)
        for action, places in sites.items():
            for site in chance.sample(places, len(places)):
                refusals = REFUSALS[site.step]
                yield Fault(action, site, refusals[(round_ // 2) % len(refusals)], lasting=bool(round_ % 2))


def run(size: int, seed: int, progress: Progress) -> Figure:
    """Let `size` things go wrong."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    failures: list[str] = []
    seen: Counter[str] = Counter()
    with Loopback(HOST) as publisher, tempfile.TemporaryDirectory(prefix="tradefin-disk-") as folder:
        trial = Trial(Path(folder) / "sites", publisher, chance)
        faults, places = _chosen(trial, size, chance)
        for number, fault in enumerate(faults):
            if number % LIFE == 0:
                trial = Trial(Path(folder) / str(number), publisher, chance)
            told = trial.against(fault)
            seen[fault.site.step if fault.site else "size"] += 1
            if told:
                failures.append(f"{fault}: {told}")
            progress(number + 1, size)
    said = ", ".join(f"{n} at {step}" for step, n in sorted(seen.items()))
    detail = (
        f"refusals of the disk at {places} places that write ({said}) that ended in a clear error, the "
        "former release whole, the next run well"
    )
    return Figure("disk", size, size - len(failures), detail, tuple(failures))
