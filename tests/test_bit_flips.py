"""A bit that flips in any file of a release is found: 200 flips with a fixed seed, over every kind of file."""

import random
from pathlib import Path

import pytest

import tradefin
from tests.publishing import publish_light, writable
from tests.tiny import make_tiny
from tradefin.errors import ReleaseDamaged
from tradefin.query import query
from tradefin.releases.manifest import MANIFEST
from tradefin.releases.release import DATABASE, POINTER, Release
from tradefin.releases.verify import verify

FLIPS = 200


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return publish_light(make_tiny(tmp_path_factory.mktemp("flips")))


def _flips(release: Release) -> list[tuple[Path, int]]:
    """File and bit of each flip: every file at least once, then files by chance, as often small ones as large ones."""
    chance = random.Random(20011206)  # noqa: S311 - not a secret
    files = sorted(p for p in release.folder.rglob("*") if p.is_file())
    chosen = [*files, *chance.choices(files, k=FLIPS - len(files))]
    return [(path, chance.randrange(8 * path.stat().st_size)) for path in chosen]


def _found(path: Path, release: Release, home: Path) -> None:
    name = path.relative_to(release.folder).as_posix()
    with pytest.raises(ReleaseDamaged, match=name.replace(".", r"\.")):
        verify(home, release.id)
    if path.suffix == ".parquet":
        with pytest.raises(ReleaseDamaged, match=path.name):
            tradefin.load(path.stem, home=home)
        with pytest.raises(ReleaseDamaged, match=path.name):
            tradefin.connect(home=home)
    elif name == DATABASE:
        with pytest.raises(ReleaseDamaged, match=DATABASE):
            query("select 1", home)


@pytest.mark.parametrize("is_current", [True, False])
def test_a_flipped_bit_is_found(release: Release, is_current: bool) -> None:
    home = release.folder.parents[1]
    flips = _flips(release)
    kinds = {path.suffix or path.name for path, _ in flips}
    assert kinds >= {".parquet", ".duckdb", ".json", ".md", ".html", ".sql", "SHA256SUMS"}
    pointer = (home / POINTER).read_bytes()
    if not is_current:  # then nothing outside the folder vouches for its manifest
        (home / POINTER).unlink()
        flips = [(path, bit) for path, bit in flips if path.name in (MANIFEST, "SHA256SUMS")]
    for path, bit in flips:
        good = path.read_bytes()
        spoilt = bytearray(good)
        spoilt[bit // 8] ^= 1 << bit % 8
        writable(path).write_bytes(spoilt)
        try:
            _found(path, release, home) if is_current else _found_alone(release, home)
        finally:
            path.write_bytes(good)
    (home / POINTER).write_bytes(pointer)
    assert verify(home).release == release.id


def _found_alone(release: Release, home: Path) -> None:
    with pytest.raises(ReleaseDamaged):
        verify(home, release.id)


def test_a_pointer_that_names_another_manifest_is_found(release: Release) -> None:
    home = release.folder.parents[1]
    good = (home / POINTER).read_bytes()
    sha256 = release.manifest_sha256
    (home / POINTER).write_bytes(good.replace(sha256.encode(), sha256[::-1].encode()))
    try:
        with pytest.raises(ReleaseDamaged, match="not the manifest that was published"):
            verify(home)
    finally:
        (home / POINTER).write_bytes(good)
