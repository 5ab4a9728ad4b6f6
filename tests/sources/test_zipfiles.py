"""Zips that nobody honest makes, and those that were cut on the way."""

import contextlib
import hashlib
import io
import stat
import struct
import zipfile

import pytest

from tests.sources.bank import zipped
from tradefin.errors import SourceChanged, Unavailable
from tradefin.sources.zipfiles import ZipLimits, check, members, open_member

FILES = {"a.csv": b"A\n1\n", "folder/b.csv": b"B\n2\n", "readme.txt": b"read me"}


def raw(*entries: zipfile.ZipInfo, data: bytes = b"x", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for entry in entries:
            archive.writestr(entry, data, method)
    return sink.getvalue()


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("a.csv")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def test_only_what_is_asked_for_is_read() -> None:
    assert members(zipped(FILES), ["folder/*.csv", "a.csv"], "z") == {"folder/b.csv": b"B\n2\n", "a.csv": b"A\n1\n"}
    assert members(zipped(FILES), ["*.csv"], "z").keys() == {"a.csv", "folder/b.csv"}
    assert check(zipped(FILES), "z") == tuple(FILES)


def test_a_missing_member_names_those_that_are_there() -> None:
    with pytest.raises(SourceChanged, match=r"no member is called 'c.csv'. It holds: a.csv, folder/b.csv, readme.txt"):
        members(zipped(FILES), ["a.csv", "c.csv"], "z")


def test_a_large_member_comes_as_a_file() -> None:
    data = hashlib.shake_256(b"noise").digest(1 << 16) * (40 << 4)  # 40 MB: more than is held in memory
    packed = zipped({"large.csv": data})
    with open_member(packed, "*.csv", "z") as file:
        assert file.read(6) == data[:6]
        file.seek(0)
        assert sum(len(piece) for piece in iter(lambda: file.read(1 << 20), b"")) == len(data)


def test_one_member_is_one() -> None:
    with pytest.raises(SourceChanged, match="several members"), open_member(zipped(FILES), "*.csv", "z"):
        pass


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (zipped({"../a.csv": b"x"}), "leads out"),
        (zipped({"a/../../a.csv": b"x"}), "leads out"),
        (zipped({"/etc/a.csv": b"x"}), "absolute"),
        (zipped({"C:/a.csv": b"x"}), "absolute"),
        (zipped({"..\\a.csv": b"x"}), "absolute"),
        (zipped({"a\n.csv": b"x"}), "control"),
        (raw(link()), "is a link"),
        (zipped({"a.csv": b"x", "A.csv": b"y"}), "twice"),
        (zipped({"a.csv": b"x"}).replace(b"a.csv", b"a\0csv"), "control"),
        (raw(zipfile.ZipInfo("a.csv"), method=zipfile.ZIP_LZMA), "packed by method 14"),
        (zipped({"a.csv": bytes(3 << 20)}), "as zip bombs do"),
        (zipped({f"{i}.csv": b"" for i in range(1001)}), "1,001 members"),
    ],
)
def test_archives_that_are_refused_whole(data: bytes, why: str) -> None:
    for read in (lambda: members(data, ["*"], "z"), lambda: check(data, "z")):
        with pytest.raises(SourceChanged, match=why):
            read()


def test_limit_on_all_of_it() -> None:
    noise = bytes(i * i % 251 for i in range(1000))
    data = zipped({"a.csv": noise, "b.csv": noise})
    assert len(members(data, ["*"], "z", ZipLimits(bytes=2000))) == 2
    with pytest.raises(SourceChanged, match="unpacks to 2,000 bytes where at most 1,999"):
        members(data, ["a.csv"], "z", ZipLimits(bytes=1999))


def test_encrypted_member() -> None:
    data = bytearray(zipped({"a.csv": b"x"}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    with pytest.raises(SourceChanged, match="is encrypted"):
        members(bytes(data), ["a.csv"], "z")


def test_stated_sizes_are_not_believed() -> None:
    data = bytearray(zipped({"a.csv": b"0123456789" * 50}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 20)
    with pytest.raises(Unavailable, match="cut short or damaged"):
        members(bytes(data), ["a.csv"], "z")


@pytest.mark.parametrize("cut", [1, 20, 60, 150])
def test_cut_short(cut: int) -> None:
    with pytest.raises(Unavailable, match="cut short or damaged"):
        members(zipped(FILES)[:-cut], ["a.csv"], "z")


def test_one_flipped_bit() -> None:
    data = bytearray(zipped({"a.csv": b"some longer text to pack, and more of it"}))
    data[45] ^= 4
    with pytest.raises(Unavailable, match="cut short or damaged"):
        members(bytes(data), ["a.csv"], "z")


@pytest.mark.parametrize("change", [0x01, 0x80, 0xFF])
def test_any_one_byte_may_be_wrong(change: int) -> None:
    good = zipped({"a.csv": FILES["a.csv"], "b.csv": b"B" * 100})
    for at in range(len(good)):
        data = bytearray(good)
        data[at] ^= change
        with contextlib.suppress(SourceChanged, Unavailable):  # and nothing else
            assert members(bytes(data), ["a.csv"], "z") == {"a.csv": FILES["a.csv"]}


@pytest.mark.parametrize(
    ("data", "what"),
    [(b"<html><title>Sorry</title>", "HTML .titled 'Sorry'."), (b"COUNTRY,YEAR\n", "begins b'COUNTRY,'"), (b"", "b''")],
)
def test_not_a_zip(data: bytes, what: str) -> None:
    with pytest.raises(SourceChanged, match=what):
        members(data, ["a.csv"], "z")
