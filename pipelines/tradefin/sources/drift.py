"""Whether an answer is still what the publisher's description says, and what differs if not.

Compares one parsed table with its description in `expectations/sources/` and with the last good one. What belongs here:
the comparison. What does not: the description (`description`), whether figures are plausible (the audit).
"""

from collections import Counter
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from tradefin.errors import ProjectInvalid, SourceChanged
from tradefin.sources.description import FlowColumn, FlowDescription
from tradefin.sources.renamed import renamed

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_FEWER = 0.5  # of the last good rows; a partial answer, not a revision
_SHOWN = 5


def check(table: pa.Table, description: FlowDescription, last: pa.Table | None, where: str) -> list[str]:
    """Compare a table with its description and with the last good one.

    Args:
        table: What was parsed; every column a text.
        description: What it should look like.
        last: The last good table of the same flow; None if there is none.
        where: Publisher and flow, for messages.

    Returns:
        Warnings: departures that are harmless by rule, each one sentence.

    Raises:
        SourceChanged: Any other departure; lists all of them.
        ProjectInvalid: The connector gave something that is not a text.
    """
    for field in table.schema:
        if field.type not in (pa.string(), pa.large_string()):
            raise ProjectInvalid(f"{where}: column {field.name} is {field.type}; a connector gives texts only.")
    problems = _columns(table, description, last) + _rows(table, description, last)
    warnings: list[str] = []
    if table.num_rows:
        for name, column in description.columns.items():
            if table.schema.names.count(name) == 1:
                before = last[name] if last is not None and name in last.schema.names else None
                _values(table, name, column, before, problems, warnings)
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in problems)
        raise SourceChanged(
            f"{where} is no longer what its description in expectations/sources says:\n{listed}\n"
            "The last good figures stay in use. If the change is meant, say so there."
        )
    return [f"{where}: {warning}" for warning in warnings]


def _columns(table: pa.Table, description: FlowDescription, last: pa.Table | None) -> list[str]:
    """Columns that are gone, new or there twice, with a guess which was renamed into which."""
    names: list[str] = table.schema.names
    problems = [f"column {name} is there {n} times." for name, n in Counter(names).items() if n > 1]
    gone = [n for n, column in description.columns.items() if n not in names and not column.optional]
    new = [n for n in dict.fromkeys(names) if n not in description.columns]
    for old, found in renamed(gone, new, _same_content(table, last)):
        gone.remove(old)
        new.remove(found)
        problems.append(f"column {found} is new and {old} is gone: renamed?")
    if gone:
        problems.append(f"{_column(gone)} gone: {', '.join(gone)}.")
    if new:
        problems.append(f"{_column(new)} new: {', '.join(new[:20])}{' ...' if len(new) > 20 else ''}.")
    return problems


def _column(names: Sequence[str]) -> str:
    return "column is" if len(names) == 1 else f"{len(names)} columns are"


def _same_content(table: pa.Table, last: pa.Table | None) -> Callable[[str, str], float]:
    """How much of the content of an old column a new one has, from 0 to 1."""

    def share(old: str, new: str) -> float:
        if last is None or old not in last.schema.names or table.schema.names.count(new) != 1:
            return 0.0
        was, now = set(last[old].drop_null().unique().to_pylist()), set(table[new].drop_null().unique().to_pylist())
        return len(was & now) / len(was | now) if was | now else 0.0

    return share


def _rows(table: pa.Table, description: FlowDescription, last: pa.Table | None) -> list[str]:
    rows, bounds = table.num_rows, description.rows
    if rows == 0:
        return ["it has no rows."]
    if not bounds.min <= rows <= bounds.max:
        return [f"{rows:,} rows where {bounds.min:,} to {bounds.max:,} are expected."]
    if last is not None and rows < _FEWER * last.num_rows:
        return [f"{rows:,} rows where the last good answer had {last.num_rows:,}: more than half are missing."]
    return []


def _values(
    table: pa.Table,
    name: str,
    column: FlowColumn,
    last: pa.ChunkedArray | None,
    problems: list[str],
    warnings: list[str],
) -> None:
    """What the cells of one column hold; adds to problems and warnings."""
    if not column.number and not column.values:
        return
    cells = table[name]
    empty = cells.null_count
    if empty == len(cells):
        if not column.optional:
            problems.append(f"column {name} is empty in every row.")
        return
    if last is not None and empty and last.null_count == 0:
        warnings.append(f"{name} is now missing in {empty:,} of {len(cells):,} rows; it was never missing before.")
    if column.number:
        problems += _not_numbers(table, name)
    if column.values:
        _codes(cells, name, column, problems, warnings)
        _withdrawn(cells, name, column, last, warnings)


def _not_numbers(table: pa.Table, name: str) -> list[str]:
    """A sentence with example rows if a column of numbers holds anything else."""
    wrong = table.filter(pc.invert(pc.match_substring_regex(table[name], _NUMBER)))
    if not wrong.num_rows:
        return []
    examples = "; ".join(_row(row, name) for row in wrong.slice(0, 3).to_pylist())
    values = [str(value) for value in wrong[name].slice(0, 50).to_pylist()]
    hint = ""
    if all("," in value for value in values):
        hint = " Is the comma a decimal sign or a separator of thousands?"
    return [f"{name} holds {wrong.num_rows:,} values that are not numbers, e.g. {examples}.{hint}"]


def _row(row: dict[str, str | None], name: str) -> str:
    others = [f"{k}={v}" for k, v in row.items() if k != name and v is not None][:4]
    return f"{str(row[name])[:40]!r}" + (f" ({', '.join(others)[:160]})" if others else "")


def _codes(cells: pa.ChunkedArray, name: str, column: FlowColumn, problems: list[str], warnings: list[str]) -> None:
    """Codes that the description does not know."""
    counts = {c["values"]: c["counts"] for c in cells.drop_null().value_counts().to_pylist()}
    unknown = sorted(set(counts) - set(column.values))
    if not unknown:
        return
    rows = sum(counts[code] for code in unknown)
    listed = _listed(unknown)
    if column.new == "warn":
        warnings.append(f"{name} has {_codes_are(unknown)}: {listed} (in {rows:,} of {len(cells):,} rows).")
    elif len(column.values) == 1:
        problems.append(
            f"{name} is {listed} in {rows:,} of {len(cells):,} rows where it is always {column.values[0]!r}: has the "
            "unit or the measure changed?"
        )
    else:
        problems.append(f"{name} has {_codes_are(unknown)}: {listed} (in {rows:,} of {len(cells):,} rows).")


def _withdrawn(
    cells: pa.ChunkedArray, name: str, column: FlowColumn, last: pa.ChunkedArray | None, warnings: list[str]
) -> None:
    """Codes that the last good answer had and this one has not."""
    if last is None:
        return
    gone = sorted(set(last.drop_null().unique().to_pylist()) - set(cells.drop_null().unique().to_pylist()))
    if gone:
        warnings.append(f"{name} no longer has: {_listed(gone)}.")


def _codes_are(codes: Sequence[str]) -> str:
    return "an unknown code" if len(codes) == 1 else f"{len(codes)} unknown codes"


def _listed(codes: Sequence[str]) -> str:
    shown = ", ".join(repr(code[:40]) for code in codes[:_SHOWN])
    return f"{shown} and {len(codes) - _SHOWN} more" if len(codes) > _SHOWN else shown
