"""The WTO's Regional Trade Agreements Information System: its export of all agreements to Excel.

What belongs here: the layout of the export. What does not: codes and names of its columns here (`sql/sources/`).
"""

import re
from collections import Counter

import pyarrow as pa

from tradefin.errors import SourceChanged
from tradefin.sources.bundled import text_table
from tradefin.sources.flow import Flow, Part, Request
from tradefin.sources.imf_workbooks import sheets

ADDRESS = "https://rtais.wto.org/UI/ExportAllRTAList.aspx"
SHEET = "AllRTAs"
DATES = (
    "Date of Signature (G)",
    "Date of Signature (S)",
    "Date of Notification (G)",
    "Date of Notification (S)",
    "Date of Entry into Force (G)",
    "Date of Entry into Force (S)",
    "Inactive Date",
)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DAY = re.compile(r"((?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2})(?: 00:00:00)?")


def asks() -> tuple[Request, ...]:
    """The export of all agreements."""
    return (Request(ADDRESS, accept=_XLSX, suffix=".xlsx"),)


def parse(parts: tuple[Part, ...]) -> pa.Table:
    """The sheet of agreements, with its own header.

    Raises:
        SourceChanged: Not an Excel file, no such sheet or header, an id that is no number or stands twice, or a date
            that is none.
        Unavailable: The file is cut short.
    """
    rows: list[list[str]] = []
    header: list[str] = []
    for part in parts:
        where = f"RTA-IS, {part.request.address}"
        book = sheets(part.data, where)
        if not book.get(SHEET):
            raise SourceChanged(f"{where}: no sheet is called {SHEET} or it is empty. There are: {', '.join(book)}.")
        header, *body = [[cell.strip() for cell in row] for row in book[SHEET]]
        missing = [name for name in ("RTA ID", "RTA Name", "Status", *DATES) if name not in header]
        if missing or "" in header or len(set(header)) < len(header):
            raise SourceChanged(
                f"{where}, {SHEET}: the first row should name each column once; it lacks "
                f"{', '.join(missing) or 'none'} and is {', '.join(header)[:600]}."
            )
        rows += [_row(header, row, f"{where}, {SHEET}, row {n}") for n, row in enumerate(body, 2) if any(row)]
    ids = [row[header.index("RTA ID")] for row in rows]
    if not rows:
        raise SourceChanged(f"RTA-IS, {SHEET}: a header, but not a single agreement.")
    if twice := sorted(one for one, n in Counter(ids).items() if n > 1):
        raise SourceChanged(f"RTA-IS, {SHEET}: RTA ID stands twice: {', '.join(twice[:10])}.")
    return text_table(header, rows)


def _row(header: list[str], row: list[str], where: str) -> list[str]:
    cells = dict(zip(header, row, strict=True))
    if not re.fullmatch("[0-9]{1,6}", cells["RTA ID"]):
        raise SourceChanged(f"{where}: RTA ID is {cells['RTA ID'][:40]!r}, not a number.")
    for name in DATES:
        day = _DAY.fullmatch(cells[name])
        if cells[name] and not day:
            raise SourceChanged(f"{where}: {name} is {cells[name][:40]!r}, not a date.")
        cells[name] = day[1] if day else ""
    return list(cells.values())


FLOWS: tuple[Flow, ...] = (Flow("rta", "agreements", asks, parse),)
