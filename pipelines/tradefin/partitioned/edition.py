"""Editions: which tables stand for the partitions of a flow, each state whole, the newest named by a pointer.

`editions/<stem>/<id>.json` is written once and lists, for each partition, its table by sha256; `<stem>.json` names the
newest. A partition is published by an edition that differs from the newest in that partition alone, so workers that
publish at once lose nothing. What belongs here: manifests and the pointer. What does not: tables (`flow`).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from tradefin import locked
from tradefin.errors import NotFound, ReleaseDamaged
from tradefin.partitioned.flow import Partitions, home_of
from tradefin.quoting import literal, quote
from tradefin.releases.bucket import Bucket
from tradefin.releases.staging import alone
from tradefin.tables.store import Store, TableRef, digest, digest_of, disk

_ID = 12


@dataclass(frozen=True)
class Published:
    """One partition of an edition.

    Attributes:
        sha256: Hash of its Parquet file.
        rows: Number of its rows.
        answers: sha256 of each answer of the publisher that it was made from.
    """

    sha256: str
    rows: int
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Edition:
    """A flow as it is published.

    Attributes:
        table: The stem.
        contract_version: Version of the contract that every partition keeps.
        partitions: What stands for each partition.
    """

    table: str
    contract_version: str
    partitions: Mapping[str, Published]

    @property
    def id(self) -> str:
        """Follows from what it lists."""
        return digest_of(asdict(self))[:_ID]

    @property
    def rows(self) -> int:
        """Of all partitions."""
        return sum(one.rows for one in self.partitions.values())

    def to_bytes(self) -> bytes:
        """The manifest as JSON."""
        return (json.dumps(asdict(self), indent=1, sort_keys=True) + "\n").encode()


def publish(flow: Partitions, partition: str, ref: TableRef) -> Edition:
    """Let a table stand for a partition from now on; one that does already changes nothing.

    Args:
        flow: The flow.
        partition: The partition.
        ref: Its table, as `Partitions.ref` made it.

    Returns:
        The newest edition.

    Raises:
        ContractBroken: The table has failed a blocking check; readers keep the one before it.
    """
    from tradefin.audit.run import refuse

    refuse(flow.audit(ref))
    answers = tuple(one.sha256 for one in flow.newest(partition).snapshots)
    one = Published(ref.sha256, ref.rows, answers)
    store = flow.store
    with disk(store.home), alone(store.home):
        while True:  # until no other machine was quicker
            before, seen = _newest(store, flow.stem)
            kept = dict(before.partitions) if before and _alike(before, flow) else {}
            edition = Edition(flow.stem, flow.contract.version, dict(sorted({**kept, partition: one}.items())))
            if edition == before or _write(store, edition, seen):
                return edition


def newest(home: Path, stem: str) -> Edition:
    """The edition that readers get now.

    Args:
        home: The outputs folder.
        stem: The table.

    Raises:
        NotFound: None has been published.
        ReleaseDamaged: Its manifest is missing or is not what was published.
    """
    found, _ = _newest(Store(home_of(home)), stem)
    if found is None:
        raise NotFound(f"No partition of {stem} has been published in {home}.")
    return found


def connect(home: Path, stem: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB in which the newest edition is one view of that name; reads only what a query needs.

    Args:
        home: The outputs folder.
        stem: The table.

    Raises:
        NotFound: None has been published.
    """
    edition, store = newest(home, stem), Store(home_of(home))
    refs = [TableRef(stem, one.sha256, one.rows) for one in edition.partitions.values()]
    con = duckdb.connect(":memory:", config=locked.NO_EXTENSIONS)
    if store.mirror:
        con.register(stem, Bucket(store.mirror.address).dataset([store.table_name(ref) for ref in refs]))
        return con
    files = ", ".join(literal(str(store.table_path(ref))) for ref in refs)
    con.execute(f"create view {quote(stem)} as select * from read_parquet([{files}])")
    return con


def _alike(edition: Edition, flow: Partitions) -> bool:
    """Whether what an edition lists can be read together with what the contract describes now."""
    return edition.contract_version.partition(".")[0] == flow.contract.version.partition(".")[0]


def _write(store: Store, edition: Edition, seen: str) -> bool:
    data = edition.to_bytes()
    store.keep(_manifest(store.home, edition.table, edition.id), data)
    pointer = {
        "edition": edition.id,
        "manifest_sha256": digest(data),
        "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return store.replace(_pointer(store.home, edition.table), (json.dumps(pointer, indent=1) + "\n").encode(), seen)


def _newest(store: Store, stem: str) -> tuple[Edition | None, str]:
    """The newest edition and the tag of its pointer."""
    pointer = _pointer(store.home, stem)
    found, seen = store.look(pointer)
    if found is None:
        return None, seen
    try:
        named = json.loads(found)
    except ValueError as error:
        raise ReleaseDamaged(f"{pointer} is damaged ({error}). Publish any partition with another pointer.") from error
    path = store.here(_manifest(store.home, stem, named["edition"]))
    data = path.read_bytes() if path.exists() else b""
    if digest(data) != named["manifest_sha256"]:
        raise ReleaseDamaged(f"{path} is not what was published.")
    tree = json.loads(data)
    partitions = {
        name: Published(one["sha256"], one["rows"], tuple(one["answers"]))
        for name, one in tree.pop("partitions").items()
    }
    return Edition(partitions=partitions, **tree), seen


def _manifest(home: Path, stem: str, edition: str) -> Path:
    return home / "editions" / stem / f"{edition}.json"


def _pointer(home: Path, stem: str) -> Path:
    return home / f"{stem}.json"
