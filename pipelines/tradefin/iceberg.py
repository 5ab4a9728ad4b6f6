"""The tables of a release, and partitioned tables, as one Apache Iceberg table set for other engines, none copied.

`iceberg/catalog.db` (pyiceberg's SQL catalogue, in SQLite) names for each table the metadata that list the Parquet
files where they lie. It is replaced as a whole: readers of the catalogue see all tables of the former state or all of
the new. Each release leaves a snapshot of every table, tagged with the release's id. Needs the extra `iceberg`.
"""

import logging
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tradefin.addresses import address_of
from tradefin.errors import ProjectInvalid, ReleaseDamaged, Unavailable
from tradefin.partitioned.edition import newest
from tradefin.partitioned.flow import home_of
from tradefin.project import HOME
from tradefin.releases.release import Release
from tradefin.releases.staging import alone
from tradefin.tables.store import Store, TableRef, digest_of, disk, write_atomically

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.table import Table

FOLDER, CATALOGUE = "iceberg", "catalog.db"
PARTITIONED = "partitioned"  # the namespace of partitioned tables; those of a release are in that of their layer
CONTENT = "tradefin.content"

State = Literal["new", "changed", "same"]


@dataclass(frozen=True)
class Given:
    """A table to be listed.

    Attributes:
        namespace: Its layer, or `partitioned`.
        name: Its name.
        version: Id of the release or edition; tags the snapshot.
        files: Its Parquet files, verified.
        rows: How many rows they hold.
        schema: Their columns, each with its meaning and unit as `doc`.
        properties: What else Iceberg's readers are told of the table.
        by: Column by which the files are partitioned; empty for a table of one file.
    """

    namespace: str
    name: str
    version: str
    files: tuple[Path, ...]
    rows: int
    schema: "pa.Schema"
    properties: dict[str, str] = field(default_factory=dict)
    by: str = ""

    @property
    def content(self) -> str:
        """Decides whether the catalogue has to say anything new; a file is written once, so its path stands for it."""
        return digest_of([self.version, [str(f) for f in self.files], self.properties])


@dataclass(frozen=True)
class Listed:
    """A table as the catalogue lists it.

    Attributes:
        table: Namespace and name.
        rows: Its number of rows.
        files: How many Parquet files hold them.
        state: Whether it is new, has changed, or was listed like this before.
    """

    table: str
    rows: int
    files: int
    state: State


def write(home: Path, release: str | None = None) -> list[Listed]:
    """List a release, and the newest edition of every partitioned table, in the catalogue of an outputs folder.

    Args:
        home: The outputs folder.
        release: Id of the release; the current one by default.

    Returns:
        Every table that is listed now, in order.

    Raises:
        NotFound: There is no such release.
        ReleaseDamaged: A file is not the one that was published; the catalogue stays as it was.
        Unavailable: The disk refuses, the extra is not installed, or the catalogue was written for another place.
        ProjectInvalid: The outputs are in an object store.
    """
    if address := address_of(home):
        raise ProjectInvalid(
            f"{address}: only outputs in a folder can be listed for other engines; name one by {HOME}."
        )
    try:
        from pyiceberg.catalog.sql import SqlCatalog
    except ImportError as error:
        raise Unavailable(
            f"pyiceberg is not installed ({error}). Install it with: pip install 'tradefin[iceberg]'"
        ) from error
    home = home.resolve()  # Iceberg's paths are absolute
    given = [*_of_release(Release.open(home, release)), *_of_editions(home)]
    folder = home / FOLDER
    current, next_ = folder / CATALOGUE, folder / f"{CATALOGUE}.new"
    with disk(folder), alone(home):
        folder.mkdir(parents=True, exist_ok=True)
        next_.unlink(missing_ok=True)
        if current.exists():
            shutil.copyfile(current, next_)
        made = SqlCatalog("tradefin", uri=f"sqlite:///{next_}", warehouse=folder.as_uri())
        with _quiet(), closing(made) as catalogue:
            listed = [_list(catalogue, one) for one in given]
        if any(one.state != "same" for one in listed):
            write_atomically(current, next_.read_bytes())
        next_.unlink()
    return listed


def _of_release(release: Release) -> Iterator[Given]:
    for name, info in release.manifest.tables.items():
        file = release.table_file(name)
        schema = _schema(file)
        told = (schema.metadata or {}).get(b"tradefin", b"{}").decode()
        properties = {"comment": info.description, "tradefin": told, "tradefin.sha256": info.sha256}
        yield Given(info.layer, name, release.id, (file,), info.rows, schema, properties)


def _of_editions(home: Path) -> Iterator[Given]:
    store = Store(home_of(home))
    for pointer in sorted(store.home.glob("*.json")):
        edition = newest(home, pointer.stem)
        refs = {name: TableRef(edition.table, one.sha256, one.rows) for name, one in edition.partitions.items()}
        files = {name: store.sound_path(ref) for name, ref in refs.items()}
        schema = _schema(next(iter(files.values())))
        told = {"tradefin.contract_version": edition.contract_version}
        by = _partitioned_by(files)
        yield Given(PARTITIONED, edition.table, edition.id, tuple(files.values()), edition.rows, schema, told, by)


def _partitioned_by(files: dict[str, Path]) -> str:
    """The column that holds in each file nothing but the name of its partition; empty if there is none."""
    return min(set.intersection(*(_filled_with(name, file) for name, file in files.items())), default="")


def _filled_with(value: str, file: Path) -> set[str]:
    """Columns of a Parquet file that hold nothing but one value, as its statistics say."""
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(file)
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    return {
        metadata.schema.column(place).path
        for place in range(metadata.num_columns)
        if groups and all(_only(group.column(place).statistics, value) for group in groups)
    }


def _only(statistics: "pq.Statistics | None", value: str) -> bool:
    return statistics is not None and statistics.min == statistics.max == value


def _schema(file: Path) -> "pa.Schema":
    """Columns of one of our Parquet files, what each means as `doc`, where pyiceberg looks for it."""
    import pyarrow.parquet as pq

    schema = pq.read_schema(file)
    for place, one in enumerate(schema):
        told = {key.decode(): value.decode() for key, value in (one.metadata or {}).items()}
        meaning, unit = told.get("description", ""), told.get("unit", "")
        text = "; ".join([*([meaning] if meaning != unit else []), *([f"in {unit}"] if unit else [])])
        schema = schema.set(place, one.with_metadata({"doc": text} if text else {}))
    return schema


def _list(catalogue: "SqlCatalog", given: Given) -> Listed:
    """Let the catalogue's table be what is given: one commit that forgets the former files and adds these."""
    from pyiceberg.expressions import AlwaysTrue

    table, state = _table(catalogue, given)
    if state != "same":
        with table.transaction() as change:
            change.set_properties({**given.properties, CONTENT: given.content})
            if table.current_snapshot():
                change.delete(AlwaysTrue())
            change.add_files([file.as_uri() for file in given.files])
    snapshot = table.current_snapshot()
    total = int(str(snapshot.summary["total-records"])) if snapshot and snapshot.summary else 0
    if snapshot is None or total != given.rows:
        raise ReleaseDamaged(f"{given.namespace}.{given.name}: Iceberg counts {total:,} rows, not {given.rows:,}.")
    if given.version not in table.refs():
        table.manage_snapshots().create_tag(snapshot.snapshot_id, given.version).commit()
    return Listed(f"{given.namespace}.{given.name}", total, len(given.files), state)


def _table(catalogue: "SqlCatalog", given: Given) -> tuple["Table", State]:
    """The table in the catalogue, made anew where it is not there or can no longer hold what is given."""
    catalogue.create_namespace_if_not_exists(given.namespace)
    named = (given.namespace, given.name)
    state: State = "new"
    try:
        table = catalogue.load_table(named) if catalogue.table_exists(named) else None
    except OSError as error:
        raise Unavailable(
            f"The catalogue of {given.namespace}.{given.name} names files that are not there ({error}): it was written "
            f"for another place, and Iceberg's paths are absolute. Remove the folder {FOLDER} and list again."
        ) from error
    if table:
        if table.properties.get(CONTENT) == given.content:
            return table, "same"
        state = "changed"
        if _fields(table.schema().as_arrow()) == _fields(given.schema):
            return table, state
        catalogue.drop_table(named)  # another version of its contract; snapshots of the former end with it
    table = catalogue.create_table(named, given.schema)
    if given.by:
        with table.update_spec() as spec:
            spec.add_identity(given.by)
    return table, state


def _fields(schema: "pa.Schema") -> list[tuple[str, str, bool]]:
    """What must be alike for files to belong to one table; text is text, however long its offsets."""
    return [(f.name, str(f.type).removeprefix("large_"), f.nullable) for f in schema]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without pyiceberg's word on every column of a table that has no rows."""
    logger = logging.getLogger("pyiceberg")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
