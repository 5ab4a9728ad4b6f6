"""`tradefin diff`: what has changed between two releases."""

from itertools import takewhile
from typing import TYPE_CHECKING, Annotated

import typer

from tradefin.asjson import print_json

if TYPE_CHECKING:
    from tradefin.releases.changes import Diff, Key, RowChanges, TableDiff

_FEW = 5  # rows of a kind that are shown of each table, and values in a row
_LONG = 40  # characters of a value that are shown


def diff(
    before: Annotated[
        str | None,
        typer.Argument(metavar="[A]", help="Former release: id or its beginning; by default the one before B."),
    ] = None,
    after: Annotated[
        str | None, typer.Argument(metavar="[B]", help="Later release; the current one by default.")
    ] = None,
    table: Annotated[str | None, typer.Option("--table", help="Only this table; all by default.")] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=0, help="Rows of each kind to list per table: 5 by default, 1000 with --table or --json."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """What has changed between two releases: tables, columns, units, rows added, removed and revised.

    Counts are exact however many rows are listed. Each release also holds the comparison with the one before it, as
    diff.json.
    """
    from tradefin.project import outputs_home
    from tradefin.releases.diff import LIMIT, between, compare

    listed = limit if limit is not None else LIMIT if table or as_json else _FEW
    found = compare(*between(outputs_home(), before, after), table=table, limit=listed)
    print_json(found.as_json()) if as_json else _show(found)


def _show(found: "Diff") -> None:
    from tradefin.terminal import print_table

    print(f"From release {found.before} to {found.after}")
    changed = [t for t in found.tables.values() if t.change != "same"]
    if changed:
        print_table(
            ("Table", "", "Version", "Least bump", "Rows", "Added", "Removed", "Revised"),
            [_line(t) for t in changed],
            right=(4, 5, 6, 7),
        )
    for one in changed:
        _show_table(one)
    alike = len(found.same)
    print(f"{alike} table{'s' if alike != 1 else ''} of {len(found.tables)} with the same rows and the same contract.")


def _line(one: "TableDiff") -> tuple[str, ...]:
    before, after = (f"{n:,}" for n in (one.rows_before, one.rows_after))
    versions, rows = _pair(one.version_before, one.version_after), _pair(before, after)
    if one.change == "added":
        return one.table, "new", one.version_after, "", after, "", "", ""
    if one.change == "removed":
        return one.table, "removed", one.version_before, "", before, "", "", ""
    if one.rows.why_not:
        return one.table, "changed", versions, one.needs, rows, "?", "?", "?"
    counts = (f"{n:,}" for n in (one.rows.added, one.rows.removed, one.rows.revised))
    return one.table, "changed", versions, one.needs, rows, *counts


def _pair(before: str, after: str) -> str:
    return after if before == after else f"{before} → {after}"


def _show_table(one: "TableDiff") -> None:
    told = [*_said_of_schema(one), *_said_of_rows(one.rows)]
    if one.replaced_by:
        told.insert(0, f"replaced by {one.replaced_by}")
    if told:
        print("\n".join([one.table, *(f"  {line}" for line in told), ""]))


def _said_of_schema(one: "TableDiff") -> list[str]:
    lines = []
    for change in one.schema:
        place = f" of {change.column}" if change.column and not change.what.startswith("column ") else ""
        if change.what in ("column added", "column removed"):
            said = f"{change.what}: {change.column} ({change.before or change.after})"
        else:
            said = f"{change.what}{place}: {_apart(change.before or '-', change.after or '-')}"
        lines.append(f"{said}  [{change.needs}]")
    return lines


def _said_of_rows(rows: "RowChanges") -> list[str]:
    if rows.why_not:
        return [f"rows not compared: {rows.why_not}"]
    lines = []
    if rows.columns:
        lines.append("revised cells: " + ", ".join(f"{column} {n:,}" for column, n in rows.columns.items()))
    for sign, keys, count in (("+", rows.added_keys, rows.added), ("-", rows.removed_keys, rows.removed)):
        lines += [f"{sign} {_row(key)}" for key in keys]
        lines += _more(len(keys), count, "added" if sign == "+" else "removed")
    for revision in rows.revisions:
        values = [f"{column} {_apart(*pair)}" for column, pair in revision.values.items()]
        more = [f"and {len(values) - _FEW} more"] if len(values) > _FEW else []
        lines.append(f"~ {_row(revision.key)}: {'; '.join([*values[:_FEW], *more])}")
    return lines + _more(len(rows.revisions), rows.revised, "revised")


def _more(shown: int, count: int, what: str) -> list[str]:
    return [f"  ({shown:,} of {count:,} {what} rows; --limit lists more)"] if shown < count else []


def _row(key: "Key") -> str:
    return ", ".join(f"{name}={_short(value)}" for name, value in key.items())


def _apart(before: str | None, after: str | None) -> str:
    """Two values; of long ones that begin alike the part where they differ."""
    pairs = zip(before or "", after or "", strict=False)
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    cut = alike - _LONG // 2 if max(len(before or ""), len(after or "")) > _LONG and alike > _LONG // 2 else 0
    one, other = (v if v is None or not cut else f"…{v[cut:]}" for v in (before, after))
    return f"{_short(one)} → {_short(other)}"


def _short(value: str | None) -> str:
    if value is None:
        return "missing"
    return value if len(value) <= _LONG else f"{value[: _LONG - 1]}…"
