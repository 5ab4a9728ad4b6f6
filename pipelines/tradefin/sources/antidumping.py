"""The WTO's anti-dumping tables, PDFs: measures by reporting member and by exporter, one column a year.

A zero is a blank cell, so a figure's column is told by where it stands under the header, never by counting, and every
row and column must add up to its total. What belongs here: the layout. What does not: members' codes (`sql/sources/`).
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pyarrow as pa

from tradefin.errors import SourceChanged
from tradefin.sources import pdf
from tradefin.sources.bundled import text_table
from tradefin.sources.flow import Flow, Part, Request
from tradefin.sources.pdf import Word
from tradefin.sources.text import html_title, looks_like_html

FOLDER = "https://www.wto.org/english/tratop_e/adp_e/"
TABLES = {"Reporting Member": "AD_MeasuresByRepMem.pdf", "Exporter": "AD_MeasuresByExpCty.pdf"}
COLUMNS = ["Table", "From", "To", "Member", "Marked", "Year", "Measures"]
TOTAL = "Total"

_TITLE = re.compile(
    r"Anti-?dumping Measures:? by (Reporting Member|Exporter|Exporting Country)\b.{0,40}?"
    r"([0-9]{2}/[0-9]{2}/[0-9]{4}) ?[-\u2013] ?([0-9]{2}/[0-9]{2}/[0-9]{4})",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_COUNT = re.compile(r"[0-9]{1,6}|[0-9]{1,3}(?:,[0-9]{3})+")
_MOST_PAGES = 20
_MOST_WORDS = 20000
_SAME_LINE = 3.0  # points
_WRAPPED = 14.0
_FOOT = 36.0


@dataclass
class _Row:
    name: list[tuple[float, float, str]]  # top, left, word
    cells: dict[str, int]
    top: float


@dataclass
class _Sheet:
    """What has been read so far: the title's words, the columns of the page, the rows, the line of totals."""

    title: list[str] = field(default_factory=list)
    columns: list[tuple[str, float, float]] = field(default_factory=list)  # name, left bound, right bound
    rows: list[_Row] = field(default_factory=list)
    totals: dict[str, int] | None = None


def parse(parts: tuple[Part, ...]) -> pa.Table:
    """The cells of a table, the blank ones as zeros, with the totals of rows and columns under the name `Total`.

    Raises:
        SourceChanged: No PDF with such a table, a figure that stands under no year, or totals that do not add up.
    """
    rows = [row for part in parts for row in _table(part)]
    return text_table(COLUMNS, rows)


def _table(part: Part) -> list[list[str]]:
    where = f"WTO, {part.request.address}"
    sheet = _read(part.data, where)
    title = _TITLE.search(" ".join(sheet.title))
    if not title:
        raise SourceChanged(f"{where}: no title with its period, but '{' '.join(sheet.title)[:200]}'.")
    which = "Reporting Member" if title[1].lower() == "reporting member" else "Exporter"
    if not part.request.address.endswith(TABLES[which]):
        raise SourceChanged(f"{where}: the table is by {which}.")
    years = [name for name, _, _ in sheet.columns if name != TOTAL]
    if years != [str(year) for year in range(int(title[2][-4:]), int(title[3][-4:]) + 1)]:
        raise SourceChanged(
            f"{where}: columns {years[0]} to {years[-1]} where the title says {title[2]} to {title[3]}."
        )
    named = [(*_name(row), row.cells) for row in sheet.rows]
    _check_sums(named, sheet.totals, [*years, TOTAL], where)
    cells = [*named, (TOTAL, "", sheet.totals or {})]
    return [
        [which, _iso(title[2]), _iso(title[3]), name, mark, year, str(counts.get(year, 0))]
        for name, mark, counts in cells
        for year in [*years, TOTAL]
    ]


def _read(data: bytes, where: str) -> _Sheet:
    if not data.startswith(b"%PDF-"):
        page = (
            f"a page of HTML ({html_title(data)})" if looks_like_html(data) else f"something that begins {data[:8]!r}"
        )
        raise SourceChanged(f"{where}: a PDF was due, but this is {page}.")
    sheet = _Sheet()
    for words, height in pdf.words(data, where, _MOST_PAGES):
        if len(words) > _MOST_WORDS:
            raise SourceChanged(f"{where}: {len(words):,} words on a page.")
        if sheet.totals is None:
            _read_page(sheet, [word for word in words if word["top"] < height - _FOOT], where)
    if not sheet.columns or not sheet.rows or sheet.totals is None:
        lacks = (
            "years and Total as a header" if not sheet.columns else "rows" if not sheet.rows else "a last line Total"
        )
        raise SourceChanged(f"{where}: the table lacks {lacks}.")
    return sheet


def _read_page(sheet: _Sheet, words: list[Word], where: str) -> None:
    lines = _lines(words)
    at = next((i for i, line in enumerate(lines) if len(_header(line)) >= 3), -1)
    if at >= 0:
        columns = _header(lines[at])
        if sheet.columns and [c[0] for c in columns] != [c[0] for c in sheet.columns]:
            raise SourceChanged(f"{where}: the pages have different columns.")
        sheet.columns = columns
        sheet.title += [word["text"] for line in lines[:at] for word in line]
    if not sheet.columns:
        return
    loose: list[Word] = []
    begin = len(sheet.rows)
    for line in lines[at + 1 :]:
        left = sheet.columns[0][1]
        names = [word for word in line if word["x0"] < left]
        figures = [word for word in line if word["x0"] >= left]
        if sum(not _COUNT.fullmatch(word["text"]) for word in figures) > 1 or (names and names[-1]["x1"] > left + 2):
            continue  # a note across the table; were it a row, the totals would not add up
        if not figures:
            loose += names
            continue
        row = _Row(
            [(w["top"], w["x0"], w["text"]) for w in names], _cells(sheet, figures, names, where), line[0]["top"]
        )
        if " ".join(w["text"] for w in names).rstrip("*").strip().lower() == "total":
            sheet.totals = row.cells
            break
        sheet.rows.append(row)
    for word in loose:  # the second line of a long name
        near = min(sheet.rows[begin:], key=lambda row: abs(row.top - word["top"]), default=None)
        if near is not None and abs(near.top - word["top"]) <= _WRAPPED:
            near.name.append((word["top"], word["x0"], word["text"]))


def _lines(words: list[Word]) -> list[list[Word]]:
    """Words by line, from left to right; raised footnote marks belong to the line that they stand in."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word["bottom"]):
        if lines and abs(word["bottom"] - lines[-1][0]["bottom"]) <= _SAME_LINE:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda word: float(word["x0"])) for line in lines]


def _header(line: list[Word]) -> list[tuple[str, float, float]]:
    """Columns with their bounds, half way between neighbours; empty if the line is not years followed by Total."""
    found = [word for word in line if _YEAR.fullmatch(word["text"]) or word["text"].lower() == "total"]
    years = [int(word["text"]) for word in found[:-1] if word["text"].isdigit()]
    if len(found) < 3 or found[-1]["text"].lower() != "total" or len(years) != len(found) - 1:
        return []
    if years != list(range(years[0], years[0] + len(years))):
        return []
    middles = [(word["x0"] + word["x1"]) / 2 for word in found]
    bounds = [(a + b) / 2 for a, b in pairwise(middles)]
    bounds = [2 * middles[0] - bounds[0], *bounds, 2 * middles[-1] - bounds[-1]]
    names = [*(str(year) for year in years), TOTAL]
    return list(zip(names, bounds, bounds[1:], strict=False))


def _cells(sheet: _Sheet, figures: list[Word], names: list[Word], where: str) -> dict[str, int]:
    """Figures by column; each must stand within the bounds of one."""
    name = " ".join(word["text"] for word in names)
    if not name:
        raise SourceChanged(f"{where}: figures without a name: {' '.join(word['text'] for word in figures)[:80]}.")
    cells: dict[str, int] = {}
    for word in figures:
        column = [c for c, left, right in sheet.columns if word["x0"] >= left - 0.5 and word["x1"] <= right + 0.5]
        at = f"{where}, {name}: {word['text'][:20]!r}"
        if not _COUNT.fullmatch(word["text"]):
            raise SourceChanged(f"{at} is not a count.")
        if len(column) != 1 or column[0] in cells:
            raise SourceChanged(f"{at} stands under no column or shares one; it reaches from {word['x0']:.1f} to "
                                f"{word['x1']:.1f} points.")  # fmt: skip
        cells[column[0]] = int(word["text"].replace(",", ""))
    return cells


def _name(row: _Row) -> tuple[str, str]:
    """Name and mark; digits glued to a name are footnotes."""
    text = " ".join(word for _, _, word in sorted(row.name, key=lambda one: (round(one[0] / 4), one[1])))
    marked = "*" if "*" in text else ""
    return re.sub(r"(?<=[^\W\d])[0-9]{1,2}$", "", text.replace("*", "").strip()).strip(), marked


def _check_sums(
    rows: list[tuple[str, str, dict[str, int]]], totals: dict[str, int] | None, columns: list[str], where: str
) -> None:
    for name, _, cells in [*rows, (TOTAL, "", totals or {})]:
        added = sum(count for year, count in cells.items() if year != TOTAL)
        if added != cells.get(TOTAL, 0):
            raise SourceChanged(f"{where}, {name}: the years add up to {added}, its total is {cells.get(TOTAL, 0)}.")
    if twice := sorted(name for name, n in Counter(name for name, _, _ in rows).items() if n > 1):
        raise SourceChanged(f"{where}: rows of the same name: {', '.join(twice)}.")
    # Marked members are counted under another one as well; the line of totals may leave them out.
    wrong: list[str] = []
    for counted in (rows, [row for row in rows if not row[1]]):
        added_up = {c: sum(cells.get(c, 0) for _, _, cells in counted) for c in columns}
        off = [f"{c}: {added_up[c]} instead of {(totals or {}).get(c, 0)}" for c in columns
               if added_up[c] != (totals or {}).get(c, 0)]  # fmt: skip
        if not off:
            return
        wrong = wrong or off
    raise SourceChanged(f"{where}: columns do not add up to the line of totals: {'; '.join(wrong[:5])}.")


def _iso(day: str) -> str:
    return f"{day[6:]}-{day[3:5]}-{day[:2]}"


def _asks(name: str) -> Callable[[], tuple[Request, ...]]:
    return lambda: (Request(FOLDER + name, accept="application/pdf", suffix=".pdf"),)


FLOWS: tuple[Flow, ...] = (
    Flow("wto", "measures_by_reporter", _asks(TABLES["Reporting Member"]), parse),
    Flow("wto", "measures_by_exporter", _asks(TABLES["Exporter"]), parse),
)
