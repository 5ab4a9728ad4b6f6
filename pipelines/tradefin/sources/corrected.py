"""Corrections made in a table, each only where its guard holds.

In bundled figures a guard that fails is an error: somebody has to look before anything is built. In an answer of a
publisher it stops nobody: what has been mended is used as served and told, what has become something else is set apart,
so that the edition known before stays the newest. What belongs here: one table. What does not: reading the corrections.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa

from tradefin.errors import ProjectInvalid
from tradefin.sources.corrections import Correction

Row = dict[str, str | None]


class Doubt(NamedTuple):
    """A row of an answer that a correction does not fit any more.

    Attributes:
        row: Its cells by column.
        left_out: Why it cannot be used; empty if it can.
        remark: What must be seen to; empty if it is left out.
    """

    row: Row
    left_out: str = ""
    remark: str = ""


def in_bundled(table: pa.Table, corrections: Sequence[Correction]) -> pa.Table:
    """Bundled figures with what they still have wrong corrected.

    Args:
        table: A source table.
        corrections: Those of this table.

    Raises:
        ProjectInvalid: What a correction expects is not there (any more); names file, table, row and column.
    """
    changes: dict[str, dict[int, str | None]] = {}
    rows: list[Row] = table.to_pylist() if corrections else []
    for one in corrections:
        entry, expected = one.entry, one.family.expect.bundled
        places = [n for n, row in enumerate(rows) if expected and _is(row, one)]
        if expected and not places:
            raise ProjectInvalid(
                f"{_about(one, 'row')}: the bundled figures have no such row. Name one that they have, or remove the "
                "correction."
            )
        for place in places:
            cell = rows[place][entry.column]
            if cell != (entry.corrected if expected == "corrected" else entry.as_published):
                raise ProjectInvalid(_not_in_bundled(one, cell))
            if expected == "as_published":
                changes.setdefault(entry.column, {})[place] = entry.corrected
    return _changed(table, changes)


def in_answer(table: pa.Table, corrections: Sequence[Correction]) -> tuple[pa.Table, list[Doubt]]:
    """What a publisher has answered with its known errors corrected, and the rows that these do not fit any more.

    A row that the answer does not have is nobody's doubt: that it is gone is told elsewhere.

    Args:
        table: The answer in the form of a source table.
        corrections: Those of this table.
    """
    changes: dict[str, dict[int, str | None]] = {}
    doubts: list[Doubt] = []
    rows: list[Row] = table.to_pylist() if corrections else []
    for one in corrections:
        entry, expected = one.entry, one.family.expect.live
        for place in (n for n, row in enumerate(rows) if _is(row, one)):
            row, cell = rows[place], rows[place][entry.column]
            if expected == "as_published" and cell == entry.as_published:
                changes.setdefault(entry.column, {})[place] = entry.corrected
            elif cell != entry.corrected:
                doubts.append(_doubt(one, row, cell))
            elif expected == "as_published" and entry.mended_on is None:
                doubts.append(Doubt(row, remark=_mended(one)))
    return _changed(table, changes), doubts


def _is(row: Row, one: Correction) -> bool:
    return all(row.get(column) == value for column, value in one.entry.row.items())


def _changed(table: pa.Table, changes: dict[str, dict[int, str | None]]) -> pa.Table:
    for column, cells in changes.items():
        values = [cells.get(n, cell) for n, cell in enumerate(table[column].to_pylist())]
        table = table.set_column(table.column_names.index(column), column, pa.array(values, pa.string()))
    return table


def _about(one: Correction, *where: str) -> str:
    return f"{one.place(*where)}: {one.family.table}, {one.row_key}, column {one.entry.column}"


def _not_in_bundled(one: Correction, cell: str | None) -> str:
    entry, expected = one.entry, one.family.expect.bundled
    about = _about(one, "as_published" if expected == "as_published" else "corrected")
    if expected == "as_published" and cell == entry.corrected:
        return (
            f"{about}: the bundled figures hold the corrected {_shown(cell)} by now, where the wrong "
            f"{_shown(entry.as_published)} was expected: the publisher has mended it. Remove the correction; or, if "
            "only the bundled figures were mended, move it to a file that says 'expect: {bundled: corrected, ...}'."
        )
    wanted = entry.corrected if expected == "corrected" else entry.as_published
    return (
        f"{about}: the bundled figures hold {_shown(cell)}, where {_shown(wanted)} was expected. Renew the correction "
        "('as_published', 'corrected', 'source', 'date') by what the publisher says now, or remove it."
    )


def _mended(one: Correction) -> str:
    return (
        f"the publisher has mended {one.entry.column} and the correction in {one.path.name} is no longer needed: give "
        "its entry the day as 'mended_on'"
    )


def _doubt(one: Correction, row: Row, cell: str | None) -> Doubt:
    entry, name, todo = one.entry, one.path.name, "renew or remove that correction"
    says, right = f"its {entry.column} is {_shown(cell)}", _shown(entry.corrected)
    if one.family.expect.live == "corrected":
        return Doubt(row, remark=f"{says} where {name} holds {right} to be right: {todo}")
    wrong = _shown(entry.as_published)
    return Doubt(row, left_out=f"{says}, neither the error {wrong} nor the right {right} of {name}: {todo}")


def _shown(cell: str | None) -> str:
    if cell is None:
        return "missing"
    return repr(cell if len(cell) <= 80 else f"{cell[:80]}...")


def as_cells(doubts: Sequence[Doubt], figure: Sequence[str]) -> Iterator[tuple[str | None, ...]]:
    """Doubts as rows: the columns that name a figure, then `left_out` and `remark`."""
    for one in doubts:
        yield (*(one.row[column] for column in figure), one.left_out or None, one.remark or None)
