"""The BIS's CSV files as rows by column id, read line by line: the full ones are large.

Two layouts: SDMX-CSV 1.0 and 2.0, one observation a row (also the flat bulk file), with codes alone, with `ID:Label`
headers and `CODE: Label` cells, or with columns of labels beside; and the wide bulk file, one series a row, one column
a year. Columns are found by id, never by position. What belongs here: these layouts. What does not: what counts as an
observation (`bis_series`).
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from tradefin.errors import SourceChanged
from tradefin.sources.bis_series import ANY, ATTRIBUTES, COLUMNS, DIMENSIONS, Row, check_name
from tradefin.sources.text import decode_text

if TYPE_CHECKING:
    from _csv import Reader

Wanted = Callable[[Sequence[str]], bool]

_ID = re.compile(r"[A-Z][A-Z0-9_]*")
_YEAR = re.compile(r"(19|20)[0-9]{2}")
_ENVELOPE = ("DATAFLOW", "STRUCTURE", "STRUCTURE_ID", "ACTION", "STRUCTURE_NAME", "SERIES_KEY", "OBS_KEY")
_FREE = ("TIME_PERIOD", "OBS_VALUE", "OBS_PRE_BREAK", "TITLE_TS")
_CODED = frozenset((*DIMENSIONS, *ATTRIBUTES)) - {*_FREE}
_START = 1 << 16


@dataclass(frozen=True)
class _Header:
    """Where columns stand.

    Attributes:
        at: Position by id; columns of labels are left out.
        years: Position by year.
        width: How many cells a row has.
    """

    at: dict[str, int]
    years: dict[str, int]
    width: int

    @property
    def data(self) -> dict[str, int]:
        """Those that say something of an observation."""
        return {name: i for name, i in self.at.items() if name not in (*_ENVELOPE, "Series")}


def sdmx_csv(file: IO[bytes], where: str, wanted: Wanted | None = None) -> Iterator[Row]:
    """Rows of an SDMX-CSV file: observations, and rows without a period that say what holds for several.

    Args:
        file: The bytes.
        where: What was asked, for errors.
        wanted: Says of a series, by its codes, whether to keep it; by default all are kept.

    Raises:
        SourceChanged: Not such a file, of another dataflow, a column is gone, or it tells to delete.
    """
    with _reading(file, where) as lines:
        header = _header(lines, where, years=False)
        named = next((n for n in ("DATAFLOW", "STRUCTURE_ID") if n in header.at), None)
        if named is None:
            raise SourceChanged(f"{where}: not SDMX-CSV, which has a column DATAFLOW or STRUCTURE_ID: {_some(header)}.")
        _all_there(header, (*DIMENSIONS, "TIME_PERIOD", "OBS_VALUE"), where)
        before = ""
        for row in _rows(lines, header, where):
            if row[header.at[named]] != before:
                before = row[header.at[named]]
                check_name(before.partition(": ")[0], where)
            if "ACTION" in header.at and row[header.at["ACTION"]].startswith("D"):
                raise SourceChanged(f"{where}, line {lines.line_num}: tells to delete figures (ACTION=D).")
            key = [_code(row[header.at[d]]) for d in DIMENSIONS]
            if wanted is None or any(code in ANY for code in key) or wanted(key):
                yield {**_cells(row, header), **dict(zip(DIMENSIONS, key, strict=True))}


def wide_csv(file: IO[bytes], where: str, wanted: Wanted) -> Iterator[Row]:
    """Observations of a wide bulk file; an empty cell is none.

    Args:
        file: The bytes.
        where: What was asked, for errors.
        wanted: Says of a series, by its codes, whether to keep it.

    Raises:
        SourceChanged: Not such a file, a column is gone, or the codes of a row are not those of its series.
    """
    with _reading(file, where) as lines:
        header = _header(lines, where, years=True)
        _all_there(header, (*DIMENSIONS, "Series"), where)
        if not header.years:
            raise SourceChanged(f"{where}: no column is a year: {_some(header)}.")
        for row in _rows(lines, header, where):
            key = [_code(row[header.at[d]]) for d in DIMENSIONS]
            series = row[header.at["Series"]]
            if ":".join(key) != series.replace(".", ":"):
                raise SourceChanged(
                    f"{where}, line {lines.line_num}: the codes {':'.join(key)[:80]!r} are not those of the series "
                    f"{series[:80]!r}: have columns moved?"
                )
            if wanted(key):
                about = _cells(row, header)
                for year, i in header.years.items():
                    yield {**about, "TIME_PERIOD": year, "OBS_VALUE": row[i].strip()}


@contextmanager
def _reading(file: IO[bytes], where: str) -> "Iterator[Reader]":
    """CSV lines of a file in UTF-8 that begins as a table should."""
    start = file.read(_START)
    if not start.strip():
        raise SourceChanged(f"{where}: the answer is empty.")
    decode_text(start[: start.rfind(b"\n") + 1] or start, where, ",")
    file.seek(0)
    lines = csv.reader(_decoded(file, where), strict=True)
    try:
        yield lines
    except csv.Error as error:
        raise SourceChanged(f"{where}, line {lines.line_num}: {error}.") from error


def _decoded(file: IO[bytes], where: str) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            yield decode_text(line, f"{where}, from line {number} on")  # says which encoding it seems to be


def _header(lines: "Reader", where: str, years: bool) -> _Header:
    """Columns by id. What is written like no id is a label; what begins like a year must be one."""
    at: dict[str, int] = {}
    found: dict[str, int] = {}
    cells = next(lines)
    for i, cell in enumerate(cells):
        name = cell.partition(":")[0].partition("[")[0].strip()
        if years and name[:1].isdigit():
            if not _YEAR.fullmatch(name):
                raise SourceChanged(f"{where}: column {name[:40]!r} is no year.")
            place = found
        elif name == "Series" or _ID.fullmatch(name):
            place = at
        else:
            continue
        if name in place:
            raise SourceChanged(f"{where}: column {name} stands twice.")
        place[name] = i
    return _Header(at, found, len(cells))


def _all_there(header: _Header, needed: Sequence[str], where: str) -> None:
    missing = [name for name in needed if name not in header.at]
    if not missing:
        return
    known = {*COLUMNS, *_ENVELOPE, "Series"}
    unknown = [name for name in header.at if name not in known]
    perhaps = f" Unknown: {', '.join(unknown)}; renamed?" if unknown else f" It has: {_some(header)}."
    raise SourceChanged(f"{where}: no column {', '.join(missing)}.{perhaps}")


def _some(header: _Header) -> str:
    return ", ".join(list(header.at)[:20]) or "no column has an id"


def _rows(lines: "Reader", header: _Header, where: str) -> Iterator[list[str]]:
    for row in lines:
        if len(row) == header.width:
            yield row
        elif row:
            raise SourceChanged(
                f"{where}, line {lines.line_num}: {len(row)} cells where the header has {header.width}."
            )


def _cells(row: list[str], header: _Header) -> Row:
    return {n: _code(row[i]) if n in _CODED else row[i].strip() for n, i in header.data.items()}


def _code(cell: str) -> str:
    """`CODE: Label` or `CODE`; no code holds a colon."""
    return cell.partition(":")[0].strip()
