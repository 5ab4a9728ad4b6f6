"""Versions of tables: the least bump that a change asks for, worked out; a contract that says less is refused.

The rule is stated in docs/versioning.md. A contract's version speaks of the table's shape and is raised by hand; what
the rows ask for is added here, so that a scheduled run with new figures needs nobody. What belongs here: that rule and
its refusals. What does not: finding what has changed (`diff`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from tradefin.errors import NotFound, ProjectInvalid, ReleaseDamaged
from tradefin.project import CODELIST, CODELISTS
from tradefin.releases.changes import Bump, Diff, SchemaChange, TableDiff, largest
from tradefin.releases.manifest import MANIFEST, Manifest, TableInfo
from tradefin.releases.release import Pointer, Release, list_ids

Version = tuple[int, int, int]

FIRST = "It is the first release in its outputs folder."


@dataclass(frozen=True)
class Past:
    """What was published before.

    Attributes:
        release: The release that is current; None where there is none, or it cannot be read.
        note: Why there is none.
        used: The highest version of each table in any release at hand, so that no number is given twice.
    """

    release: Release | None = None
    note: str = FIRST
    used: Mapping[str, Version] = field(default_factory=dict)


def past(home: Path, target: str) -> Past:
    """What was published before a release.

    Args:
        home: The outputs folder.
        target: Id of the release that is about to be made; where it lies there damaged, what came before it counts.
    """
    used: dict[str, Version] = {}
    for release in list_ids(home):
        if release != target and (opened := _open(home, release)):
            for table in opened.manifest.tables.values():
                used[table.name] = max(parse(table.version), used.get(table.name, (0, 0, 0)))
    try:
        pointer = Pointer.read(home)
    except ReleaseDamaged:
        return Past(None, "The pointer to the release before it was damaged.", used)
    name = _before_itself(home, target) if pointer and pointer.release == target else pointer and pointer.release
    if not name:
        return Past(None, FIRST, used)
    found = _open(home, name)
    return Past(found, "" if found else f"The release before it, {name}, is damaged or gone.", used)


def _open(home: Path, release: str) -> Release | None:
    try:
        return Release.open(home, release)
    except (NotFound, ReleaseDamaged):
        return None


def _before_itself(home: Path, target: str) -> str | None:
    path = home / "releases" / target / MANIFEST
    try:
        return Manifest.from_bytes(path.read_bytes(), str(path)).previous
    except (OSError, ReleaseDamaged):
        return None


def parse(version: str) -> Version:
    """A SemVer as numbers."""
    major, minor, patch = version.split(".")
    return int(major), int(minor), int(patch)


def raised(version: Version, bump: Bump) -> Version:
    """The next version of that bump."""
    major, minor, patch = version
    return {
        "major": (major + 1, 0, 0),
        "minor": (major, minor + 1, 0),
        "patch": (major, minor, patch + 1),
        "none": version,
    }[bump]


def step(before: Version, after: Version) -> Bump:
    """The bump that leads from one version to a later one; `none` where it is not later."""
    if after <= before:
        return "none"
    names: tuple[Bump, ...] = ("major", "minor", "patch")
    return next(n for n, one, other in zip(names, before, after, strict=True) if one != other)


def text(version: Version) -> str:
    """A version as people write it."""
    return ".".join(map(str, version))


def settle(tables: Mapping[str, TableInfo], diff: Diff | None, before: Past, today: date) -> dict[str, TableInfo]:
    """The tables of a release with their versions.

    Args:
        tables: The tables as their contracts have them.
        diff: They and the release before, compared; None where there is none.
        before: What was published before.
        today: Day of publication, for tables that may only go after a day.

    Raises:
        ProjectInvalid: A contract's version is lower than its changes ask for, a major change leaves readers of the
            former table with nothing, or a table is gone before its day.
    """
    if diff and before.release and (problems := list(refusals(tables, diff, before.release.manifest, today))):
        raise ProjectInvalid("\n".join(problems))
    return {name: replace(info, version=text(_version(info, diff, before))) for name, info in tables.items()}


def _version(info: TableInfo, diff: Diff | None, before: Past) -> Version:
    own, used = parse(info.contract_version), before.used.get(info.name, (0, 0, 0))
    old = before.release.manifest.tables.get(info.name) if before.release else None
    if diff is None or old is None:
        return max(own, used)
    needs = largest([diff.tables[info.name].needs, step(_contract(old), own)])
    if needs == "none":
        return max(own, parse(old.version))
    return max(own, raised(max(used, parse(old.version)), needs))


def _contract(table: TableInfo) -> Version:
    return parse(table.contract_version or table.version)


def refusals(tables: Mapping[str, TableInfo], diff: Diff, before: Manifest, today: date) -> Iterator[str]:
    """What stands against publishing, one paragraph a table."""
    for one in diff.changed:
        old = before.tables.get(one.table)
        if old and one.change == "removed":
            yield from _removal(old, before.release, today)
        elif old and one.change == "changed":
            yield from _too_low(one, old, tables[one.table], before.release)
            if one.shape_needs == "major" and not _kept(old, tables):
                yield _nothing_kept(one)
    for name in diff.same:
        yield from _too_low(diff.tables[name], before.tables[name], tables[name], before.release)


def _too_low(one: TableDiff, old: TableInfo, new: TableInfo, before: str) -> Iterator[str]:
    least, own = raised(_contract(old), one.shape_needs), parse(new.contract_version)
    if own >= least:
        return
    folder = CODELISTS if new.layer == CODELISTS else "tables"
    file = f"expectations/{folder}/{one.table.removeprefix(CODELIST)}.yml"
    if one.shape_needs == "none":
        yield (
            f"Table {one.table}: its contract says version {text(own)}, but release {before} was made from "
            f"{text(least)}. A version never goes down: write `version: {text(least)}` in {file}."
        )
        return
    yield (
        f"Table {one.table}: {_said(one)} since release {before}. That is a {one.shape_needs} change: its contract "
        f"says version {text(own)}, the least is {text(least)}. Write `version: {text(least)}` in {file}, or take the "
        "change back."
    )


def _said(one: TableDiff) -> str:
    changes = [c for c in one.schema if c.of_shape and c.needs == one.shape_needs]
    return ", ".join(_words(c) for c in changes)


def _words(change: SchemaChange) -> str:
    if change.what.startswith("column "):
        verb = change.what.removeprefix("column ")
        name = change.before if change.what == "column renamed" else change.column
        return f"column {name} was {verb}" + (f" to {change.after}" if verb == "renamed" else "")
    place = f" of {change.column}" if change.column else ""
    return f"the {change.what}{place} was '{change.before}' and is '{change.after}'"


def _kept(old: TableInfo, tables: Mapping[str, TableInfo]) -> bool:
    """Whether readers of the former table still find it, under whatever name."""
    promised = {(c.name, c.type, c.unit) for c in old.columns}
    return any(
        t.deprecated is not None
        and t.deprecated.replaced_by == old.name
        and set(t.key) == set(old.key)
        and promised <= {(c.name, c.type, c.unit) for c in t.columns}
        for t in tables.values()
    )


def _nothing_kept(one: TableDiff) -> str:
    return (
        f"Table {one.table}: {_said(one)}, and nothing is left to those who read it as it was. Keep the former table "
        f"under another name, with `deprecated: {{since: ..., until: ..., replaced_by: {one.table}}}` in its contract; "
        f"or leave {one.table} as it was, give the new one another name, and deprecate {one.table}."
    )


def _removal(old: TableInfo, before: str, today: date) -> Iterator[str]:
    if old.deprecated is None:
        yield (
            f"Table {old.name} of release {before} is gone, and no contract had said that it would go. Bring it back "
            "with `deprecated: {since: ..., until: ..., replaced_by: ...}` in its contract; it may go when that day "
            "`until` has come."
        )
    elif today < date.fromisoformat(old.deprecated.until):
        yield (
            f"Table {old.name} of release {before} is gone, but was promised until {old.deprecated.until} "
            f"(replaced by {old.deprecated.replaced_by}). Bring it back until then."
        )
