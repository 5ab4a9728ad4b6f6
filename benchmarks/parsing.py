"""Parsing at full size.

Made-up bulk files of the BIS in their real layouts, from the zip to the figures of the wanted series as texts. Seconds
are counted from the opening of the zip, when all imports are done; memory is that of the whole process. `DuckDB alone`
unpacks into a temporary file and reads that into the same selection, without any check of ours; `unzip` unpacks to
nowhere. All must find the same figures, except that pysdmx turns them into numbers (`1.50` becomes `1.5`). pysdmx and
sdmx1 read neither the wide layout nor labels: they are given as many observations in the form that they read, SDMX-CSV
2.0 with codes alone. pandas reads in chunks, polars streams.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bis_files import flat_zip, wide_zip
from benchmarks.measure import Command, Cost
from benchmarks.row import Row
from benchmarks.workshop import HERE, Workshop
from tradefin.sources.bis_series import DIMENSIONS, SERIES

SERIES_COUNT, SMALL, LARGE = 78_000, 425_000, 50_000_000
_PEERS = ("pandas", "polars", "pysdmx", "sdmx1")
_SDMX_ONLY = ("pysdmx", "sdmx1")
_MIB = 8 * 1024  # a peer that takes more is ended
_TARGETS = {"unzip": None, "DuckDB alone": 1.5}  # of others: to be ahead
_MOST_MIB = 1024
_MORE = {
    "polars": (
        "; it reads a small file ahead of us on all cores at once, and checks neither encoding nor width of a line. "
        "Tried: lines sifted by Arrow before any is split, blocks of them in two threads, the zip read once"
    )
}


@dataclass(frozen=True)
class Contest:
    """One file and who reads it.

    Attributes:
        what: What it is, in words.
        flow: The connector's name for it.
        file: The zip.
        easier: What those are given who cannot read it.
        runs: How often each reads it.
        once: Who reads it once, since that takes long.
        warm: Whether a round that does not count goes first.
        seconds: A peer that takes more is ended.
    """

    what: str
    flow: str
    file: Path
    easier: Path
    runs: int
    once: Sequence[str] = ("sdmx1",)
    warm: bool = True
    seconds: int = 40


@dataclass(frozen=True)
class Reading:
    """What a program told: how many figures, what stands for them, its seconds; or why it was ended."""

    seconds: float
    count: int = 0
    digest: str = ""
    ended: str = ""

    @classmethod
    def of(cls, cost: Cost) -> "Reading":
        """From what it printed last; libraries print, too."""
        line = cost.output.strip().splitlines()[-1]
        if line.startswith("ended"):
            return cls(cost.seconds, ended=line)
        count, digest, seconds = line.split()
        return cls(float(seconds), int(count), digest)


def run(workshop: Workshop) -> list[Row]:
    """All sizes."""
    codes = flat_zip(_folder(workshop, "codes"), SMALL, labels=False)
    wide = wide_zip(_folder(workshop, "wide"), SERIES_COUNT)
    labels = flat_zip(_folder(workshop, "labels"), SMALL, labels=True)
    large = flat_zip(_folder(workshop, "large"), LARGE, labels=False)
    flat, runs = "otc_turnover_flat", workshop.runs
    contests = (
        Contest(f"Wide, {SERIES_COUNT:,} × 73", "otc_turnover_bulk", wide, codes, runs),
        Contest(f"Flat, {SMALL:,} with labels", flat, labels, codes, runs),
        Contest(f"Flat, {LARGE:,} with codes", flat, large, large, 1, _PEERS, warm=False, seconds=75),
    )
    return [row for contest in contests for row in _rows(workshop, contest)]


def _folder(workshop: Workshop, name: str) -> Path:
    folder = workshop.scratch / name
    folder.mkdir()
    told = {"dimensions": DIMENSIONS, "series": [*SERIES.values()]}
    (folder / "selection.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def _rows(workshop: Workshop, contest: Contest) -> list[Row]:
    commands = _commands(workshop, contest)
    often = {name: command for name, command in commands.items() if name not in contest.once}
    costs = workshop.compete(often, contest.runs, contest.warm)
    costs |= workshop.compete({name: commands[name] for name in contest.once}, 1, warm=False)
    readings = {name: [Reading.of(cost) for cost in found.runs] for name, found in costs.items()}
    _agree(contest.what, readings)
    ours = [reading.seconds for reading in readings["ours"]]
    rows = [
        Row(
            contest.what,
            "s",
            ours,
            name,
            [reading.seconds for reading in found],
            _TARGETS.get(name, 1),
            _note(name, found, max(costs[name].mebibytes), min(ours) > max(reading.seconds for reading in found)),
        )
        for name, found in readings.items()
        if name != "ours"
    ]
    whole = ", ".join(f"{name} {min(found.seconds):.2f}" for name, found in costs.items())
    note = f"whole processes with their imports, seconds: {whole}"
    return [*rows, Row(f"{contest.what}: memory", "MiB", costs["ours"].mebibytes, at_most=_MOST_MIB, note=note)]


def _note(name: str, found: Sequence[Reading], mebibytes: float, ahead: bool) -> str:
    held = f"{name} holds {mebibytes:,.0f} MiB" + (_MORE.get(name, "") if ahead else "")
    ended = next((one.ended for one in found if one.ended), "")
    return f"{held}; it was {ended}, unfinished: to its end the ratio would be smaller still" if ended else held


def _commands(workshop: Workshop, contest: Contest) -> dict[str, Command]:
    scripts = HERE / "scripts"
    commands = {
        "ours": Command([workshop.python, scripts / "parse_ours.py", contest.flow, contest.file]),
        "unzip": Command([workshop.python, scripts / "parse_limit.py", "unzip", contest.file]),
        "DuckDB alone": Command([workshop.python, scripts / "parse_limit.py", "duckdb", contest.file]),
    }
    for name in _PEERS:
        file = contest.easier if name in _SDMX_ONLY else contest.file
        bounds = (str(contest.seconds), str(_MIB))
        commands[name] = Command([workshop.peer("sdmx"), scripts / "parse_peers.py", name, file, *bounds])
    return commands


def _agree(what: str, readings: dict[str, list[Reading]]) -> None:
    """Speed counts only among those that found the same; who was given another file or makes numbers is not compared.

    Raises:
        RuntimeError: They did not.
    """
    right = readings["ours"][0]
    for name, found in readings.items():
        for one in found:
            if name not in ("unzip", *_SDMX_ONLY) and not one.ended and one.digest != right.digest:
                raise RuntimeError(f"{what}: {name} found {one}, but we found {right}")
