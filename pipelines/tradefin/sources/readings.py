"""What one good fetch says, in the form of a source table: parsed by its connector, mapped by its SQL, remembered.

What belongs here: one fetch. What does not: how fetches follow each other (`fold`), which of them count (`history`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from tradefin.errors import ReleaseDamaged, SourceChanged
from tradefin.sources.archive import Archive
from tradefin.sources.description import Publisher
from tradefin.sources.fetch import parts_of
from tradefin.sources.flow import Flow
from tradefin.sources.fold import Cells
from tradefin.sources.kept import as_read_then, read_again
from tradefin.sources.mapped import KNOWN_ON, Mapped, codelists, files, map_answer
from tradefin.sources.records import Fetch
from tradefin.tables.sql import read_sql
from tradefin.tables.store import TableRef, digest_of

if TYPE_CHECKING:
    from tradefin.tables.builder import Builder


@dataclass(frozen=True)
class Reading:
    """What one fetch says of one source table.

    Attributes:
        fetch: The fetch.
        rows: Rows in the columns of the source table without those that the engine adds.
        stated: Day of publication of each row where the publisher states one.
        left_out: Figures that it has but that are not among the rows.
        notes: What is to be told of figures in doubt, each one sentence.
        error: Name of the error's class if it cannot be read; empty if it can, or if what was read then is kept.
        message: What it said.
    """

    fetch: Fetch
    rows: Sequence[Cells] = ()
    stated: Sequence[date | None] = ()
    left_out: Collection[Cells] = ()
    notes: tuple[str, ...] = ()
    error: str = ""
    message: str = ""


def reading(builder: "Builder", publisher: Publisher, flow: Flow, fetch: Fetch, stem: str, sql: Path) -> Reading:
    """Read a fetch, or recall what it said; what cannot be read is told, not raised.

    Args:
        builder: Gives codelists; its store remembers the answer.
        publisher: Whose flow it is.
        flow: Reads the answers.
        fetch: A good fetch.
        stem: The source table.
        sql: The SELECT that makes its rows from the table `live`.

    Raises:
        ProjectInvalid: The SELECT itself is wrong.
    """
    from tradefin.tables.builder import engine_hash

    name = stem.removeprefix(f"source_{publisher.publisher}_")
    description = publisher.tables[name]
    key = digest_of(
        {
            "parts": [[one.address, one.accept, one.sha256] for one in fetch.snapshots],
            "flow": [flow.publisher, flow.name],
            "columns": [list(publisher.flows[flow.name].columns), list(description.columns), list(description.figure)],
            "sql": [read_sql(path) for path in files(builder, stem, sql)],
            "codelists": {need: builder.ref(need).sha256 for need in codelists(builder, stem, sql)},
            "corrections": [one.cells() for one in builder.corrections.get(stem, ())],
            "code": engine_hash(),
        }
    )
    noted = builder.store.recall("readings", key)
    if noted is not None and noted["error"]:
        return Reading(fetch, error=noted["error"], message=noted["message"])
    where, archive = f"{publisher.publisher}.{flow.name}", Archive(builder.store)
    if noted is not None:
        refs = [TableRef(**ref) for ref in noted["tables"]]
        if all(builder.store.table_path(ref).exists() for ref in refs):
            return _of(fetch, Mapped(*(builder.store.read_table(ref) for ref in refs)), where, stem)
    try:
        live = read_again(flow, publisher.flows[flow.name], parts_of(archive, fetch))
        found = map_answer(builder, publisher, flow, live, stem, sql)
    except (SourceChanged, ReleaseDamaged) as error:
        if isinstance(error, SourceChanged):
            if (then := as_read_then(archive, publisher, fetch, stem)) is not None:
                return replace(_of(fetch, then, where, stem), message=str(error))
            builder.store.note("readings", key, {"error": type(error).__name__, "message": str(error)})
        return Reading(fetch, error=type(error).__name__, message=str(error))
    kept = {f"reading_{stem}": found.table, f"doubts_{stem}": found.doubts}
    refs = [builder.store.put_table(name, table) for name, table in kept.items()]
    builder.store.note("readings", key, {"error": "", "tables": [vars(ref) for ref in refs]})
    return _of(fetch, found, where, stem)


def mapped(
    builder: "Builder",
    publisher: Publisher,
    flow: Flow,
    live: pa.Table,
    stem: str,
    sql: Path,
    doubts: list[str] | None = None,
) -> pa.Table:
    """A parsed table in the form of a source table; what is to be told of figures in doubt is added to `doubts`.

    Raises:
        SourceChanged: As `map_answer`.
        ProjectInvalid: As `map_answer`.
    """
    found = map_answer(builder, publisher, flow, live, stem, sql)
    if doubts is not None:
        doubts += found.notes(f"{publisher.publisher}.{flow.name}", stem)
    return found.table


def _of(fetch: Fetch, found: Mapped, where: str, stem: str) -> Reading:
    table = found.table
    stated: list[date | None] = [None] * table.num_rows
    if KNOWN_ON in table.schema.names:
        stated = [date.fromisoformat(v) if v else None for v in table[KNOWN_ON].to_pylist()]
        table = table.drop_columns([KNOWN_ON])
    rows = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return Reading(fetch, rows, stated, left_out=found.left_out(), notes=found.notes(where, stem))
