"""What has changed between two releases, as values: told once, printed, written as JSON, and read by the version rule.

What belongs here: the shapes of a comparison and its JSON. What does not: finding changes (`diff`, `shapes`,
`rowchanges`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

FORMAT = 1

Bump = Literal["none", "patch", "minor", "major"]
_BUMPS: tuple[Bump, ...] = ("none", "patch", "minor", "major")

Key = Mapping[str, str | None]


def largest(bumps: Iterable[Bump]) -> Bump:
    """The largest of several bumps; `none` of none."""
    return max(bumps, key=_BUMPS.index, default="none")


@dataclass(frozen=True)
class SchemaChange:
    """One thing that a table promises otherwise than before.

    Attributes:
        what: `column removed`, `column added`, `column renamed`, `type`, `unit`, `codelist`, `optional`, `grain`,
            `layer`, `as of`, `deprecated`, `order` or `text`.
        column: The column; empty for the table as a whole.
        before: How it was.
        after: How it is.
        needs: The least bump of the table's version that it asks for.
    """

    what: str
    column: str
    before: str
    after: str
    needs: Bump

    @property
    def of_shape(self) -> bool:
        """Whether a query written against the table may notice; somebody has to raise the contract's version then."""
        return self.what != "deprecated" and self.needs in ("minor", "major")


@dataclass(frozen=True)
class Revision:
    """A row that is in both releases with other values.

    Attributes:
        key: What names the row.
        values: Value before and after, as texts, of each column that differs.
    """

    key: Key
    values: Mapping[str, tuple[str | None, str | None]]


@dataclass(frozen=True)
class RowChanges:
    """What became of the rows. The counts are exact; the lists hold the first rows by key, up to the limit asked for.

    Attributes:
        why_not: Why rows could not be compared by key; empty where they were. The counts are zero then.
        added: Rows whose key is new.
        removed: Rows whose key is no more.
        revised: Rows of the same key with other values in columns that both tables have.
        columns: To each column how many rows have another value in it; columns without any are left out.
        added_keys: Keys of added rows.
        removed_keys: Keys of removed rows.
        revisions: Revised rows with the value before and after.
    """

    why_not: str = ""
    added: int = 0
    removed: int = 0
    revised: int = 0
    columns: Mapping[str, int] = field(default_factory=dict)
    added_keys: tuple[Key, ...] = ()
    removed_keys: tuple[Key, ...] = ()
    revisions: tuple[Revision, ...] = ()

    @property
    def needs(self) -> Bump:
        """The least bump that the rows ask for; what cannot be compared may hold anything."""
        if self.why_not or self.added or self.removed:
            return "minor"
        return "patch" if self.revised else "none"


@dataclass(frozen=True)
class TableDiff:
    """What became of one table.

    Attributes:
        table: Its name.
        change: `added`, `removed`, `changed` or `same`.
        replaced_by: Table that stands in for a removed one, as its contract had said.
        rows_before: Number of rows before; zero for a new table.
        rows_after: Number of rows now; zero for a removed one.
        version_before: Its version before; empty for a new table.
        version_after: Its version now; empty for a removed one.
        schema: What it promises otherwise.
        rows: What became of its rows.
        needs: The least bump of its version that all of this asks for.
    """

    table: str
    change: Literal["added", "removed", "changed", "same"]
    replaced_by: str
    rows_before: int
    rows_after: int
    version_before: str
    version_after: str
    schema: tuple[SchemaChange, ...]
    rows: RowChanges
    needs: Bump

    @property
    def shape_needs(self) -> Bump:
        """The least bump that what the contract says of the table's shape asks for."""
        return largest(c.needs for c in self.schema if c.of_shape)

    def as_json(self) -> dict[str, Any]:
        """The change as a JSON object; empty parts are left out."""
        rows = self.rows
        told: dict[str, Any] = {
            "change": self.change,
            "replaced_by": self.replaced_by,
            "version": [self.version_before, self.version_after],
            "needs": self.needs,
            "row_count": [self.rows_before, self.rows_after],
            "schema": [
                {"what": c.what, "column": c.column, "before": c.before, "after": c.after, "needs": c.needs}
                for c in self.schema
            ],
        }
        if rows.why_not:
            told["rows_not_compared"] = rows.why_not
        elif self.change == "changed":
            told["rows"] = {"added": rows.added, "removed": rows.removed, "revised": rows.revised}
            told["revised_cells"] = dict(rows.columns)
        told["added"] = [dict(k) for k in rows.added_keys]
        told["removed"] = [dict(k) for k in rows.removed_keys]
        told["revised"] = [
            {"key": dict(r.key), "values": {c: list(pair) for c, pair in r.values.items()}} for r in rows.revisions
        ]
        return {k: v for k, v in told.items() if v not in ("", [], {})}


@dataclass(frozen=True)
class Diff:
    """Two releases compared.

    Attributes:
        before: Id of the former release; None where there was none.
        after: Id of the later release.
        limit: How many added, removed and revised rows of a table are listed at most; the counts are exact.
        tables: Every table of either release by name.
        note: Why there is no comparison; empty where there is one.
    """

    before: str | None
    after: str
    limit: int
    tables: Mapping[str, TableDiff] = field(default_factory=dict)
    note: str = ""

    @property
    def changed(self) -> tuple[TableDiff, ...]:
        """The tables that are not the same."""
        return tuple(t for t in self.tables.values() if t.change != "same")

    @property
    def same(self) -> tuple[str, ...]:
        """Names of the tables that are."""
        return tuple(t.table for t in self.tables.values() if t.change == "same")

    def with_versions(self, versions: Mapping[str, str]) -> "Diff":
        """The same with the versions that the tables have now."""
        tables = {n: replace(t, version_after=versions.get(n, t.version_after)) for n, t in self.tables.items()}
        return replace(self, tables=tables)

    def as_json(self) -> dict[str, Any]:
        """The comparison as a JSON object; values are texts, exact, and null where missing."""
        told: dict[str, Any] = {"format": FORMAT, "before": self.before, "after": self.after}
        if self.before is None:
            return {**told, "note": self.note}
        return {
            **told,
            "limit": self.limit,
            "unchanged": list(self.same),
            "tables": {t.table: t.as_json() for t in self.changed},
        }
