"""Tables as an Excel workbook: a sheet each, and a sheet `about` that says what they hold.

What belongs here: how values become cells. What does not: which tables go into which file (`export`).
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from tradefin.releases.export import Taken

ABOUT = "about"

_ROWS = 1_048_576  # of a sheet, its header included
_CHARACTERS = 32_767  # of a cell
_NAME = 31  # characters of a sheet's name
_FIRST_DAY = date(1900, 3, 1)  # before it Excel counts a day that never was

_ROUNDED = "{:,} numbers have more digits than the 15 that Excel keeps; the CSV file has them all."
_OLD = "{:,} dates before March 1900, which Excel does not know, are text."


def write_workbook(path: Path, tables: "Sequence[Taken]") -> None:
    """Write tables as a workbook.

    Args:
        path: The file; what is there is replaced.
        tables: The tables; all of one release.

    Raises:
        ValueError: A table does not fit into a sheet; nothing is cut.
    """
    import xlsxwriter

    for one in tables:
        _refuse_what_does_not_fit(one.info.name, one.rows)
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    first = tables[0]
    book.set_properties({"title": f"tradefin release {first.release}", "created": _made_on(first.release)})
    names = sheet_names([one.info.name for one in tables])
    notes: dict[str, list[str]] = {}
    for one, name in zip(tables, names, strict=True):
        notes[one.info.name] = _fill(book.add_worksheet(name), one.rows, bold, day)
    about = book.add_worksheet(ABOUT)
    about.set_column(0, 1, 28)
    about.set_column(2, 7, 40, wrapped)
    for number, row in enumerate(_about(tables, names, notes)):
        for column, text in enumerate(row):
            about.write_string(number, column, text[:_CHARACTERS], bold if row and row[0].endswith(":") else None)
    book.close()


def sheet_names(tables: Iterable[str]) -> list[str]:
    """A sheet's name for each table: its own, or the beginning of it where Excel finds that too long."""
    found: list[str] = []
    for table in tables:
        name, number = table[:_NAME], 1
        while name.lower() in {ABOUT, *found}:
            number += 1
            name = f"{table[: _NAME - 3]}~{number}"
        found.append(name)
    return found


def _refuse_what_does_not_fit(name: str, table: "pa.Table") -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    if len(table) + 1 > _ROWS:
        raise ValueError(f"{name} has {len(table):,} rows, a sheet of Excel {_ROWS - 1:,}: export it as CSV.")
    for field in table.schema:
        if pa.types.is_string(field.type):
            longest = pc.max(pc.utf8_length(table.column(field.name))).as_py() or 0
            if longest > _CHARACTERS:
                raise ValueError(
                    f"{name}.{field.name} has a text of {longest:,} characters, a cell of Excel {_CHARACTERS:,}: "
                    "export it as CSV."
                )


def _made_on(release: str) -> datetime:
    """A day that follows from the release, so that the same export has the same bytes."""
    try:
        return datetime.fromisoformat(release[:10])
    except ValueError:
        return datetime(2001, 12, 6)


def _fill(sheet: "Worksheet", table: "pa.Table", bold: "Format", day: "Format") -> list[str]:
    """Write header and rows; returns what a reader must know of how they had to be written."""
    sheet.freeze_panes(1, 0)
    for number, name in enumerate(table.column_names):
        sheet.set_column(number, number, max(10, min(len(name) + 2, 40)))
        sheet.write_string(0, number, name, bold)
    row, rounded, old = 0, 0, 0
    for batch in table.to_batches():
        columns = [column.to_pylist() for column in batch.columns]
        for values in zip(*columns, strict=True):
            row += 1
            for column, value in enumerate(values):
                _write(sheet, row, column, value, day)
                rounded += isinstance(value, Decimal | int) and Decimal(repr(float(value))) != value
                old += isinstance(value, date) and value < _FIRST_DAY
    return [text.format(count) for text, count in ((_ROUNDED, rounded), (_OLD, old)) if count]


def _write(sheet: "Worksheet", row: int, column: int, value: Any, day: "Format") -> None:  # noqa: ANN401 - any cell
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | Decimal):
        sheet.write_number(row, column, float(value))
    elif isinstance(value, date) and value >= _FIRST_DAY:
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), day)
    else:
        sheet.write_string(row, column, str(value))  # never `write`, which takes "=1+1" for a formula


def _about(tables: "Sequence[Taken]", names: list[str], notes: dict[str, list[str]]) -> Iterable[tuple[str, ...]]:
    first = tables[0]
    yield ("Release:", first.release)
    if first.seen:
        yield ("Seen:", first.seen)
    yield ()
    yield ("Table:", "Sheet", "One row is", "What it is", "Mind", "Key", "Version", "Rows")
    for one, name in zip(tables, names, strict=True):
        mind = "\n".join([*one.about.get("caveats", ()), *notes[one.info.name]])
        info = one.info
        key = ", ".join(info.key)
        yield (info.name, name, info.one_row_is, info.description, mind, key, info.version, f"{len(one.rows):,}")
    yield ()
    yield ("Column of:", "Column", "Meaning", "Unit", "Type", "May be missing", "Codelist")
    for one in tables:
        for c in one.info.columns:
            may = "yes" if c.optional or one.seen else "no"
            yield (one.info.name, c.name, c.description or c.unit, c.unit, c.type, may, c.codelist)
    yield ()
    yield ("Source of:", "Publisher", "Address")
    for one in tables:
        yield from ((one.info.name, s["title"], s["path"]) for s in one.about["sources"])
    yield ()
    yield ("Licence of:", "Licence", "Address", "Citation asked for")
    for one in tables:
        yield from ((one.info.name, x["title"], x["path"], x["attribution"]) for x in one.about["licenses"])
