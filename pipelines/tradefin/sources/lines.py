"""Lines of a CSV file in UTF-8: all of them, one by one, or only those that a reader has to look at.

`Strict` says of each fault in which line it is; at some microseconds a line that is slow where there are tens of
millions. `Sifted` passes over lines of which a pattern proves that they are one whole row, that there is nothing to
find fault with, and that nobody asked for them; all others are read by the same reader. It never says what is wrong:
at the first doubt the file is to be read strictly. What belongs here: lines and rows. What does not: what a row says.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import IO, Protocol, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from tradefin.errors import SourceChanged
from tradefin.sources.text import decode_text

_START = 1 << 16
_LONGEST = 8 << 20  # of a line, in bytes
_WORKERS = 2
_WAITING = 4  # blocks: what bounds the memory

# Patterns of RE2 for one cell. Where they match, every reader of CSV sees the same cell.
CODE = "[0-9A-Za-z_]+"
_BARE, _QUOTED = r'[^,"\r\n]*', r'(?:[^"\r\n]|"")*'
ANYTHING = f'(?:{_BARE}|"{_QUOTED}")'


def labelled(code: str, mark: str = ":") -> str:
    """Pattern of a cell that is a code, or a code and its label with a mark between them."""
    return f'(?:{code}(?:{mark}{_BARE})?|"{code}(?:{mark}{_QUOTED})?")'


@dataclass(frozen=True)
class Rule:
    """Which lines need not be looked at.

    Attributes:
        sound: Pattern of each cell of a row with which no fault can be found.
        asked: The same for rows that are asked for; they must be sound as well, or are looked at anyway.
        joined: Positions of cells that are bare codes ...
        equals: ... and of the one that must say the same, joined by colons.
    """

    sound: Sequence[str]
    asked: Sequence[Sequence[str]]
    joined: Sequence[int] = ()
    equals: int = 0


class Lines(Protocol):
    """Rows of cells.

    Attributes:
        line_num: The line of the last row; 0 if it is not known.
    """

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...

    def may_skip(self, rule: Rule) -> None:
        """Say which of the following lines need not be looked at."""


class Strict:
    """Every line.

    Args:
        file: The bytes.
        where: What they are, for errors.

    Raises:
        SourceChanged: Empty, a web page, no CSV or not in UTF-8; says in which line.
    """

    def __init__(self, file: IO[bytes], where: str) -> None:
        _begins_as_a_table(file.read(_START), where)
        file.seek(0)
        self.line_num = 0
        self._where = where
        self._rows = csv.reader(_decoded(file, where), strict=True)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> list[str]:
        try:
            return next(self._rows)
        except csv.Error as error:
            raise SourceChanged(f"{self._where}, line {self._rows.line_num}: {error}.") from error
        finally:
            self.line_num = self._rows.line_num

    def may_skip(self, rule: Rule) -> None:
        """Nothing is skipped."""


class InDoubtError(Exception):
    """Not every line can be told to be harmless: the file is to be read strictly."""


class Sifted:
    """The first line, and of the others those that a rule does not pass over; made by `sifting`."""

    def __init__(self, pieces: Iterable[bytes], where: str, pool: ThreadPoolExecutor) -> None:
        self.line_num = 0
        self._rule: Rule | None = None
        self._pool = pool
        self._rows = self._read(_blocks(pieces), where)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> list[str]:
        try:
            return next(self._rows)
        except (UnicodeDecodeError, csv.Error, pa.ArrowInvalid) as error:
            raise InDoubtError(str(error)) from error

    def may_skip(self, rule: Rule) -> None:
        """Say which of the following lines need not be looked at; to be called after the first."""
        self._rule = rule

    def _read(self, blocks: Iterator[bytes], where: str) -> Iterator[list[str]]:
        first = next(blocks, b"")
        _begins_as_a_table(first[:_START], where)
        end = first.find(b"\n") + 1 or len(first)
        yield _row(first[:end].decode("utf-8-sig"))
        waiting: deque[Future[list[str]]] = deque()
        for block in chain([first[end:]], blocks):
            waiting.append(self._pool.submit(_to_look_at, block, self._rule))
            if len(waiting) > _WAITING:
                yield from map(_row, waiting.popleft().result())
        while waiting:
            yield from map(_row, waiting.popleft().result())


@contextmanager
def sifting(pieces: Iterable[bytes], where: str) -> Iterator[Sifted]:
    """A file of which not every line is looked at.

    Args:
        pieces: Its bytes, in pieces of any size.
        where: What they are, for errors, which are those of the start only.

    Raises:
        InDoubtError: While it is read: the file must be read strictly.
        SourceChanged: So must it, to find all the same.
    """
    # The threads must end with this block: a generator that owned them might be closed in one of them, and wait.
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="sifting") as pool:
        yield Sifted(pieces, where, pool)


def _begins_as_a_table(start: bytes, where: str) -> None:
    if not start.strip():
        raise SourceChanged(f"{where}: the answer is empty.")
    decode_text(start[: start.rfind(b"\n") + 1] or start, where, ",")


def _decoded(file: IO[bytes], where: str) -> Iterator[str]:
    number = 0
    while line := file.readline(_LONGEST + 1):
        number += 1
        if len(line) > _LONGEST:
            raise SourceChanged(f"{where}, line {number}: longer than {_LONGEST:,} bytes.")
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            yield decode_text(line, f"{where}, from line {number} on")  # says which encoding it seems to be


def _row(line: str) -> list[str]:
    """A line that is a row of its own; one that ends within a quoted cell is an error of the library's."""
    (row,) = csv.reader([line], strict=True)
    return row


def _blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks of whole lines."""
    rest = b""
    for piece in pieces:
        end = piece.rfind(b"\n") + 1
        if end:
            yield rest + piece[:end]
            rest = piece[end:]
        else:
            rest += piece
        if len(rest) > _LONGEST:
            raise InDoubtError("a very long line")
    if rest:
        yield rest


def _to_look_at(block: bytes, rule: Rule | None) -> list[str]:
    """The lines of a block that a rule does not pass over."""
    lines = _lines(block)
    found: list[str] = (lines.filter(pc.invert(_skipped(lines, rule))) if rule else lines).to_pylist()
    return found


def _skipped(lines: pa.Array, rule: Rule) -> pa.Array:
    raw = lines.view(pa.binary())  # matched byte by byte, which is faster; it has just been found to be UTF-8
    passed = pc.and_not(
        pc.match_substring_regex(raw, _pattern([rule.sound])), pc.match_substring_regex(raw, _pattern(rule.asked))
    )
    if rule.joined and passed.true_count:
        agree = _agree(raw.filter(passed), rule)
        if agree.true_count < len(agree):
            passed = pc.replace_with_mask(passed, passed, agree)
    return passed


def _lines(block: bytes) -> pa.Array:
    """A block as one text a line, without a copy.

    Raises:
        InDoubtError: A line is so long that a cell may be too long for the library, or it holds a zero byte.
        pa.ArrowInvalid: Not in UTF-8.
    """
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n")) + 1
    last = [] if block.endswith(b"\n") or not block else [len(block)]
    offsets = np.concatenate(([0], ends, last)).astype(np.int32)
    if np.diff(offsets).max(initial=0) > csv.field_size_limit() or b"\0" in block:
        raise InDoubtError("a very long line, or a zero byte")
    lines = pa.Array.from_buffers(pa.string(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(block)])
    lines.validate(full=True)
    return lines


def _pattern(rows: Sequence[Sequence[str]]) -> str:
    return f"^(?:{'|'.join(','.join(cells) for cells in rows)})(?:\\r?\\n)?$"


def _agree(lines: pa.Array, rule: Rule) -> pa.Array:
    """Of lines that are sound: whether one cell is what others are, joined by colons."""
    _, places, data = lines.buffers()
    offsets = np.frombuffer(places, np.int32)[lines.offset : lines.offset + len(lines) + 1]
    names = {i: f"f{i}" for i in (*rule.joined, rule.equals)}
    table = pcsv.read_csv(
        pa.BufferReader(data[int(offsets[0]) : int(offsets[-1])]),
        pcsv.ReadOptions(autogenerate_column_names=True, use_threads=False, block_size=_LONGEST * 2),
        convert_options=pcsv.ConvertOptions(
            include_columns=list(names.values()), column_types=dict.fromkeys(names.values(), pa.string())
        ),
    )
    # Separators as a column: from a literal, pyarrow makes a scalar, and for that imports pandas.
    places, colons = np.arange(len(lines) + 1, dtype=np.int32), b":" * len(lines)
    between = pa.Array.from_buffers(pa.string(), len(lines), [None, pa.py_buffer(places), pa.py_buffer(colons)])
    joined = pc.binary_join_element_wise(*(table[names[i]] for i in rule.joined), between)
    return pc.equal(joined, table[names[rule.equals]]).combine_chunks()
