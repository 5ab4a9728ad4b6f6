"""Bundled files in, tables out: a pure function of its inputs, remembered in the store.

The sha256 of a table is decided by the SQL, the contract and the sha256 of each upstream table; so an unchanged table
is found, not built, by whichever process asks. What belongs here: the graph of tables and how one is made.
"""

from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from tradefin import locked
from tradefin.errors import ProjectInvalid
from tradefin.project import CODELIST, Project
from tradefin.quoting import quote
from tradefin.sources.corrections import Correction, read_corrections
from tradefin.sources.description import Publisher, read_publishers
from tradefin.tables import inputs
from tradefin.tables.asof import Days, Shape
from tradefin.tables.contract import Contract, read_contracts
from tradefin.tables.metadata import with_metadata
from tradefin.tables.rights import OURS, rights_of
from tradefin.tables.sql import read_sql, upstream
from tradefin.tables.sqlerrors import placed
from tradefin.tables.store import Store, TableRef, digest, digest_of
from tradefin.tables.typed import to_contract

if TYPE_CHECKING:
    from tradefin.sources.history import History

# These describe where figures come from and hold none, so a licence does not travel through them.
_ABOUT_FIGURES = ("vintages", "citations")


class Builder:
    """Makes any table of the project and remembers what it made.

    Args:
        project: The project's files.
        store: Where snapshots, tables and memos lie.
        threads: Threads that DuckDB may use; None leaves it to DuckDB. The result does not depend on it.
        live: Whether the source tables hold, beside the bundled figures, what publishers have answered since.
    """

    def __init__(self, project: Project, store: Store, threads: int | None = None, live: bool = False) -> None:
        self.project = project
        self.store = store
        self.threads = threads
        self.live = live
        self._refs: dict[str, TableRef] = {}

    @cached_property
    def contracts(self) -> dict[str, Contract]:
        """All contracts by stem."""
        return read_contracts(self.project)

    @cached_property
    def publishers(self) -> dict[str, Publisher]:
        """All publishers by slug."""
        return read_publishers(self.project)

    @cached_property
    def source_files(self) -> dict[str, tuple[Publisher, str, Path]]:
        """Publisher, table name and bundled file of each source table."""
        return {
            f"source_{p.publisher}_{name}": (p, name, self.project.bundled / p.publisher / f"{name}.csv")
            for p in self.publishers.values()
            for name in p.tables
        }

    @cached_property
    def codelist_files(self) -> dict[str, Path]:
        """File of each codelist, by the name it has in SQL."""
        return {f"{CODELIST}{f.stem}": f for f in sorted((self.project.expectations / "codelists").glob("*.csv"))}

    @cached_property
    def corrections(self) -> dict[str, tuple[Correction, ...]]:
        """All corrections of what publishers have wrong, by source table."""
        return read_corrections(self.project, self.publishers)

    @property
    def archive_tables(self) -> dict[str, tuple[str, ...]]:
        """Columns of the tables that tell what the archive of live answers knows, and what is corrected."""
        return inputs.ARCHIVE_TABLES

    @cached_property
    def without_live(self) -> "Builder":
        """A builder of the bundled figures alone, which need not read the project again."""
        return self if not self.live else self.again(live=False)

    def again(self, live: bool) -> "Builder":
        """Another builder of the same project, which need not read it again."""
        other = Builder(self.project, self.store, self.threads, live=live)
        other.contracts, other.publishers, other.graph = self.contracts, self.publishers, self.graph
        other.corrections = self.corrections
        return other

    @cached_property
    def history(self) -> "History":
        """What the archive of live answers holds, looked at once, without answers that break a contract."""
        from tradefin.sources.trial import tried

        return tried(self)

    @cached_property
    def graph(self) -> dict[str, tuple[str, ...]]:
        """Upstream tables of every table, sources and codelists included.

        Raises:
            ProjectInvalid: A query reads a table that does not exist.
        """
        given = (*self.source_files, *self.archive_tables, *self.codelist_files)
        graph: dict[str, tuple[str, ...]] = dict.fromkeys(given, ())
        graph |= {stem: upstream(path) for stem, path in self.project.sql_files.items()}
        graph |= self._claim_graph()
        for stem, needs in graph.items():
            for need in needs:
                if need not in graph:
                    raise ProjectInvalid(f"Table {stem} reads '{need}', which is no table, source or codelist.")
        return graph

    def _claim_graph(self) -> dict[str, tuple[str, ...]]:
        from tradefin.claims import tables

        return tables.graph(self.project) if self.project.claim_files else {}

    def closure(self, stems: tuple[str, ...] | list[str]) -> list[str]:
        """The tables and all that they are made from, upstream first."""
        order: list[str] = []

        def visit(stem: str, path: tuple[str, ...]) -> None:
            if stem in path:
                raise ProjectInvalid(f"Tables read each other in a circle: {' -> '.join((*path, stem))}.")
            if stem not in order:
                for need in self.graph[stem]:
                    visit(need, (*path, stem))
                order.append(stem)

        for stem in stems:
            visit(stem, ())
        return order

    def shape(self, stem: str) -> Shape | None:
        """What views of a day must know of a table; None for source tables."""
        if contract := self.contracts.get(stem):
            days = Days(**contract.as_of.model_dump()) if contract.as_of else None
            return Shape(contract.layer, {n: c.known_from for n, c in contract.columns.items()}, days)
        return Shape("codelists", {}, None) if stem in self.codelist_files else None

    def derive(self, con: duckdb.DuckDBPyConnection, stem: str) -> pa.Table:
        """A mart made from what a connection holds, by its own SQL and contract."""
        path = self.project.sql_files[stem]
        return run_query(con, self.contracts[stem], read_sql(path), path)

    def publishers_of(self, stem: str) -> list[str]:
        """Publishers whose figures a table holds; none for what holds no figures, such as a codelist."""
        if stem in self.source_files:
            publisher, name, _ = self.source_files[stem]
            return [] if name in _ABOUT_FIGURES else [publisher.publisher]
        if stem == inputs.CORRECTIONS:
            return sorted({one.publisher for found in self.corrections.values() for one in found})
        needs = [n for n in self.graph[stem] if n not in _ABOUT_FIGURES]
        return sorted({p for n in needs for p in self.publishers_of(n)})

    def ref(self, stem: str) -> TableRef:
        """The table's current version, built if it is not in the store yet."""
        if stem not in self._refs:
            if stem not in self.graph:
                raise ProjectInvalid(f"'{stem}' is no table, source or codelist of the project.")
            self._refs[stem] = self._make(stem)
        return self._refs[stem]

    def table(self, stem: str) -> pa.Table:
        """The table's current version as Arrow."""
        return self.store.read_table(self.ref(stem))

    @cached_property
    def _database(self) -> duckdb.DuckDBPyConnection:
        return locked.private(self.threads or 0)

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection that reads what is registered in it and nothing else.

        What it registers and its temporary tables are its own; the empty database behind it, which takes longer to
        open than most tables take to be made, serves all connections of the builder.
        """
        return self._database.cursor()

    def _make(self, stem: str) -> TableRef:
        if any(stem in given for given in (self.source_files, self.archive_tables, self.codelist_files)):
            return inputs.make(self, stem, engine_hash())
        return self._from_upstream(stem)

    def inputs(self, stem: str) -> dict[str, str]:
        """sha256 of each upstream table."""
        return {need: self.ref(need).sha256 for need in self.graph[stem]}

    def code(self, stem: str) -> str:
        """Hash of what decides a table apart from its inputs: SQL, contract, claim files, the codes of a codelist."""
        contract = self.project.contract_file(stem).read_bytes()
        if own := self.project.sql_files.get(stem) or self.codelist_files.get(stem):
            files = [own]
        else:
            files = [*self.project.claim_files.values(), *self.project.claim_sql_files.values()]
        return digest_of([digest(contract), *(digest(f.read_bytes()) for f in files)])

    def _from_upstream(self, stem: str) -> TableRef:
        if stem not in self.contracts:
            raise ProjectInvalid(f"Table {stem} has no contract: {self.project.contract_file(stem)} is missing.")
        key = digest_of(
            {
                "stem": stem,
                "code": self.code(stem),
                "inputs": self.inputs(stem),
                "engine": engine_hash(),
                "rights": self.rights(stem),
            }
        )
        if ref := self.store.recall_table(key):
            return ref
        contract = self.contracts[stem]
        rows = self._run_sql(stem) if stem in self.project.sql_files else self._run_claims(stem)
        rows = with_metadata(rows, contract, self.rights(stem), self.inputs(stem))
        ref = self.store.put_table(stem, rows)
        self.store.note_table(key, ref)
        return ref

    def _run_sql(self, stem: str) -> pa.Table:
        with self.connect() as con:
            for need in self.graph[stem]:
                con.register(need, self.table(need))
            return self.derive(con, stem)

    def _run_claims(self, stem: str) -> pa.Table:
        from tradefin.claims import tables

        return tables.make(self, stem)

    def sources_of(self, stem: str) -> list[Publisher]:
        """Who stands behind a table: the publishers of its figures, else the project itself."""
        return [self.publishers[slug] for slug in self.publishers_of(stem)] or [OURS]

    def rights(self, stem: str) -> list[dict[str, str]]:
        """Publisher, landing page, licence, address and attribution of every source of a table.

        Raises:
            RightsMissing: A publisher has no licence.
        """
        return [right for publisher in self.sources_of(stem) for right in rights_of(publisher, stem)]


@cache
def engine_hash() -> str:
    """Hash of the code that turns inputs into tables, so that a change of it rebuilds them."""
    package = Path(__file__).resolve().parent.parent
    files = sorted(f for folder in ("tables", "claims", "sources") for f in (package / folder).glob("*.py"))
    return digest_of([digest(f.read_bytes()) for f in files])


def run_query(con: duckdb.DuckDBPyConnection, contract: Contract, sql: str, path: Path) -> pa.Table:
    """Run a table's SELECT and convert what it returns by its contract.

    Raises:
        ProjectInvalid: DuckDB refuses the query.
        ContractBroken: What it returns departs from the contract.
    """
    statement = f"create or replace temp table {quote('result')} as {sql}"
    try:
        con.execute(statement)
    except duckdb.Error as error:
        raise ProjectInvalid(placed(error, path, statement)) from error
    return to_contract(con, contract, "result")


def preview(table: pa.Table, rows: int = 5) -> list[dict[str, str]]:
    """The first rows as texts, for people."""
    return [{k: "" if v is None else str(v) for k, v in row.items()} for row in table.slice(0, rows).to_pylist()]
