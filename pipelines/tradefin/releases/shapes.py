"""What two releases promise of one table, compared: columns, types, units, grain, words.

What belongs here: comparison of what manifests say, and which bump each difference asks for (docs/versioning.md states
the rule). What does not: rows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tradefin.releases.changes import Bump, SchemaChange
from tradefin.releases.manifest import ColumnInfo, TableInfo

_NEEDS: dict[str, Bump] = {
    "column removed": "major",
    "column renamed": "major",
    "type": "major",
    "unit": "major",
    "grain": "major",
    "layer": "major",
    "column added": "minor",
    "as of": "minor",
    "deprecated": "minor",
    "order": "patch",
    "text": "patch",
}


@dataclass(frozen=True)
class Pairing:
    """Which columns of two versions of a table stand for the same thing.

    Attributes:
        key: Pairs of key columns, before and after; None where the grain is another.
        values: Pairs of the other columns that both have by name.
        removed: Columns that are no more.
        added: Columns that are new.
    """

    key: tuple[tuple[str, str], ...] | None
    values: tuple[tuple[str, str], ...]
    removed: tuple[ColumnInfo, ...]
    added: tuple[ColumnInfo, ...]


def pair(before: TableInfo, after: TableInfo) -> Pairing:
    """Pair the columns of two versions by name; one key column may have another name."""
    old, new = {c.name: c for c in before.columns}, {c.name: c for c in after.columns}
    key = _pair_key(before, after, old, new)
    paired = {o for o, n in key or () if o != n} | {n for o, n in key or () if o != n}
    in_key = {o for o, _ in key or ()}
    return Pairing(
        key=key,
        values=tuple((n, n) for n in old if n in new and n not in in_key),
        removed=tuple(c for n, c in old.items() if n not in new and n not in paired),
        added=tuple(c for n, c in new.items() if n not in old and n not in paired),
    )


def _pair_key(
    before: TableInfo, after: TableInfo, old: Mapping[str, ColumnInfo], new: Mapping[str, ColumnInfo]
) -> tuple[tuple[str, str], ...] | None:
    gone = [k for k in before.key if k not in after.key]
    come = [k for k in after.key if k not in before.key]
    if not gone and not come:
        return tuple((k, k) for k in before.key)
    if len(gone) == len(come) == 1 and gone[0] not in new and come[0] not in old and alike(old[gone[0]], new[come[0]]):
        return tuple((k, come[0] if k == gone[0] else k) for k in before.key)
    return None


def alike(one: ColumnInfo, other: ColumnInfo) -> bool:
    """Whether two columns of different names could be one: same type and unit."""
    return (one.type, one.unit) == (other.type, other.unit)


def compare(before: TableInfo, after: TableInfo, pairing: Pairing, renamed: Mapping[str, str]) -> list[SchemaChange]:
    """What a table promises otherwise than before.

    Args:
        before: The table as it was.
        after: The table as it is.
        pairing: Which of their columns stand for the same.
        renamed: Former to present names of the columns that have another name, those of the key left out.
    """
    old, new = {c.name: c for c in before.columns}, {c.name: c for c in after.columns}
    moved = {o: n for o, n in pairing.key or () if o != n} | dict(renamed)
    came = set(moved.values())
    found = [
        *(_change("column removed", c.name, c.type, "") for c in pairing.removed if c.name not in moved),
        *(_change("column added", c.name, "", c.type) for c in pairing.added if c.name not in came),
        *(_change("column renamed", n, o, n) for o, n in moved.items()),
    ]
    stays = [(n, n) for n in old if n in new] + list(moved.items())
    found += [change for o, n in stays for change in _of_column(old[o], new[n])]
    found += _of_table(before, after, pairing)
    if [n for n in old if n in new] != [n for n in new if n in old] or _renamed(
        before.sorted_by, moved
    ) != after.sorted_by:
        found.append(_change("order", "", ", ".join(before.sorted_by), ", ".join(after.sorted_by)))
    return found


def _of_column(old: ColumnInfo, new: ColumnInfo) -> Iterable[SchemaChange]:
    for what, one, other in (
        ("type", old.type, new.type),
        ("unit", old.unit, new.unit),
        ("as of", old.known_from, new.known_from),
        ("text", old.description, new.description),
    ):
        if one != other:
            yield _change(what, new.name, one, other)
    if old.codelist != new.codelist:  # codes where any text stood is a promise more; other codes are another language
        yield SchemaChange("codelist", new.name, old.codelist, new.codelist, "major" if old.codelist else "patch")
    if old.optional != new.optional:  # rows that lack the figure can now stand, too; or can no longer
        words = ("may be missing", "always there")
        one, other = (words[not c.optional] for c in (old, new))
        yield SchemaChange("optional", new.name, one, other, "minor" if new.optional else "patch")


def _of_table(before: TableInfo, after: TableInfo, pairing: Pairing) -> Iterable[SchemaChange]:
    if pairing.key is None:
        yield _change("grain", "", ", ".join(before.key), ", ".join(after.key))
    for what, one, other in (
        ("layer", before.layer, after.layer),
        ("as of", _words(before.as_of), _words(after.as_of)),
        ("deprecated", _words(before.deprecated), _words(after.deprecated)),
        ("text", before.one_row_is, after.one_row_is),
        ("text", before.description, after.description),
    ):
        if one != other:
            yield _change(what, "", one, other)


def _renamed(names: tuple[str, ...], moved: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(moved.get(n, n) for n in names)


def _words(value: object) -> str:
    return "" if value is None else ", ".join(f"{k} {_list(v)}" for k, v in vars(value).items())


def _list(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _change(what: str, column: str, before: str, after: str) -> SchemaChange:
    return SchemaChange(what, column, before, after, _NEEDS[what])
