"""One partitioned flow: what its partitions are, how one is fetched, made and audited.

As with every table, what a partition becomes is decided by bytes: those of the answer, of the SQL, of the contract and
of the engine; any process finds it or makes it the same. What belongs here: one partition. What does not: what holds
several together (`edition`).
"""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tradefin.errors import NotFound
from tradefin.project import Project
from tradefin.sources import drift
from tradefin.sources.archive import Archive
from tradefin.sources.connectors import partitioned
from tradefin.sources.description import PartitionedFlow, Publisher
from tradefin.sources.flow import Flow
from tradefin.sources.records import Fetch
from tradefin.tables.builder import Builder, engine_hash, run_query
from tradefin.tables.contract import Contract, read_contract
from tradefin.tables.metadata import with_metadata
from tradefin.tables.rights import rights_of
from tradefin.tables.sql import read_sql
from tradefin.tables.store import Store, TableRef, digest, digest_of

if TYPE_CHECKING:  # asking needs what only the extra `live` brings, and defining the graph does not
    from tradefin.audit.run import TableAudit
    from tradefin.sources.fetch import Fetched
    from tradefin.sources.http import Client


@dataclass(frozen=True)
class Partitions:
    """A partitioned flow of a publisher.

    Attributes:
        project: The project's files.
        publisher: Who serves it.
        name: What it is called in the publisher's file.
        store: Where its snapshots, tables and memos lie.
        threads: Threads that DuckDB may use; None leaves it to DuckDB.
    """

    project: Project
    publisher: Publisher
    name: str
    store: Store
    threads: int | None = None
    _builder: Builder = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_builder", Builder(self.project, self.store, self.threads))

    @classmethod
    def all(cls, builder: Builder) -> "tuple[Partitions, ...]":
        """Every partitioned flow of a project.

        Args:
            builder: Knows the project, the publishers and the outputs folder.
        """
        store = Store(home_of(builder.store.home))
        return tuple(
            cls(builder.project, publisher, name, store, builder.threads)
            for publisher in builder.publishers.values()
            for name in publisher.partitioned
        )

    @property
    def stem(self) -> str:
        """Name of the table."""
        return f"{self.publisher.publisher}_{self.name}"

    @property
    def description(self) -> PartitionedFlow:
        """What its answers should look like."""
        return self.publisher.partitioned[self.name]

    @property
    def sql(self) -> Path:
        """The SELECT that makes rows of the table `live`, which holds one answer."""
        return self.project.root / "sql" / "partitioned" / f"{self.stem}.sql"

    @cached_property
    def contract(self) -> Contract:
        """What one partition must keep.

        Raises:
            ProjectInvalid: It is missing or wrong.
        """
        return read_contract(self._contract_file)

    @property
    def archive(self) -> Archive:
        """The answers of its partitions."""
        return Archive(self.store)

    def flow(self, partition: str) -> Flow:
        """Where to ask for one partition.

        Raises:
            NotFound: There is no such partition.
        """
        if partition not in self.description.partitions:
            raise NotFound(f"{self.stem} has no partition '{partition}'.")
        return partitioned(self.publisher, self.name)(partition)

    def fetch(self, client: "Client", partition: str) -> "Fetched":
        """Ask for one partition and keep the answer; errors are those of `sources.fetch.fetch`."""
        from tradefin.sources.fetch import fetch

        return fetch(client, self.archive, self.flow(partition), self.description)

    def newest(self, partition: str) -> Fetch:
        """The last good answer for one partition.

        Raises:
            NotFound: There is none yet.
        """
        flow = self.flow(partition)
        last = self.archive.last(flow.publisher, flow.name)
        if last is None:
            raise NotFound(f"{self.stem}: no good answer for {partition} has come yet.")
        return last

    def ref(self, partition: str) -> TableRef:
        """The table that the last good answer for one partition makes, made if it is not in the store yet.

        Raises:
            NotFound: No good answer has come yet.
            SourceChanged: Today's connector or description no longer accepts it.
            ContractBroken: It departs from the contract.
            ReleaseDamaged: Its bytes are missing or damaged.
        """
        answer = self.newest(partition)
        inputs = {f"snapshot_{n}": one.sha256 for n, one in enumerate(answer.snapshots)}
        rights = rights_of(self.publisher, self.stem)
        files = [digest(self._contract_file.read_bytes()), digest(self.sql.read_bytes())]
        described = self.description.model_dump(mode="json")
        known = {"stem": self.stem, "partition": partition, "inputs": inputs, "code": files, "described": described}
        key = digest_of({**known, "engine": engine_hash(), "rights": rights})
        if ref := self.store.recall_table(key):
            return ref
        from tradefin.sources.fetch import parts_of, read

        live = read(self.flow(partition), parts_of(self.archive, answer))
        drift.check(live, self.description, None, f"{self.stem}.{partition}")
        with self._builder.connect() as con:
            con.register("live", live)
            rows = run_query(con, self.contract, read_sql(self.sql), self.sql)
        ref = self.store.put_table(self.stem, with_metadata(rows, self.contract, rights, inputs))
        self.store.note_table(key, ref)
        return ref

    def audit(self, ref: TableRef) -> "TableAudit":
        """Every check of the contract on one partition, or what was noted of them."""
        from tradefin.audit.rows import Rows
        from tradefin.audit.run import audit

        return audit(self._builder, self.contract, ref, Rows(self.store.sound_path(ref), self.threads))

    @property
    def _contract_file(self) -> Path:
        return self.project.expectations / "partitioned" / f"{self.stem}.yml"


def home_of(home: Path) -> Path:
    """Folder of the partitioned flows in an outputs folder."""
    return home / "partitioned"
