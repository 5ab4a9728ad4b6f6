"""Corruption: one bit flips in a file of a release; whoever reads it must be told, or get the right figures.

Every file of the release is hit at least once, then files by chance, small ones as often as large ones.
"""

import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import tradefin
from tests.campaigns.figure import Figure, Progress
from tests.publishing import publish_light, writable
from tests.tiny import make_tiny
from tradefin.errors import TradefinError
from tradefin.query import query
from tradefin.releases.release import DATABASE, Release
from tradefin.releases.verify import verify

KINDS = {".parquet", ".duckdb", ".json", ".md", ".html", ".sql", "SHA256SUMS"}


def flips(release: Release, size: int, chance: random.Random) -> list[tuple[Path, int]]:
    """File and bit of each flip."""
    files = sorted(p for p in release.folder.rglob("*") if p.is_file())
    once = files if size >= len(files) else chance.sample(files, size)
    chosen = [*once, *chance.choices(files, k=size - len(once))]
    return [(path, chance.randrange(8 * path.stat().st_size)) for path in chosen]


def kind(path: Path) -> str:
    """A file's kind, by which flips are counted."""
    return path.suffix or path.name


@contextmanager
def flipped(path: Path, bit: int) -> Iterator[None]:
    """A file with one bit flipped, while this lasts."""
    good = path.read_bytes()
    spoilt = bytearray(good)
    spoilt[bit // 8] ^= 1 << bit % 8
    writable(path).write_bytes(spoilt)
    try:
        yield
    finally:
        path.write_bytes(good)


def silent(path: Path, release: Release) -> list[str]:
    """Which readers do not tell that a file of the current release is damaged, and name it."""
    home = release.folder.parents[1]
    name = path.relative_to(release.folder).as_posix()
    readers: dict[str, Callable[[], object]] = {"verify": lambda: verify(home, release.id)}
    if path.suffix == ".parquet":
        readers["load"] = lambda: tradefin.load(path.stem, home=home)
        readers["connect"] = lambda: tradefin.connect(home=home)
    elif name == DATABASE:
        readers["query"] = lambda: query("select 1", home)
    return [who for who, read in readers.items() if not _told(read, name)]


def _told(read: Callable[[], object], name: str) -> bool:
    try:
        read()
    except TradefinError as error:
        return bool(re.search(re.escape(Path(name).name), str(error)))
    return False


def wrong(release: Release, right: dict[str, object]) -> list[str]:
    """Tables that `load` or `connect` give otherwise than they were published, without a word."""
    home = release.folder.parents[1]
    found = []
    for name, rows in right.items():
        try:
            if not tradefin.load(name, home=home).equals(rows):
                found.append(f"load of {name}")
        except TradefinError:
            continue
    try:
        with tradefin.connect(home=home) as con:
            for name, rows in right.items():
                given = con.execute(f'from "{name}"').fetchall()
                if given != [tuple(row.values()) for row in rows.to_pylist()]:  # type: ignore[attr-defined]  # Arrow
                    found.append(f"connect of {name}")
    except TradefinError:
        pass
    return found


def run(size: int, seed: int, progress: Progress) -> Figure:
    """Flip `size` bits, one at a time."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    failures: list[str] = []
    hit: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="tradefin-flips-") as folder:
        release = publish_light(make_tiny(Path(folder)))
        home = release.folder.parents[1]
        right: dict[str, object] = {t: tradefin.load(t, home=home) for t in release.manifest.tables}
        for number, (path, bit) in enumerate(flips(release, size, chance)):
            hit[kind(path)] += 1
            with flipped(path, bit):
                said = [f"{who} is silent" for who in silent(path, release)] + wrong(release, right)
            if said:
                failures.append(f"bit {bit} of {path.relative_to(release.folder)}: {', '.join(said)}")
            progress(number + 1, size)
        assert not wrong(release, right) and verify(home).release == release.id
    kinds = ", ".join(f"{n} in {what}" for what, n in sorted(hit.items()))
    detail = f"flipped bits that verify named and that neither load nor connect passed on as other figures: {kinds}"
    return Figure("corruption", size, size - len(failures), detail, tuple(failures))
