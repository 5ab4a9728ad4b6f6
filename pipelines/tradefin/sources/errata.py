"""Errors of a publisher that are known and proven, mended in what it serves as they are in the bundled figures.

A publisher's table `publisher_errors` lists them with their evidence. What belongs here: applying the list. What does
not: the list, which is bundled.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tradefin.sources.description import Publisher, SourceTable
from tradefin.sources.fold import ADDED, Cells, figure_name

if TYPE_CHECKING:
    from tradefin.tables.builder import Builder

Errors = dict[tuple[str, str], tuple[str, str]]  # figure and column -> as published, corrected


def known_errors(builder: "Builder", publisher: Publisher) -> Errors:
    """The publisher's known errors; none for most publishers.

    Args:
        builder: Gives the bundled list.
        publisher: Whose errors.
    """
    if "publisher_errors" not in publisher.tables:
        return {}
    rows = builder.table(f"source_{publisher.publisher}_publisher_errors").to_pylist()
    return {(r["row_key"], r["field"]): (r["as_published"] or "", r["corrected"] or "") for r in rows}


def mended(table: SourceTable, rows: Sequence[Cells], errors: Errors) -> list[Cells]:
    """Rows with the known errors mended, as long as the publisher still serves them.

    Args:
        table: The source table.
        rows: Rows in its columns without those that the engine adds.
        errors: The known errors.
    """
    columns = [c for c in table.columns if c not in ADDED]
    wrong = {figure for figure, column in errors if column in columns}
    if not wrong:
        return list(rows)
    places = [columns.index(c) for c in table.figure]
    found = []
    for row in rows:
        figure = figure_name(table.figure, [row[i] for i in places])
        if figure in wrong:
            row = tuple(_mend(cell, errors.get((figure, c))) for c, cell in zip(columns, row, strict=True))
        found.append(row)
    return found


def _mend(cell: str | None, error: tuple[str, str] | None) -> str | None:
    if error is None or (cell or "") != error[0]:
        return cell
    return error[1] or None
