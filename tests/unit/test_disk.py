"""What a disk refuses is told with the path and the way out, and what killed processes left half written goes."""

import errno
import os
import time
from pathlib import Path

import pyarrow as pa
import pytest

from tests.tiny import make_tiny
from tradefin.errors import Unavailable
from tradefin.releases import database, staging
from tradefin.tables.store import Store, disk, write_atomically


@pytest.mark.parametrize(
    ("number", "way_out"),
    [
        (errno.ENOSPC, "No space left on device). Make room there"),
        (errno.EROFS, "Read-only file system). Make it writable"),
        (errno.EIO, "Input/output error). Check that disk"),
    ],
)
def test_the_error_names_path_and_way_out(tmp_path: Path, number: int, way_out: str) -> None:
    with pytest.raises(Unavailable) as caught, disk(tmp_path / "place"):
        raise OSError(number, os.strerror(number))
    assert str(caught.value).startswith(f"{tmp_path / 'place'} cannot be written (")
    assert way_out in str(caught.value)
    assert "TRADEFIN_HOME" in str(caught.value)


def test_the_path_that_the_kernel_names_counts(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unavailable, match="file/folder cannot be written"):
        write_atomically(tmp_path / "file" / "folder" / "name", b"")


def test_a_store_on_a_file_cannot_be_written(tmp_path: Path) -> None:
    home = tmp_path / "outputs"
    home.write_text("in the way")
    with pytest.raises(Unavailable, match="TRADEFIN_HOME"):
        Store(home).put_table("rates", pa.table({"x": [1]}))


def test_a_database_that_cannot_be_written_is_an_error_of_the_disk(tmp_path: Path) -> None:
    tiny = make_tiny(tmp_path)
    with pytest.raises(OSError, match=r"tradefin\.duckdb"):
        database.write(tmp_path / "missing" / "tradefin.duckdb", tiny, [], None)  # type: ignore[arg-type]


@pytest.mark.parametrize("folder", ["", "snapshots", "tables/rates", "memo/tables"])
def test_half_written_files_are_swept_after_a_day(tmp_path: Path, folder: str) -> None:
    place = tmp_path / folder
    place.mkdir(parents=True, exist_ok=True)
    old, young, other = place / ".writing-old", place / ".writing-young", place / "whole"
    for path in (old, young, other):
        path.write_text("x")
    for path in (old, other):
        os.utime(path, (time.time() - 90_000,) * 2)
    staging.sweep(tmp_path)
    assert sorted(p.name for p in place.iterdir() if p.is_file()) == [".writing-young", "whole"]
