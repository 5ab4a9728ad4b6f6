"""The IMF's Excel files as tables of texts: the yearly quota data and the DataMapper's export.

What belongs here: these two layouts. What does not: where the files come from.
"""

import io
import re
from collections.abc import Iterator
from decimal import Decimal

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from tradefin.errors import SourceChanged
from tradefin.sources.bundled import text_table
from tradefin.sources.text import html_title, looks_like_html
from tradefin.sources.zipfiles import check

Sheets = dict[str, list[list[str]]]

_MEMBER = ("country", "member")
_MISSING = ("", "n.a.", "no data", "--", "..")
_HEADER_WITHIN = 15


def sheets(data: bytes, where: str) -> Sheets:
    """All visible sheets of an .xls or .xlsx file, every cell a text.

    Args:
        data: The bytes of the file.
        where: What was asked, for errors.

    Raises:
        SourceChanged: An HTML page, or not an Excel file that can be read.
        Unavailable: An .xlsx that is cut short.
    """
    if looks_like_html(data):
        raise SourceChanged(f"{where}: a page of HTML ({html_title(data)}) came where an Excel file was due.")
    if data.startswith(b"PK"):
        check(data, where)  # an .xlsx is a zip
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return {
            name: [
                [_text(cell) for cell in row] for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            ]
            for name in book.sheet_names
        }
    except (CalamineError, PasswordError, ValueError, OSError) as error:
        raise SourceChanged(f"{where}: not readable as an Excel file: {error}") from error


def quota_data(data: bytes, where: str) -> pa.Table:
    """Quota shares, actual and calculated, of the quota data workbook: one row per member and column of shares.

    Each sheet that has a header with `country` or `member` as its first cell is read, all its other columns as shares.

    Returns:
        Columns: `sheet`, `country`, `column`, `share`; "n.a." is missing.

    Raises:
        SourceChanged: No such sheet, a column of the header without a name, or a share that is not a number.
    """
    book = sheets(data, where)
    rows = [[name, *row] for name, sheet in book.items() for row in _shares(sheet, f"{where}, {name}")]
    if not rows:
        seen = "; ".join(f"{name}: {sheet[0][:8] if sheet else 'empty'}" for name, sheet in book.items())
        raise SourceChanged(
            f"{where}: no sheet has a header that starts with {' or '.join(_MEMBER)} and shares below it. First rows: "
            f"{seen}."
        )
    return text_table(["sheet", "country", "column", "share"], rows)


def datamapper(data: bytes, where: str) -> pa.Table:
    """The DataMapper's export: one row per country or group and year that has a figure.

    The sheet is called by the indicator; its first row has the title with the unit, then the years.

    Returns:
        Columns: `indicator`, `title`, `area`, `year`, `value`.

    Raises:
        SourceChanged: No years beside the title, no figures, or a cell that is neither a figure nor "no data".
    """
    rows: list[list[str]] = []
    for name, (header, *body) in ((name, sheet) for name, sheet in sheets(data, where).items() if sheet):
        title, *years = header
        if not years or not all(re.fullmatch(r"(19|20)[0-9]{2}", year) for year in years):
            raise SourceChanged(
                f"{where}, {name}: first row is not a title and years but {header[:4]} ... {header[-2:]}."
            )
        for area, *values in body:
            for year, value in zip(years, values, strict=True):
                if value not in _MISSING:
                    rows.append([name, title, area, year, _number(value, f"{where}, {name}, {area} {year}")])
    if not rows:
        raise SourceChanged(f"{where}: the export has no figures.")
    return text_table(["indicator", "title", "area", "year", "value"], rows)


def _shares(sheet: list[list[str]], where: str) -> Iterator[list[str]]:
    at = next((i for i, row in enumerate(sheet[:_HEADER_WITHIN]) if row and row[0].strip().lower() in _MEMBER), None)
    if at is None:
        return
    header = [cell.strip() for cell in sheet[at]]
    if "" in header or len(set(header)) < len(header):
        raise SourceChanged(f"{where}: each column of the header must have its own name; it is {header}.")
    for row in sheet[at + 1 :]:
        if row[0].strip() and any(cell.strip() for cell in row[1:]):
            for column, cell in list(zip(header, row, strict=True))[1:]:
                share = cell.strip()
                at_cell = f"{where}, {row[0]}, {column}"
                yield [row[0].strip(), column, "" if share in _MISSING else _number(share, at_cell)]


def _text(cell: object) -> str:
    """A cell as its sheet shows it: years and other whole numbers are stored as 1980.0."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else format(Decimal(repr(cell)), "f")
    return str(cell)


def _number(text: str, where: str) -> str:
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        raise SourceChanged(f"{where}: '{text[:40]}' is not a number.")
    return text
