"""The tables of a release with their rows numbered, as all is known or as of a day, in one connection.

What belongs here: which rows there are and what their numbers are. What does not: how they are connected (`walk`).
"""

import shutil
import tempfile
import weakref
from functools import cached_property
from itertools import count
from pathlib import Path

import duckdb
import pyarrow as pa

from tradefin.claims.measure import register_statistics
from tradefin.errors import NotFound, TradefinError
from tradefin.project import CODELIST, CODELISTS, Project
from tradefin.quoting import quote
from tradefin.releases.asof import ReleaseTables
from tradefin.releases.release import Release
from tradefin.tables.asof import Shape, View, connect, visible_select
from tradefin.tables.builder import Builder
from tradefin.tables.mirror import bring
from tradefin.tables.store import Store, digest
from tradefin.trace.query import RID

_SQL = {"text": "varchar", "integer": "bigint"}


class NotAtHand(Exception):
    """A table that the release was made from, but does not hold, cannot be had here as it was."""


class Leaves:
    """What a release was made from and does not hold: the tables of publishers' files.

    They lie in the store where the release was made; a release of the bundled figures gets them from the package too.

    Args:
        release: The release.
        project: Bundled figures.
    """

    def __init__(self, release: Release, project: Project) -> None:
        tables = release.manifest.tables
        self.release = release
        self.project = project
        self.sha256 = {n: sha for t in tables.values() for n, sha in t.inputs.items() if n not in tables}
        self._read: dict[str, pa.Table] = {}

    @cached_property
    def _builder(self) -> Builder:
        folder = tempfile.mkdtemp(prefix="tradefin-trace-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Builder(self.project, Store(Path(folder)))

    def table(self, stem: str) -> pa.Table:
        """A table of a publisher's file as it was when the release was made.

        Raises:
            NotAtHand: It is neither in the store nor among the bundled figures.
        """
        if stem not in self._read:
            self._read[stem] = self._find(stem)
        return self._read[stem]

    def _find(self, stem: str) -> pa.Table:
        import pyarrow.parquet as pq

        sha256 = self.sha256.get(stem, "")
        kept = bring(self.release.folder.parents[1] / "tables" / stem / f"{sha256}.parquet")
        if sha256 and kept.exists() and digest(data := kept.read_bytes()) == sha256:
            return pq.read_table(pa.BufferReader(data), page_checksum_verification=True)
        try:
            ref = self._builder.ref(stem)
        except TradefinError as error:
            raise NotAtHand(f"{stem} is not at hand: {error}") from error
        if sha256 and ref.sha256 != sha256:
            raise NotAtHand(
                f"{stem} is not at hand as the release was made from it (sha256 {sha256}): neither in tables/ of these "
                "outputs nor among the bundled figures of this version."
            )
        return self._builder.table(stem)


class _WithCodelists(ReleaseTables):
    """The tables of a release, and the codelists behind them that it does not hold."""

    def __init__(self, release: Release, leaves: Leaves) -> None:
        super().__init__(release)
        self.leaves = leaves
        self._derived: dict[str, pa.Table] = {}

    def derive(self, con: duckdb.DuckDBPyConnection, stem: str) -> pa.Table:
        if stem not in self._derived:  # there is one of these for each view
            self._derived[stem] = super().derive(con, stem)
        return self._derived[stem]

    def table(self, stem: str) -> pa.Table:
        return super().table(stem) if stem in self.release.manifest.tables else self.leaves.table(stem)

    def closure(self, stems: list[str]) -> list[str]:
        order = super().closure(stems)
        needs = {need for stem in order for need in self.release.manifest.tables[stem].inputs}
        return [*sorted(n for n in needs - set(order) if n.startswith(CODELIST)), *order]

    def shape(self, stem: str) -> Shape | None:
        return super().shape(stem) or Shape(CODELISTS, {}, None)


class Numbered:
    """Tables of a release, each with the column `__rid`; a published table's numbers are the places of its rows.

    Args:
        release: The release.
        leaves: What it was made from.
        view: A day to look from; None sees everything.
    """

    def __init__(self, release: Release, leaves: Leaves, view: View | None = None) -> None:
        self.release = release
        self.leaves = leaves
        self.view = None if view and view.known == "latest" else view
        self.tables: ReleaseTables = _WithCodelists(release, leaves)
        self.con: duckdb.DuckDBPyConnection = self.tables.connect()
        register_statistics(self.con)
        self._known: set[str] = set()
        self._prefixes = count(1)

    def prefix(self) -> str:
        """Begins the names of the temporary tables of one query."""
        return f"__step{next(self._prefixes)}_"

    def types(self, stem: str) -> dict[str, str]:
        """Columns and SQL types of a table, which is in the connection from now on.

        Raises:
            NotAtHand: It is not part of the release and not to be had.
        """
        info = self.release.manifest.tables.get(stem)
        if stem not in self._known:
            self._add(stem)
            self._known.add(stem)
        if info is None:
            return dict.fromkeys(self.leaves.table(stem).column_names, "varchar")
        return {c.name: _SQL.get(c.type, c.type) for c in info.columns}

    def is_past(self, stem: str) -> bool:
        """Whether the day decides which rows a table has."""
        info = self.release.manifest.tables.get(stem)
        return self.view is not None and info is not None and (info.layer == "marts" or info.as_of is not None)

    def _add(self, stem: str) -> None:
        if not self.is_past(stem):
            self.con.register(stem, _numbered(self.tables.table(stem)))
        elif self.release.manifest.tables[stem].layer == "marts":
            assert self.view is not None  # noqa: S101 - see is_past
            with connect(self.tables, [stem], self.view) as past:
                self.con.register(stem, _numbered(past.sql(f"select * from {quote(stem)}").to_arrow_table()))
        else:
            shape = self.tables.shape(stem)
            assert shape is not None and self.view is not None  # noqa: S101 - see is_past
            self.con.register(f"all_{stem}", _numbered(self.tables.table(stem)))
            with_number = Shape(shape.layer, {**shape.columns, RID: ""}, shape.days)
            self.con.execute(f"create view {quote(stem)} as {visible_select(with_number, f'all_{stem}', self.view)}")

    def find(self, stem: str, wanted: dict[str, str]) -> list[int]:
        """Numbers of the rows in which columns have these values; an empty text finds what is missing.

        Raises:
            NotFound: There is no such column.
        """
        types = self.types(stem)
        for column in wanted:
            if column not in types:
                raise NotFound(f"Table {stem} has no column '{column}'. There are: {', '.join(types)}.")
        tests = [f"{quote(c)} is not distinct from try_cast(nullif(?, '') as {types[c]})" for c in wanted]
        sql = f"select {RID} from {quote(stem)} where {' and '.join(tests) or 'true'} order by {RID}"
        return [row[0] for row in self.con.execute(sql, list(wanted.values())).fetchall()]

    def cells(self, stem: str, rids: list[int], columns: list[str]) -> list[dict[str, str | None]]:
        """Cells of some rows as texts, in the order of the rows' numbers."""
        self.types(stem)
        self.con.register("__shown", pa.table({"rid": pa.array(rids, pa.int64())}))
        fields = ", ".join(f"{quote(c)}::varchar" for c in columns)
        sql = f"select {fields} from {quote(stem)} where {RID} in (select rid from __shown) order by {RID}"
        return [dict(zip(columns, row, strict=True)) for row in self.con.execute(sql).fetchall()]


def _numbered(table: pa.Table) -> pa.Table:
    return table.append_column(RID, pa.array(range(table.num_rows), pa.int64()))
