"""The bundled figures as source tables: every column a text, nothing interpreted.

What belongs here: reading a CSV strictly against its publisher's description. What does not: what the texts mean.
"""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from tradefin.errors import SourceChanged

if TYPE_CHECKING:
    from tradefin.sources.description import SourceTable


def parse_csv(data: bytes, path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a CSV file in UTF-8.

    Args:
        data: The bytes of the file.
        path: Its name, for the error.

    Raises:
        SourceChanged: Not UTF-8, no header, or a row with another number of cells.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceChanged(f"{path}: not UTF-8 at byte {error.start}.") from error
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [row for row in lines if row]
    except csv.Error as error:
        raise SourceChanged(f"{path}, line {lines.line_num}: {error}.") from error
    if not rows:
        raise SourceChanged(f"{path}: the file is empty; expected a header and rows.")
    header = rows.pop(0)
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise SourceChanged(
                f"{path}, row {number}: {len(row)} cells where the header has {len(header)}: {row[:4]}."
            )
    return header, rows


def source_table(data: bytes, path: Path, description: "SourceTable") -> pa.Table:
    """A bundled CSV as a table of texts in canonical order; an empty cell is missing.

    Args:
        data: The bytes of the file.
        path: Its name, for errors.
        description: What the publisher's table should look like.

    Returns:
        Table with the columns of the description, rows sorted, so that the order in the file does not matter.

    Raises:
        SourceChanged: Columns or row count depart from the description.
    """
    header, rows = parse_csv(data, path)
    expected = list(description.columns)
    if header != expected:
        missing, extra = sorted(set(expected) - set(header)), sorted(set(header) - set(expected))
        what = "; ".join(
            part
            for part in (
                f"missing column {', '.join(missing)}" if missing else "",
                f"unknown column {', '.join(extra)}" if extra else "",
                "columns in another order" if not missing and not extra else "",
            )
            if part
        )
        raise SourceChanged(
            f"{path}: {what}. Expected: {', '.join(expected)}. If the change is meant, say so in expectations/sources/."
        )
    if not description.rows.min <= len(rows) <= description.rows.max:
        raise SourceChanged(
            f"{path}: {len(rows)} rows where {description.rows.min} to {description.rows.max} are expected."
        )
    return text_table(expected, rows)


def text_table(header: list[str], rows: list[list[str]]) -> pa.Table:
    """Rows of texts as an Arrow table, sorted by all columns; the empty text is missing."""
    rows = sorted(rows)
    return pa.Table.from_arrays([_column([row[i] or None for row in rows]) for i in range(len(header))], names=header)


def _column(texts: list[str | None]) -> pa.Array:
    builder = pa.lib.StringBuilder()  # `pa.array` would import pandas, which takes longer than most tables
    builder.append_values(texts)
    return builder.finish()
