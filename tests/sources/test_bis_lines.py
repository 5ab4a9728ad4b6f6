"""BIS: the fast way through a file gives what the strict one gives, or leaves it to the strict one."""

import csv
import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.bis_files import flat_zip, wide_zip
from tests.campaigns.fuzz import hostile
from tests.sources.bis_answers import FIGURES, LOCAL, Figure, flat, wide
from tradefin.errors import SourceChanged
from tradefin.sources.bis_csv import sdmx_csv, wide_csv
from tradefin.sources.bis_series import WANTED, Row, observed
from tradefin.sources.lines import InDoubtError, Lines, Strict, sifting
from tradefin.sources.zipfiles import open_member

OTHERS: tuple[Figure, ...] = tuple(
    (LOCAL.replace("HKD", code), year, "7", "A") for code in ("HKD", "USD", "XEU") for year in ("2001", "2004")
)
ALL = (*OTHERS, *FIGURES, *OTHERS[:0:-1])
WIDE = (wide(ALL), wide(ALL, units=True))
FLAT = (
    flat(ALL, units="each"),
    flat(ALL, units="series", labels="both"),
    flat(ALL, units="set", labels="name"),
    flat(ALL, version=1, labels="both"),
    b"\xef\xbb\xbf" + flat(ALL).replace(b"\r\n", b"\n"),
)
CHANCE = random.Random(0)  # noqa: S311 - a test
Read = Callable[[Lines], Iterator[Row]]


def by_wide(lines: Lines) -> Iterator[Row]:
    return wide_csv(lines, "x", WANTED)


def by_flat(lines: Lines) -> Iterator[Row]:
    return sdmx_csv(lines, "x", WANTED)


def strictly(read: Read, data: bytes) -> list[Row] | str:
    """The rows, or why there are none."""
    try:
        return list(read(Strict(io.BytesIO(data), "x")))
    except SourceChanged as error:
        return str(error)


def fast(read: Read, data: bytes, piece: int) -> list[Row] | None:
    """The rows; None if it is left to the strict way."""
    pieces = (data[at : at + piece] for at in range(0, len(data), piece))
    try:
        with sifting(pieces, "x") as lines:
            return list(read(lines))
    except (SourceChanged, InDoubtError):
        return None


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([*WIDE, *FLAT]), st.randoms(use_true_random=False), st.integers(1, 3000), st.booleans())
@example(WIDE[0], CHANCE, 100, False)
@example(FLAT[0], CHANCE, 100, False)
def test_both_ways_give_the_same(good: bytes, chance: random.Random, piece: int, spoil: bool) -> None:
    read = by_wide if good in WIDE else by_flat
    data = hostile(good, chance, (*WIDE, *FLAT)) if spoil else good
    slow, quick = strictly(read, data), fast(read, data, piece)
    assert quick is None or quick == slow
    assert spoil or quick is not None, "the publisher's own layouts need no second reading"


def line(data: bytes, number: int, change: Callable[[bytes], bytes]) -> bytes:
    """A file with one line changed."""
    lines = data.split(b"\n")
    lines[number - 1] = change(lines[number - 1])
    return b"\n".join(lines)


FAULTS: dict[str, tuple[Read, bytes, str]] = {
    "a cell too many": (by_flat, line(FLAT[0], 3, lambda row: b"x," + row), "line 3: 30 cells where the header has 29"),
    "a cell too few": (by_wide, line(WIDE[0], 3, lambda row: row.replace(b",7,", b",")), "line 3: "),
    "deletes": (by_flat, line(FLAT[0], 3, lambda row: row.replace(b",I,", b",D,")), "line 3: tells to delete"),
    "another dataflow": (by_flat, line(FLAT[0], 3, lambda row: row.replace(b"TOV", b"TC")), "the answer is of 'BIS:"),
    "moved codes": (by_wide, line(WIDE[0], 3, lambda row: row.replace(b":USD:", b":EUR:")), "line 3: the codes 'A:U"),
    "text after a quote": (by_wide, line(WIDE[0], 3, lambda row: row.replace(b'",', b'"x,', 1)), "line 3: "),
    "a cell without end": (by_wide, line(WIDE[0], 3, lambda row: row.replace(b'",', b",", 1)), "line "),
    "a return alone": (by_flat, line(FLAT[0], 3, lambda row: row.replace(b",K,", b",\r,")), "line 3: new-line"),
    "Latin-1": (by_flat, line(FLAT[0], 3, lambda row: row.replace(b",K,", b",\xe9,")), "looks like Latin-1"),
    "a zero byte": (by_flat, line(FLAT[0], 3, lambda row: row.replace(b",K,", b",\0,")), "zero byte"),
    "a huge cell": (
        by_flat,
        line(FLAT[0], 3, lambda row: row.replace(b",K,", b"," + b"K" * 131_073 + b",")),
        "line 3: ",
    ),
    "a column twice": (by_flat, FLAT[0].replace(b"DER_TYPE", b"FREQ"), "stands twice"),
    "HTML": (by_flat, b"<!doctype html><title>Sorry</title>", "titled 'Sorry'"),
    "nothing": (by_wide, b" \n", "the answer is empty"),
}


@pytest.fixture(autouse=True)
def cells_as_python_has_them() -> Iterator[None]:
    """Some libraries raise the limit for the whole process."""
    before = csv.field_size_limit(131_072)
    yield
    csv.field_size_limit(before)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_a_line_that_nobody_asked_for_is_seen_and_told(name: str) -> None:
    read, data, why = FAULTS[name]
    assert fast(read, data, 1 << 20) is None
    said = strictly(read, data)
    assert isinstance(said, str) and why in said, said


HARMLESS: dict[str, tuple[Read, bytes]] = {
    "a blank line": (by_flat, line(FLAT[0], 3, lambda row: b"\n" + row)),
    "no new line at the end": (by_flat, FLAT[0].rstrip()),
    "quotes within a label": (by_wide, line(WIDE[0], 3, lambda row: row.replace(b'"Label', b'"""Label""', 1))),
    "points between codes": (by_wide, line(WIDE[0], 3, lambda row: row.replace(b":", b"."))),
    "labels beside codes": (by_wide, WIDE[0].replace(b"\r\nA,", b"\r\nA: Annual,")),
    "spaces around codes": (by_flat, FLAT[0].replace(b",5J,", b", 5J ,")),
    "NA is a country": (by_flat, FLAT[0].replace(b",GB,", b",NA,")),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_odd_and_yet_sound(name: str) -> None:
    read, data = HARMLESS[name]
    rows = strictly(read, data)
    assert isinstance(rows, list) and rows == fast(read, data, 100) and len(observed(rows, "x")) == 10


def test_a_label_on_two_lines_is_left_to_the_strict_way() -> None:
    data = line(WIDE[0], 3, lambda row: row.replace(b"Label, of A", b"Label,\nof A", 1))
    assert fast(by_wide, data, 100) is None
    assert strictly(by_wide, data) == strictly(by_wide, WIDE[0])


def test_full_layouts_need_no_second_reading(tmp_path: Path) -> None:
    for path, read in (
        (wide_zip(tmp_path, 2000), by_wide),
        (flat_zip(tmp_path, 8000, labels=True), by_flat),
    ):
        with open_member(path, "*.csv", "x") as file:
            data = file.read()
        rows = strictly(read, data)
        assert rows and rows == fast(read, data, 1 << 18)
