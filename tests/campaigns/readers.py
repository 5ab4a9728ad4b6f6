"""Readers: eight of them read without pause while a publisher publishes without pause.

In each release every rate bears the release's own number, so a read that mixes two releases shows. Each reader reads
two tables of one release: through `connect` and `load`, from the DuckDB file, or as plain Parquet.
`python -m tests.campaigns.readers ROLE HOME SECONDS` is one of these processes; it prints one line of JSON.
"""

import json
import os
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
from tests.campaigns.figure import Figure, Progress
from tests.publishing import publish_light
from tests.tiny import make_tiny
from tradefin.project import Project
from tradefin.releases.release import POINTER
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


def run(size: int, seed: int, progress: Progress) -> Figure:
    """Read for `size` seconds with eight readers (three if that is less than half a minute)."""
    del seed  # the moments are those of the machine
    count = 8 if size >= 30 else 3
    with tempfile.TemporaryDirectory(prefix="tradefin-readers-") as place:
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
    failures += [f"publisher: {w}" for w in published["wrong"]]  # type: ignore[attr-defined]
    detail = (
        f"reads by {count} readers in {size} s that show one whole release and never an older one, while "
        f"{published.get('releases', 0)} releases were published"
    )
    return Figure("readers", reads, reads - len(failures), detail, tuple(failures))


def main(role: str, folder: str, amount: str) -> None:
    if role == "publisher":
        told = publishing(Path(folder), float(amount))
    else:
        told = reading(READERS[role], Path(folder), float(amount))
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
