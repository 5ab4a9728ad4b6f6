"""What one good fetch says, in the form of a source table: parsed by its connector, mapped by its SQL, remembered.

What belongs here: one fetch. What does not: how fetches follow each other (`fold`), which of them count (`history`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from tradefin.errors import ProjectInvalid, ReleaseDamaged, SourceChanged
from tradefin.sources.archive import Archive
from tradefin.sources.description import Publisher
from tradefin.sources.fetch import parts_of, read
from tradefin.sources.flow import Flow
from tradefin.sources.fold import ADDED, Cells
from tradefin.sources.records import Fetch
from tradefin.tables.sql import quote, read_sql, upstream
from tradefin.tables.store import TableRef, digest_of

if TYPE_CHECKING:
    from tradefin.tables.builder import Builder

LIVE = "live"
KNOWN_ON = "known_on"


@dataclass(frozen=True)
class Reading:
    """What one fetch says of one source table.

    Attributes:
        fetch: The fetch.
        rows: Rows in the columns of the source table without those that the engine adds.
        stated: Day of publication of each row where the publisher states one.
        error: Name of the error's class if it cannot be read; empty if it can.
        message: What it said.
    """

    fetch: Fetch
    rows: Sequence[Cells] = ()
    stated: Sequence[date | None] = ()
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
            "sql": read_sql(sql),
            "codelists": {need: builder.ref(need).sha256 for need in upstream(sql) if need != LIVE},
            "code": engine_hash(),
        }
    )
    noted = builder.store.recall("readings", key)
    if noted is not None and noted["error"]:
        return Reading(fetch, error=noted["error"], message=noted["message"])
    if noted is not None and builder.store.table_path(ref := TableRef(**noted["table"])).exists():
        return _of(fetch, builder.store.read_table(ref))
    try:
        live = read(flow, parts_of(Archive(builder.store), fetch))
        table = mapped(builder, publisher, flow, live, stem, sql)
    except (SourceChanged, ReleaseDamaged) as error:
        if isinstance(error, SourceChanged):
            builder.store.note("readings", key, {"error": type(error).__name__, "message": str(error)})
        return Reading(fetch, error=type(error).__name__, message=str(error))
    ref = builder.store.put_table(f"reading_{stem}", table)
    noted = {"error": "", "table": {"table": ref.table, "sha256": ref.sha256, "rows": ref.rows}}
    builder.store.note("readings", key, noted)
    return _of(fetch, table)


def mapped(builder: "Builder", publisher: Publisher, flow: Flow, live: pa.Table, stem: str, sql: Path) -> pa.Table:
    """A parsed table in the form of a source table, every column a text, with `known_on` where it is stated.

    Raises:
        SourceChanged: A value cannot be mapped, a figure is named twice, or nothing is left.
        ProjectInvalid: The SELECT is wrong, returns other columns, or the source table does not say what a figure is.
    """
    where = f"{flow.publisher}.{flow.name}"
    description = publisher.tables[stem.removeprefix(f"source_{publisher.publisher}_")]
    if not description.figure:
        raise ProjectInvalid(
            f"expectations/sources/{publisher.publisher}.yml: the table behind {stem} is served live ({sql.name}) and "
            "needs 'figure', the columns that name a figure."
        )
    for column, about in publisher.flows[flow.name].columns.items():
        if about.optional and column not in live.schema.names:
            live = live.append_column(column, pa.nulls(live.num_rows, pa.string()))
    wanted = [c for c in description.columns if c not in ADDED]
    with builder.connect() as con:
        con.register(LIVE, live)
        for need in upstream(sql):
            if need != LIVE:
                con.register(need, builder.table(need))
        try:
            con.execute(f"create temp table mapped as {read_sql(sql)}")
        except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as error:
            raise ProjectInvalid(f"{sql}: {error}") from error
        except duckdb.Error as error:
            raise SourceChanged(f"{where}: a value is not what {sql.name} expects: {error}") from error
        given = [row[0] for row in con.execute("describe mapped").fetchall()]
        if {*given} - {KNOWN_ON} != {*wanted}:
            raise ProjectInvalid(f"{sql} returns {', '.join(given)} where {stem} has {', '.join(wanted)}.")
        columns = [*wanted, *([KNOWN_ON] if KNOWN_ON in given else [])]
        cells = ", ".join(f"nullif({quote(c)}::varchar, '') as {quote(c)}" for c in columns)
        table = con.sql(f"select {cells} from mapped order by all").to_arrow_table()
        _refuse(con, where, stem, description.figure, KNOWN_ON in given)
    return table


def _refuse(con: duckdb.DuckDBPyConnection, where: str, stem: str, figure: Sequence[str], dated: bool) -> None:
    if not con.execute("select count(*) from mapped").fetchall()[0][0]:
        raise SourceChanged(f"{where}: nothing in the answer can become a row of {stem}.")
    names = ", ".join(quote(c) for c in figure)
    twice = con.execute(
        f"select {names} from mapped group by {names} having count(*) > 1 order by all limit 1"
    ).fetchall()
    if twice:
        what = ", ".join(f"{c}={v}" for c, v in zip(figure, twice[0], strict=True))
        raise SourceChanged(f"{where}: the answer gives one figure of {stem} more than once, first {what}.")
    if dated:
        wrong = con.execute(
            f"select {KNOWN_ON}::varchar from mapped where {KNOWN_ON} is not null "
            f"and (try_cast({KNOWN_ON}::varchar as date) is null or length({KNOWN_ON}::varchar) <> 10) "
            "order by all limit 1"
        ).fetchall()
        if wrong:
            raise SourceChanged(f"{where}: the day of publication reads {wrong[0][0]!r}, which is no day.")


def _of(fetch: Fetch, table: pa.Table) -> Reading:
    stated: list[date | None] = [None] * table.num_rows
    if KNOWN_ON in table.schema.names:
        stated = [date.fromisoformat(v) if v else None for v in table[KNOWN_ON].to_pylist()]
        table = table.drop_columns([KNOWN_ON])
    rows = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return Reading(fetch, rows, stated)
