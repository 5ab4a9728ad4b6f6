"""A release's tables as claims from outside see them: verified, as they were on any day, and locked down.

What belongs here: reading them. What does not: the claims. The queries come from people whom nobody knows, so the
connection reads what is registered in it and nothing else: no file, no network, no extension, no Python object.
"""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import duckdb
import pyarrow as pa

from tradefin import locked
from tradefin.errors import NotFound
from tradefin.project import Project
from tradefin.releases.asof import ReleaseTables
from tradefin.releases.release import Release, suggest
from tradefin.sources.bundled import parse_csv, text_table
from tradefin.tables.asof import Shape
from tradefin.tables.contract import Contract, read_contracts

_CODELIST = "codelist_"


class Published:
    """The tables of one release, and the project's codelists where the release has none.

    Args:
        project: Contracts and codelists.
        home: The outputs folder.
        release: Id of a release; None for the current one.
    """

    def __init__(self, project: Project, home: Path, release: str | None = None) -> None:
        self.project = project
        self.home = home
        self.wanted = release
        self._codelists: dict[str, pa.Table] = {}

    @cached_property
    def release(self) -> Release:
        """The release, opened when its first table is asked for."""
        return Release.open(self.home, self.wanted)

    @cached_property
    def _tables(self) -> ReleaseTables:
        return ReleaseTables(self.release)

    @cached_property
    def contracts(self) -> dict[str, Contract]:
        """The project's contracts by stem."""
        return read_contracts(self.project)

    @cached_property
    def verdicts(self) -> frozenset[str]:
        """Codes of the codelist `verdicts`."""
        return frozenset(self._codelist("codelist_verdicts").column("code").to_pylist())

    def has(self, stem: str) -> bool:
        """Whether a claim may read a table of that name: a core table, a mart or a codelist."""
        if stem in self.release.manifest.tables:
            return self.release.manifest.tables[stem].layer != "claims"
        return stem.startswith(_CODELIST) and self._file(stem).exists()

    def has_past(self, stems: Iterable[str]) -> bool:
        """Whether the tables can be shown as of a day: the release holds the SQL of every mart behind them."""
        tables = self.release.manifest.tables
        behind = [tables[stem] for stem in self.closure(list(stems)) if stem in tables]
        return all(table.sql for table in behind if table.layer == "marts")

    def suggest(self, stem: str) -> str:
        """A sentence that names the tables spelt like `stem`."""
        return suggest(stem, [name for name in self.release.manifest.tables if self.has(name)])

    def table(self, stem: str) -> pa.Table:
        """A whole table, verified by its sha256.

        Raises:
            NotFound: There is no such table or codelist.
            ReleaseDamaged: The file is not the one that was published.
        """
        if stem.startswith(_CODELIST) and not self._holds(stem):
            return self._codelist(stem)
        return self._tables.table(stem)

    def _holds(self, stem: str) -> bool:
        """Whether there is a release and it has that table; golden cases need none."""
        try:
            return stem in self.release.manifest.tables
        except NotFound:
            return False

    def _codelist(self, stem: str) -> pa.Table:
        if stem not in self._codelists:
            path = self._file(stem)
            if not path.exists():
                raise NotFound(f"There is no codelist '{stem.removeprefix(_CODELIST)}'.")
            self._codelists[stem] = text_table(*parse_csv(path.read_bytes(), path))
        return self._codelists[stem]

    def _file(self, stem: str) -> Path:
        return self.project.codelist_file(stem.removeprefix(_CODELIST))

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A private in-memory DuckDB that reads what is registered in it and nothing else."""
        return locked.private()

    def closure(self, stems: list[str]) -> list[str]:
        """The tables, all of the release that they are made from, and the codelists, upstream first."""
        order: list[str] = []
        for stem in stems:
            made = stem in self.release.manifest.tables and self.release.manifest.tables[stem].layer == "marts"
            needs = self.closure([n for n in self.release.manifest.tables[stem].inputs if self.has(n)]) if made else []
            order += [name for name in (*needs, stem) if name not in order]
        return order

    def shape(self, stem: str) -> Shape | None:
        """What views of a day must know of a table."""
        if stem.startswith(_CODELIST) and not self._holds(stem):
            return Shape("codelists", {}, None)
        return self._tables.shape(stem)

    def derive(self, con: duckdb.DuckDBPyConnection, stem: str) -> pa.Table:
        """A mart made from what a connection holds, by the release's own SQL."""
        return self._tables.derive(con, stem)
