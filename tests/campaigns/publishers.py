"""Publishers: two at once on one outputs folder, each a process with its own project, both begun from one release.

Of two contents exactly one becomes current, and the other process ends with the error that says so, its own release
whole and listed; running it again makes that current. Of one content both end well. One that is killed with `kill -9`
keeps nobody from publishing. Some are whole runs with Dagster and Great Expectations.
`python -m tests.campaigns.publishers FOLDER GENERATION HOW` is one of them; it prints `ready`, waits for a line, then
publishes and prints one line of JSON.
"""

import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.campaigns.figure import Figure, Progress, torn
from tests.campaigns.readers import ROOT, number
from tests.publishing import audits_of, light, publish_light
from tests.tiny import make_tiny
from tradefin.errors import Overtaken
from tradefin.releases.publish import current, publish
from tradefin.releases.release import list_ids
from tradefin.releases.verify import verify

TWO, SAME, KILLED, RUNS = "of two contents", "of one content", "with one killed", "of whole runs"
ROUNDS = (TWO, KILLED, SAME, TWO, KILLED)
RUNS_EVERY = 10  # every so manieth round is of whole runs
SECONDS = 0.8  # within which a publisher is killed


def once(folder: Path, generation: int, how: str) -> dict[str, str]:
    """Publish when told to; the release, or what was said instead."""
    builder = number(folder, generation)
    home = builder.store.home
    waited: list[str] = []

    def wait(*_: object) -> None:
        if not waited:
            print("ready", flush=True)
            waited.append(sys.stdin.readline())

    try:
        with light():
            if how == RUNS:
                from tradefin.orchestration.run import run

                return {"id": run(builder.project, home, wait, threads=1).release}
            former = current(home)
            wait()
            return {"id": publish(builder, audits_of(builder), former=former).id}
    except Overtaken as error:
        return {"overtaken": str(error)}


class Publisher:
    """One process."""

    def __init__(self, folder: Path, generation: int, how: str) -> None:
        command = [sys.executable, "-m", "tests.campaigns.publishers", str(folder), str(generation), how]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe, stderr=pipe)

    def ready(self) -> None:
        """Wait until it has looked at what is current."""
        assert self.process.stdout is not None
        self.process.stdout.readline()

    def go(self) -> None:
        """Let it publish."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def told(self) -> dict[str, str]:
        """What it said in the end: `id`, `overtaken` or `failed`."""
        out, errors = self.process.communicate(timeout=900)
        try:
            told: dict[str, str] = json.loads(out.splitlines()[-1])
        except (IndexError, ValueError):
            return {"failed": f"it ended with {self.process.returncode}: {errors[-800:]}"}
        return told


@contextmanager
def pair(folders: tuple[Path, Path], generations: tuple[int, int], how: str) -> Iterator[tuple[Publisher, Publisher]]:
    """Two publishers, both ready, then both let go."""
    one, other = (Publisher(f, g, how) for f, g in zip(folders, generations, strict=True))
    try:
        for each in (one, other):
            each.ready()
        for each in (one, other):
            each.go()
        yield one, other
    finally:
        for each in (one, other):
            each.process.kill()
            each.process.wait()


def race(folders: tuple[Path, Path], generation: int, how: str, chance: random.Random) -> str:
    """Let two publish at once; what did not hold, in words, or the empty text."""
    home = folders[0] / "outputs"
    before, listed = current(home), set(list_ids(home))
    generations = (generation, generation if how == SAME else generation + 1)
    with pair(folders, generations, how) as (one, other):
        if how == KILLED:
            time.sleep(chance.random() * SECONDS)
            one.process.kill()
        told = [other.told()] if how == KILLED else [one.told(), other.told()]
    ids = {t["id"] for t in told if "id" in t}
    said = [t["overtaken"] for t in told if "overtaken" in t]
    now, new = current(home), set(list_ids(home)) - listed
    if failed := [t["failed"] for t in told if "failed" in t]:
        return f"failed: {failed}"
    if wrong := torn(home, before.encode() or None):
        return wrong
    if how == KILLED:  # it may have published before it died
        wrong = "" if ids in (set(), {now}) and now in new else f"current is {now}, the survivor made {ids}"
    elif (len(ids), len(said), len(new)) != ((1, 0, 1) if how == SAME else (1, 1, 2)) or now not in ids:
        wrong = f"published {ids}, current is {now}, new are {new}, said was {said}"
    if silent := [text for text in said if now not in text]:
        wrong += f" the winner {now} is not named: {silent}"
    for release in new:
        verify(home, release)
    for folder, own in zip(folders, generations, strict=True):  # in the end either can have its way
        again = publish_light(number(folder, own)).id
        made = how == KILLED or again in new  # what was killed may not have come to its end
        wrong += "" if made and current(home) == again else f" {again} was not made current afterwards"
    return wrong


def run(size: int, seed: int, progress: Progress) -> Figure:
    """Let `size` pairs publish."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    failures: list[str] = []
    kinds = list(itertools.islice(itertools.cycle(ROUNDS), size))
    kinds[RUNS_EVERY - 1 :: RUNS_EVERY] = [RUNS] * (size // RUNS_EVERY)
    with tempfile.TemporaryDirectory(prefix="tradefin-publishers-") as place:
        folders = Path(place) / "one", Path(place) / "two"
        for folder in folders:
            make_tiny(folder)
        (folders[0] / "outputs").mkdir(exist_ok=True)
        (folders[1] / "outputs").symlink_to(folders[0] / "outputs")
        for done, how in enumerate(kinds):
            if wrong := race(folders, 2 * done + 1, how, chance):
                failures.append(f"pair {done}, {how}: {wrong}")
            progress(done + 1, size)
    said = ", ".join(f"{n} {kind}" for kind, n in Counter(kinds).items())
    detail = (
        f"pairs of publishers at once ({said}): one wins, the other says so and names it, both releases are whole, and "
        "running again makes the other current"
    )
    return Figure("publishers", size, size - len(failures), detail, tuple(failures))


if __name__ == "__main__":
    print(json.dumps(once(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])), flush=True)
