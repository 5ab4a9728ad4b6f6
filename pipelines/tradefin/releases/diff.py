"""Two releases compared by what they hold: manifests and Parquet files. Needs pyarrow and duckdb only.

What belongs here: from two releases to a `changes.Diff`. What does not: what follows for versions (`versions`), how it
looks (`commands.diff`).
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tradefin.errors import NotFound, ReleaseDamaged
from tradefin.project import LAYERS
from tradefin.releases import rowchanges, shapes
from tradefin.releases.changes import Diff, RowChanges, TableDiff, largest
from tradefin.releases.manifest import ColumnInfo, TableInfo
from tradefin.releases.release import Release, list_ids, suggest
from tradefin.releases.rowchanges import Comparison, Pair
from tradefin.releases.shapes import Pairing

if TYPE_CHECKING:
    import duckdb

FILE = "diff.json"
LIMIT = 1000  # rows of each kind that a release's own diff.json lists of a table


def compare(
    before: Release, after: Release, table: str | None = None, limit: int = LIMIT, *, tell_damage: bool = False
) -> Diff:
    """Compare two releases.

    Args:
        before: The former release.
        after: The later release.
        table: Only this one; all by default.
        limit: How many added, removed and revised rows of a table are listed; the counts are exact in any case.
        tell_damage: Say of a damaged file that its rows cannot be compared, instead of stopping.

    Raises:
        NotFound: Neither release has that table.
        ReleaseDamaged: A file is not the one that was published.
    """
    old, new = before.manifest.tables, after.manifest.tables
    layers = {name: info.layer for name, info in {**old, **new}.items()}
    names = sorted(layers, key=lambda n: (LAYERS.index(layers[n]), n))
    if table is not None:
        bare = table.rsplit(".", 1)[-1]
        if bare not in names:
            raise NotFound(f"Neither {before.id} nor {after.id} has a table '{table}'. {suggest(table, names)}")
        names = [bare]
    found = {}
    with rowchanges.private() as con:
        for name in names:
            one, other = old.get(name), new.get(name)
            if one and other:
                files = _Files(before, after, one, other, tell_damage)
                found[name] = _compare_table(con, files, limit)
            elif other:
                found[name] = TableDiff(name, "added", "", 0, other.rows, "", other.version, (), RowChanges(), "none")
            elif one:
                by = one.deprecated.replaced_by if one.deprecated else ""
                found[name] = TableDiff(name, "removed", by, one.rows, 0, one.version, "", (), RowChanges(), "none")
    return Diff(before.id, after.id, limit, found)


class _Files:
    """Two versions of one table with their files, each verified when it is asked for."""

    def __init__(self, before: Release, after: Release, old: TableInfo, new: TableInfo, tell_damage: bool) -> None:
        self.old, self.new, self.tell_damage = old, new, tell_damage
        self._releases = before, after

    def paths(self) -> tuple[Path, Path]:
        """Former and present file."""
        before, after = self._releases
        return before.table_file(self.old.name), after.table_file(self.new.name)


def _compare_table(con: "duckdb.DuckDBPyConnection", files: _Files, limit: int) -> TableDiff:
    old, new = files.old, files.new
    pairing = shapes.pair(old, new)
    renamed, rows = _rows(con, files, pairing, limit)
    schema = tuple(shapes.compare(old, new, pairing, renamed))
    needs = largest([*(c.needs for c in schema), rows.needs])
    changed = bool(schema) or rows.needs != "none"
    return TableDiff(
        old.name,
        "changed" if changed else "same",
        "",
        old.rows,
        new.rows,
        old.version,
        new.version,
        schema,
        rows,
        needs,
    )


def _rows(
    con: "duckdb.DuckDBPyConnection", files: _Files, pairing: Pairing, limit: int
) -> tuple[dict[str, str], RowChanges]:
    """Renamed columns, former to present name, and what became of the rows."""
    old, new = files.old, files.new
    alike = [(r, a) for r in pairing.removed for a in pairing.added if shapes.alike(r, a)]
    told = _one_to_one((r.name, a.name) for r, a in alike if _said_alike(r, a))
    if old.sha256 == new.sha256:
        return told, RowChanges()
    if pairing.key is None:
        return told, RowChanges(why_not="the grain has changed")
    try:
        before, after = files.paths()
    except ReleaseDamaged as error:
        if not files.tell_damage:
            raise
        return told, RowChanges(why_not=str(error))
    types = {c.name: c.type for c in old.columns}, {c.name: c.type for c in new.columns}

    def pair(one: str, other: str) -> Pair:
        return Pair(one, other, as_text=not _comparable(types[0][one], types[1][other]))

    comparison = Comparison(con, before, after, tuple(pair(o, n) for o, n in pairing.key))
    open_ones = [pair(r.name, a.name) for r, a in alike if r.name not in told and a.name not in told.values()]
    renamed = _one_to_one([*told.items(), *((p.before, p.after) for p in comparison.same_throughout(open_ones))])
    values = tuple(pair(o, n) for o, n in (*pairing.values, *renamed.items()))
    return renamed, comparison.changes(values, (old.rows, new.rows), limit)


def _said_alike(one: ColumnInfo, other: ColumnInfo) -> bool:
    return one.description not in ("", one.unit) and one.description == other.description


def _one_to_one(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one, other in pairs:
        if one not in found and other not in found.values():
            found[one] = other
    return found


def _comparable(one: str, other: str) -> bool:
    numeric = ("integer", "decimal")
    return one == other or (one.startswith(numeric) and other.startswith(numeric))


def find(home: Path, text: str) -> str:
    """The id of the release that begins so, or whose hash does.

    Args:
        home: The outputs folder.
        text: An id, its beginning, or the beginning of the part after the date.

    Raises:
        NotFound: No release is called so, or several are.
    """
    ids = list_ids(home)
    if text in ids:
        return text
    found = [i for i in ids if i.startswith(text) or i.rpartition("-")[2].startswith(text)] if text else []
    if len(found) == 1:
        return found[0]
    said = f"{len(found)} releases begin so" if found else "no release begins so"
    raise NotFound(f"'{text}': {said}. There are: {', '.join(found or ids) or 'none'}.")


def between(home: Path, before: str | None, after: str | None) -> tuple[Release, Release]:
    """The two releases to compare.

    Args:
        home: The outputs folder.
        before: Id, or its beginning; by default the release that was current when `after` was published.
        after: Id, or its beginning; the current one by default.

    Raises:
        NotFound: There is no such release, or `after` was the first.
        ReleaseDamaged: A manifest is not the one that was published.
    """
    later = Release.open(home, find(home, after) if after else None)
    if before:
        return Release.open(home, find(home, before)), later
    if later.manifest.previous is None:
        raise NotFound(f"Release {later.id} has none before it: {first_note(later)}Name two releases to compare.")
    return Release.open(home, later.manifest.previous), later


def first_note(release: Release) -> str:
    """What a release says of why it was compared with none."""
    if FILE not in release.manifest.files:
        return ""
    note = json.loads(release.file_bytes(FILE)).get("note", "")
    return f"{note} " if note else ""


def to_json(diff: Diff) -> bytes:
    """The comparison as the bytes of a file."""
    return (json.dumps(diff.as_json(), indent=1, ensure_ascii=False) + "\n").encode()
