"""Packages of the npm registry: only the pinned bytes, only the files asked for."""

import base64
import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest

from tradefin.errors import NotFound, SourceChanged, TradefinError, Unavailable
from tradefin.report import sqlbox
from tradefin.sources import npm


def packed(*entries: tuple[str, bytes | str]) -> bytes:
    """A packed tar: bytes make a file, a text makes a link."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w:gz") as archive:
        for name, held in entries:
            info = tarfile.TarInfo(name)
            if isinstance(held, str):
                info.type, info.linkname = tarfile.SYMTYPE, held
                archive.addfile(info)
            else:
                info.size = len(held)
                archive.addfile(info, io.BytesIO(held))
    return sink.getvalue()


def pinned(data: bytes) -> npm.Package:
    integrity = f"sha512-{base64.b64encode(hashlib.sha512(data).digest()).decode()}"
    return npm.Package("@scope/name", "1.2.3", integrity, "MIT")


GOOD = packed(("package/a.js", b"a"), ("package/b.js", b"b"), ("../../evil", b"!"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(npm.FOLDER, str(tmp_path))
    return tmp_path


def test_a_package_is_taken_from_the_named_folder(folder: Path) -> None:
    package = pinned(GOOD)
    (folder / "scope-name-1.2.3.tgz").write_bytes(GOOD)
    assert npm.fetch([package]) == {package: GOOD}


def test_other_bytes_than_those_pinned_are_refused(folder: Path) -> None:
    (folder / "scope-name-1.2.3.tgz").write_bytes(GOOD + b"\0")
    with pytest.raises(SourceChanged, match="not the bytes that were pinned"):
        npm.fetch([pinned(GOOD)])


def test_a_missing_package_says_how_to_get_it(folder: Path) -> None:
    with pytest.raises(NotFound, match=r"npm pack @scope/name@1\.2\.3"):
        npm.fetch([pinned(GOOD)])


def test_without_npm_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(npm.FOLDER, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotFound, match=npm.FOLDER):
        npm.fetch([pinned(GOOD)])


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
def test_npm_is_asked_for_the_exact_version_and_its_failure_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "npm").write_text('#!/bin/sh\necho "asked: $*" >&2\nexit 1\n')
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.delenv(npm.FOLDER, raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(Unavailable, match=r"asked: pack --ignore-scripts --loglevel=error @scope/name@1\.2\.3"):
        npm.fetch([pinned(GOOD)])


def test_only_the_files_asked_for_are_read() -> None:
    assert npm.members(GOOD, ["b.js"], "x") == {"b.js": b"b"}


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (GOOD, SourceChanged, "lacks c.js"),
        (packed(("package/c.js", "/etc/passwd")), SourceChanged, "no plain file"),
        (packed(("package/c.js", b"1"), ("package/c.js", b"2")), SourceChanged, "there twice"),
        (GOOD[: len(GOOD) // 2], Unavailable, "cut short or damaged"),
        (b"<html>", Unavailable, "cut short or damaged"),
    ],
    ids=["lacking", "link", "twice", "cut", "HTML"],  # gzip's bytes tell the time
)
def test_an_archive_that_nobody_honest_makes_is_refused(data: bytes, error: type[TradefinError], said: str) -> None:
    with pytest.raises(error, match=said):
        npm.members(data, ["c.js"], "x")


def test_an_archive_that_holds_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npm, "_UNPACKED", 2)
    with pytest.raises(SourceChanged, match="more than is put up with"):
        npm.members(GOOD, ["a.js"], "x")


def test_what_the_cache_holds_is_not_asked_for_and_what_it_lost_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = pinned(GOOD)
    monkeypatch.setenv("TRADEFIN_CACHE", str(folder / "cache"))
    monkeypatch.setattr(sqlbox, "_FILES", {package: {"a.js": "one.js"}})
    there = folder / package.file
    there.write_bytes(GOOD)
    assert sqlbox.files()["one.js"] == b"a"
    there.unlink()
    assert sqlbox.files()["one.js"] == b"a"
    (folder / "cache" / "npm" / f"{package.sha512}.tgz").write_bytes(b"spoilt")
    with pytest.raises(NotFound):
        sqlbox.files()
