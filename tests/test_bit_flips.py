"""A bit that flips in any file of a release is found: flips with a fixed seed, over every kind of file.

The logic is that of the campaign `tests/campaigns/corruption.py`, which flips more of them.
"""

import random

import pytest

from tests.campaigns import corruption
from tests.publishing import publish_light
from tests.tiny import make_tiny
from tradefin.errors import ReleaseDamaged
from tradefin.releases.manifest import MANIFEST
from tradefin.releases.release import POINTER, Release
from tradefin.releases.verify import verify

FLIPS = 200


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return publish_light(make_tiny(tmp_path_factory.mktemp("flips")))


def chance() -> random.Random:
    return random.Random(20011206)  # noqa: S311 - not a secret


def test_a_flipped_bit_is_found(release: Release) -> None:
    flips = corruption.flips(release, FLIPS, chance())
    assert {corruption.kind(path) for path, _ in flips} >= corruption.KINDS
    for path, bit in flips:
        with corruption.flipped(path, bit):
            assert corruption.silent(path, release) == [], f"bit {bit} of {path}"
    assert verify(release.folder.parents[1]).release == release.id


def test_a_flipped_bit_of_what_vouches_is_found_where_no_pointer_does(release: Release) -> None:
    home = release.folder.parents[1]
    pointer = (home / POINTER).read_bytes()
    (home / POINTER).unlink()
    vouching = [(p, b) for p, b in corruption.flips(release, FLIPS, chance()) if p.name in (MANIFEST, "SHA256SUMS")]
    try:
        for path, bit in vouching:
            with corruption.flipped(path, bit), pytest.raises(ReleaseDamaged):
                verify(home, release.id)
    finally:
        (home / POINTER).write_bytes(pointer)
    assert vouching
    assert verify(home).release == release.id


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
