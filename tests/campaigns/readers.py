"""Readers: eight of them read without pause while a publisher publishes without pause.

In each release every rate bears the release's own number, so a read that mixes two releases shows. Each reader reads
two tables of one release: through `connect` and `load`, from the DuckDB file, or as plain Parquet. Before that, pairs
of publishers at once: of the same content, and of different content, each with its own project, on one outputs folder.
`python -m tests.campaigns.readers ROLE HOME SECONDS` is one of these processes; it prints one line of JSON.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

import tradefin
from tests.campaigns.figure import Figure, Progress, torn
from tests.publishing import publish_light
from tests.tiny import make_tiny
from tradefin.project import Project
from tradefin.releases.release import POINTER, list_ids
from tradefin.releases.verify import verify
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store

ROOT = Path(__file__).resolve().parents[2]
TABLES = ("core.rates", "marts.rate_ranks")

Read = Callable[[Path], set[Decimal]]


def number(folder: Path, generation: int) -> Builder:
    """The tiny project in a folder, every rate set to a release's number."""
    rate = f"{generation / 10_000}"
    rows = [f"{c},{y},{rate},bank-{y + 1},bank-report" for c in ("JPN", "NAM") for y in (2000, 2001)]
    text = "\n".join(["iso3,year,rate,vintage_id,source_id", *rows, ""])
    (folder / "project/bundled/bank/rates.csv").write_text(text, encoding="utf-8")
    return Builder(Project(folder / "project", folder / "project/bundled"), Store(folder / "outputs"), threads=1)


def loader(home: Path) -> set[Decimal]:
    """Both tables of the current release by `connect`, one of them by `load` of the same release."""
    release = tradefin.release(home=home).id
    with tradefin.connect(release, home=home) as con:
        rows = [row for table in TABLES for row in con.execute(f"select rate_pct from {table}").fetchall()]
    loaded = tradefin.load("rates", release=release, home=home, columns=["rate_pct"]).column(0).to_pylist()
    tradefin.load("rate_ranks", home=home)  # of whichever release is current by now
    return {row[0] for row in rows} | set(loaded)


def file(home: Path) -> set[Decimal]:
    """Both tables from the DuckDB file of the current release, as an analyst without this project opens it."""
    release = json.loads((home / POINTER).read_bytes())["release"]
    with duckdb.connect(str(home / "releases" / release / "tradefin.duckdb"), read_only=True) as con:
        return {row[0] for table in TABLES for row in con.execute(f"select rate_pct from {table}").fetchall()}


def parquet(home: Path) -> set[Decimal]:
    """Both tables as Parquet by path."""
    folder = home / "releases" / json.loads((home / POINTER).read_bytes())["release"] / "tables"
    names = [table.partition(".")[2] for table in TABLES]
    return {rate for name in names for rate in pq.read_table(folder / f"{name}.parquet").column("rate_pct").to_pylist()}


READERS: dict[str, Read] = {"loader": loader, "file": file, "parquet": parquet}


def reading(read: Read, home: Path, seconds: float) -> dict[str, object]:
    """Read until time is up; what was read well, and what was not."""
    os.nice(10)  # so many readers would leave the publisher no time
    until, reads, seen = time.monotonic() + seconds, 0, Decimal(0)
    wrong: list[str] = []
    while time.monotonic() < until:
        reads += 1
        try:
            rates = read(home)
        except Exception as error:
            wrong.append(f"failed: {error!r}")
            continue
        if len(rates) != 1:
            wrong.append(f"mixed: {sorted(rates)}")
        elif max(rates) < seen:
            wrong.append(f"went back from {seen} to {max(rates)}")
        seen = max(rates, default=seen)
    return {"reads": reads, "wrong": wrong}


def publishing(folder: Path, seconds: float) -> dict[str, object]:
    """Publish until time is up, the next release each time."""
    until, generation = time.monotonic() + seconds, 1
    while time.monotonic() < until:
        generation += 1
        publish_light(number(folder, generation))
    return {"releases": generation - 1, "wrong": []}


def publishing_once(folder: Path, generation: float) -> dict[str, object]:
    """Publish one release; its id, or what was said instead."""
    return {"id": publish_light(number(folder, int(generation))).id, "wrong": []}


def _start(role: str, folder: Path, amount: float) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.campaigns.readers", role, str(folder), str(amount)]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _told(process: "subprocess.Popen[str]") -> dict[str, object]:
    out, errors = process.communicate(timeout=900)
    lines = out.splitlines()
    if not lines:
        return {"wrong": [f"a process ended with {process.returncode}: {errors[-800:]}"]}
    told: dict[str, object] = json.loads(lines[-1])
    return told


def races(folder: Path, pairs: int, chance: random.Random) -> list[str]:
    """Two publishers at once, again and again; what was lost or torn, one line each."""
    wrong: list[str] = []
    make_tiny(folder / "one")
    home = folder / "one" / "outputs"
    other = folder / "two"
    shutil.copytree(folder / "one" / "project", other / "project")
    home.mkdir()
    (other / "outputs").symlink_to(home)
    for pair in range(pairs):
        first = chance.randrange(1, 500_000)
        second = first if pair % 2 else first + 1
        former = set(list_ids(home))
        runs = [_start("once", folder / "one", first), _start("once", other, second)]
        told = [_told(run) for run in runs]
        wrong += [str(w) for one in told for w in one["wrong"]]  # type: ignore[attr-defined]  # a list of texts
        ids = {str(one["id"]) for one in told if "id" in one}
        if len(ids) != 1 + (first != second) or not former | ids <= set(list_ids(home)):
            wrong.append(f"pair {pair}: published {ids}, there are {list_ids(home)}")
        elif said := torn(home, b""):
            wrong.append(f"pair {pair}: {said}")
        elif json.loads((home / POINTER).read_bytes())["release"] not in ids:
            wrong.append(f"pair {pair}: current.json names neither")
        else:
            for one in ids:
                verify(home, one)
    return wrong


def run(size: int, seed: int, progress: Progress) -> Figure:
    """Read for `size` seconds with eight readers (three if that is less than half a minute)."""
    count, pairs = (8, 10) if size >= 30 else (3, 1)
    with tempfile.TemporaryDirectory(prefix="tradefin-readers-") as place:
        wrong = races(Path(place) / "races", pairs, random.Random(seed))  # noqa: S311 - not a secret
        folder = Path(place) / "tiny"
        make_tiny(folder)
        publish_light(number(folder, 1))
        names = [list(READERS)[n % len(READERS)] for n in range(count)]
        began = time.monotonic()
        publisher = _start("publisher", folder, size + 1)
        processes = [_start(name, folder / "outputs", size) for name in names]
        while any(p.poll() is None for p in processes) and time.monotonic() - began < size + 60:
            progress(min(int(time.monotonic() - began), size - 1), size)
            time.sleep(0.5)
        told = [_told(process) for process in processes]
        published = _told(publisher)
        progress(size, size)
    reads = sum(int(str(one.get("reads", 0))) for one in told)
    failures = [f"{name}: {w}" for name, one in zip(names, told, strict=True) for w in one["wrong"]]  # type: ignore[attr-defined]
    failures += [*wrong, *(f"publisher: {w}" for w in published["wrong"])]  # type: ignore[attr-defined]
    detail = (
        f"reads by {count} readers in {size} s that show one whole release and never an older one, while "
        f"{published.get('releases', 0)} releases were published; {pairs} pairs of publishers at once lost nothing"
    )
    return Figure("readers", reads, reads - len(failures), detail, tuple(failures))


def main(role: str, folder: str, amount: str) -> None:
    if role == "publisher":
        told = publishing(Path(folder), float(amount))
    elif role == "once":
        told = publishing_once(Path(folder), float(amount))
    else:
        told = reading(READERS[role], Path(folder), float(amount))
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
