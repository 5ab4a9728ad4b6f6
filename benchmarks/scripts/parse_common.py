"""What the programs that read a bulk file share: the selection, the limits, and what they tell of the rows they found.

They run in environments without the project, so it is told to them by `selection.json`, beside the zip.
"""

import hashlib
import json
import os
import resource
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


def selection(zipped: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Names of the dimensions, and for each kind of series that is wanted the codes that it must have."""
    told = json.loads((zipped.parent / "selection.json").read_text(encoding="utf-8"))
    names = told["dimensions"]
    return names, [
        {name: code for name, code in zip(names, key.split("."), strict=True) if code != "*"} for key in told["series"]
    ]


@contextmanager
def unzipped(zipped: Path) -> Iterator[Path]:
    """The one member in a temporary file beside the zip."""
    with tempfile.TemporaryDirectory(dir=zipped.parent) as folder, zipfile.ZipFile(zipped) as archive:
        (name,) = archive.namelist()
        yield Path(archive.extract(name, folder))


def first_line(file: Path) -> bytes:
    """The header of a file."""
    with file.open("rb") as lines:
        return lines.readline()


def header(line: bytes) -> tuple[list[str], bool]:
    """Ids of the columns, and whether cells bear labels; a column of labels has an id of its own."""
    cells = line.decode().rstrip("\r\n").split(",")
    return [cell.partition(":")[0] for cell in cells], any(":" in cell for cell in cells)


def tell(read: Callable[[Path], Iterable[Sequence[str]]], zipped: Path) -> None:
    """Read and print how many rows there are (codes, year, value: texts), what stands for them, and the seconds."""
    began = time.perf_counter()
    found = sorted("|".join(cell.partition(":")[0] for cell in row) for row in read(zipped))
    seconds = time.perf_counter() - began
    print(len(found), hashlib.sha256("\n".join(found).encode()).hexdigest()[:16], f"{seconds:.3f}")


def give_up_at(seconds: float, mebibytes: float) -> None:
    """End this process, saying so, once it has taken that much; 0 for no bound."""

    def watch() -> None:
        began = time.monotonic()
        while True:
            time.sleep(0.2)
            taken, held = time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            if taken > seconds or held > mebibytes:
                print(f"ended at {held / 1024:.1f} GiB after {taken:.0f} s", flush=True)
                os._exit(0)

    if seconds and mebibytes:
        threading.Thread(target=watch, daemon=True).start()


def given() -> tuple[str, Path]:
    """What the command line says: a way to read, the zip, and perhaps bounds in seconds and MiB."""
    way, zipped, *bounds = sys.argv[1:]
    give_up_at(*(map(float, bounds) if bounds else (0, 0)))
    return way, Path(zipped)
