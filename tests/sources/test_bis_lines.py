"""BIS: the fast way through a file gives what the strict one gives, or leaves it to the strict one."""

import io
import random
from collections.abc import Callable, Iterator

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.campaigns.fuzz import hostile
from tests.sources.bis_answers import FIGURES, LOCAL, Figure, flat, wide
from tradefin.errors import SourceChanged
from tradefin.sources.bis_csv import sdmx_csv, wide_csv
from tradefin.sources.bis_series import WANTED, Row
from tradefin.sources.lines import InDoubtError, Lines, Strict, sifting

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


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([*WIDE, *FLAT]), st.randoms(use_true_random=False), st.integers(1, 3000), st.booleans())
@example(WIDE[0], CHANCE, 100, False)
@example(FLAT[0], CHANCE, 100, False)
def test_both_ways_give_the_same(good: bytes, chance: random.Random, piece: int, spoil: bool) -> None:
    read = by_wide if good in WIDE else by_flat
    data = hostile(good, chance, (*WIDE, *FLAT)) if spoil else good
    slow, quick = strictly(read, data), fast(read, data, piece)
    assert quick is None or quick == slow
    assert spoil or quick is not None, "the publisher's own layouts need no second reading"
