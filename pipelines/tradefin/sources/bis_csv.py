"""The BIS's CSV files as rows by column id.

Two layouts: SDMX-CSV 1.0 and 2.0, one observation a row (also the flat bulk file), with codes alone, with `ID:Label`
headers and `CODE: Label` cells, or with columns of labels beside; and the wide bulk file, one series a row, one column
a year. Columns are found by id, never by position. What belongs here: these layouts. What does not: what counts as an
observation (`bis_series`), which lines there are (`lines`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tradefin.errors import SourceChanged
from tradefin.sources.bis_series import ANY, ATTRIBUTES, COLUMNS, DIMENSIONS, NAMED, Key, Row, check_name, fits
from tradefin.sources.lines import ANYTHING, CODE, Lines, Rule, labelled

_ID = re.compile(r"[A-Z][A-Z0-9_]*")
_YEAR = re.compile(r"(19|20)[0-9]{2}")
_ENVELOPE = ("DATAFLOW", "STRUCTURE", "STRUCTURE_ID", "ACTION", "STRUCTURE_NAME", "SERIES_KEY", "OBS_KEY")
_FREE = ("TIME_PERIOD", "OBS_VALUE", "OBS_PRE_BREAK", "TITLE_TS")
_NO_DELETION = r'(?:[^D,"\r\n][^,"\r\n]*)?'
_CODED = frozenset((*DIMENSIONS, *ATTRIBUTES)) - {*_FREE}


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

    @cached_property
    def key(self) -> tuple[int, ...]:
        """Positions of the codes that name a series."""
        return tuple(self.at[dimension] for dimension in DIMENSIONS)

    @cached_property
    def data(self) -> tuple[tuple[str, int, bool], ...]:
        """Those that say something of an observation: name, position, whether they hold codes."""
        return tuple((n, i, n in _CODED) for n, i in self.at.items() if n not in (*_ENVELOPE, "Series"))


def sdmx_csv(lines: Lines, where: str, wanted: Sequence[Key] = ()) -> Iterator[Row]:
    """Rows of an SDMX-CSV file: observations, and rows without a period that say what holds for several.

    Args:
        lines: The file.
        where: What was asked, for errors.
        wanted: Series to keep, by their codes, `*` for any; by default all are kept.

    Raises:
        SourceChanged: Not such a file, of another dataflow, a column is gone, or it tells to delete.
    """
    header = _header(lines, where, years=False)
    named = next((n for n in ("DATAFLOW", "STRUCTURE_ID") if n in header.at), None)
    if named is None:
        raise SourceChanged(f"{where}: not SDMX-CSV, which has a column DATAFLOW or STRUCTURE_ID: {_some(header)}.")
    _all_there(header, (*DIMENSIONS, "TIME_PERIOD", "OBS_VALUE"), where)
    if wanted:
        lines.may_skip(_rule(header, wanted, labelled(CODE), {named: labelled(NAMED, ": "), "ACTION": _NO_DELETION}))
    before = ""
    for row in _rows(lines, header, where):
        if row[header.at[named]] != before:
            before = row[header.at[named]]
            check_name(before.partition(": ")[0], where)
        if "ACTION" in header.at and row[header.at["ACTION"]].startswith("D"):
            raise SourceChanged(f"{where}, line {lines.line_num}: tells to delete figures (ACTION=D).")
        key = tuple([_code(row[i]) for i in header.key])
        if not wanted or not ANY.isdisjoint(key) or fits(key, wanted):
            yield _cells(row, header)


def wide_csv(lines: Lines, where: str, wanted: Sequence[Key]) -> Iterator[Row]:
    """Observations of a wide bulk file; an empty cell is none.

    Args:
        lines: The file.
        where: What was asked, for errors.
        wanted: Series to keep, by their codes, `*` for any.

    Raises:
        SourceChanged: Not such a file, a column is gone, or the codes of a row are not those of its series.
    """
    header = _header(lines, where, years=True)
    _all_there(header, (*DIMENSIONS, "Series"), where)
    if not header.years:
        raise SourceChanged(f"{where}: no column is a year: {_some(header)}.")
    lines.may_skip(_rule(header, wanted, CODE, {"Series": f"{CODE}(?::{CODE})*"}, same_as="Series"))
    for row in _rows(lines, header, where):
        key = tuple([_code(row[i]) for i in header.key])
        series = row[header.at["Series"]]
        if ":".join(key) != series.replace(".", ":"):
            raise SourceChanged(
                f"{where}, line {lines.line_num}: the codes {':'.join(key)[:80]!r} are not those of the series "
                f"{series[:80]!r}: have columns moved?"
            )
        if fits(key, wanted):
            about = _cells(row, header)
            for year, i in header.years.items():
                yield {**about, "TIME_PERIOD": year, "OBS_VALUE": row[i].strip()}


def _rule(header: _Header, wanted: Sequence[Key], code: str, others: Mapping[str, str], same_as: str = "") -> Rule:
    """Which lines the readers above would pass over: sound ones of series that nobody wants."""
    cells = [ANYTHING] * header.width
    for name, pattern in {**dict.fromkeys(DIMENSIONS, code), **others}.items():
        if name in header.at:
            cells[header.at[name]] = pattern
    asked = []
    for key in wanted:
        asked.append([*cells])
        for place, one in zip(header.key, key, strict=True):
            if one != "*":
                asked[-1][place] = code.replace(CODE, re.escape(one))
    return Rule(cells, asked, header.key if same_as else (), header.at[same_as] if same_as else 0)


def _header(lines: Lines, where: str, years: bool) -> _Header:
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


def _rows(lines: Lines, header: _Header, where: str) -> Iterator[list[str]]:
    for row in lines:
        if len(row) == header.width:
            yield row
        elif row:
            raise SourceChanged(
                f"{where}, line {lines.line_num}: {len(row)} cells where the header has {header.width}."
            )


def _cells(row: list[str], header: _Header) -> Row:
    return {name: _code(row[i]) if coded else row[i].strip() for name, i, coded in header.data}


def _code(cell: str) -> str:
    """`CODE: Label` or `CODE`; no code holds a colon."""
    return cell.partition(":")[0].strip() if ":" in cell else cell.strip()
