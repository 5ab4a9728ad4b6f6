"""A parsed answer in the form of a source table: mapped by its SQL, known errors corrected, rows in doubt set apart.

`sql/sources/<source table>/<flow>.sql` maps; `sql/sources/<source table>.sql`, where there is one, names the figures of
the table `mapped` that are in doubt: with `left_out` those that core tables cannot take, with `remark` those that are
used but must be seen to. So do corrections that do not fit any more. What belongs here: one table of one answer. What
does not: remembering it (`readings`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from tradefin.errors import ProjectInvalid, SourceChanged
from tradefin.quoting import quote
from tradefin.sources.bundled import text_table
from tradefin.sources.corrected import as_cells, in_answer
from tradefin.sources.description import Publisher, SourceTable
from tradefin.sources.flow import Flow
from tradefin.sources.fold import ADDED, Cells, figure_name
from tradefin.tables.sql import read_sql, upstream

if TYPE_CHECKING:
    from tradefin.tables.builder import Builder

LIVE, MAPPED = "live", "mapped"
KNOWN_ON = "known_on"
LEFT_OUT, REMARK = "left_out", "remark"
_SHOWN = 5


@dataclass(frozen=True)
class Mapped:
    """What an answer says of one source table.

    Attributes:
        table: Rows in the columns of the source table without those that the engine adds, and `known_on` where the
            publisher states it.
        doubts: The columns that name a figure, then `left_out` and `remark`, of each figure in doubt.
    """

    table: pa.Table
    doubts: pa.Table

    def left_out(self) -> list[Cells]:
        """The figures that the answer has and that are not among the rows."""
        rows = zip(*(column.to_pylist() for column in self.doubts.columns), strict=True)
        return [row[:-2] for row in rows if row[-2]]

    def notes(self, where: str, stem: str) -> tuple[str, ...]:
        """One sentence for each reason of doubt, with how many figures it concerns and which.

        Args:
            where: Publisher and flow.
            stem: The source table.
        """
        figure = self.doubts.column_names[:-2]
        found: dict[tuple[str, str], list[str]] = {}
        for *key, left_out, remark in zip(*(column.to_pylist() for column in self.doubts.columns), strict=True):
            for kind, why in ((LEFT_OUT, left_out), (REMARK, remark)):
                if why:
                    found.setdefault((kind, why), []).append(figure_name(figure, key))
        left = {LEFT_OUT: f"left out of {stem}", REMARK: f"to be seen to in {stem}"}
        return tuple(
            f"{where}: {len(names):,} {'figure' if len(names) == 1 else 'figures'} {left[kind]}, since {why}: "
            f"{_listed(names)}."
            for (kind, why), names in sorted(found.items())
        )


def doubts_file(builder: "Builder", stem: str) -> Path:
    """The SQL that names the figures of a source table that are in doubt; there need not be one."""
    return builder.project.root / "sql" / "sources" / f"{stem}.sql"


def files(builder: "Builder", stem: str, sql: Path) -> list[Path]:
    """The SQL that decides what an answer says of a source table."""
    doubts = doubts_file(builder, stem)
    return [sql, doubts] if doubts.is_file() else [sql]


def codelists(builder: "Builder", stem: str, sql: Path) -> list[str]:
    """The codelists that decide it."""
    return sorted({need for path in files(builder, stem, sql) for need in upstream(path)} - {LIVE, MAPPED})


def map_answer(builder: "Builder", publisher: Publisher, flow: Flow, live: pa.Table, stem: str, sql: Path) -> Mapped:
    """A parsed table in the form of a source table, every column a text, with `known_on` where it is stated.

    Args:
        builder: Gives codelists and corrections.
        publisher: Whose answer it is.
        flow: Which of its flows.
        live: What its connector read.
        stem: The source table.
        sql: The SELECT that makes its rows from the table `live`.

    Raises:
        SourceChanged: A value cannot be mapped, a figure is named twice, or nothing is left.
        ProjectInvalid: A SELECT is wrong, returns other columns, or the source table does not say what a figure is.
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
    with builder.connect() as con:
        for need in codelists(builder, stem, sql):
            con.register(need, builder.table(need))
        con.register(LIVE, live)
        table = _selected(con, where, stem, sql, description)
        table, misfits = in_answer(table, builder.corrections.get(stem, ()))
        con.register(MAPPED, table)
        doubts = _doubts(con, where, stem, doubts_file(builder, stem), description)
        doubts = _with(doubts, as_cells(misfits, description.figure))
        con.register("doubts", doubts)
        same = " and ".join(f"d.{quote(c)} is not distinct from m.{quote(c)}" for c in description.figure)
        table = con.sql(
            f"select m.* from {MAPPED} as m where not exists "
            f"(from doubts as d where d.{LEFT_OUT} is not null and {same}) order by all"
        ).to_arrow_table()
        con.register("kept", table)
        found = Mapped(table, doubts)
        _refuse(con, where, stem, description.figure, found)
    return found


def _selected(con: duckdb.DuckDBPyConnection, where: str, stem: str, sql: Path, about: SourceTable) -> pa.Table:
    """What the mapping makes of the answer."""
    wanted = [c for c in about.columns if c not in ADDED]
    given = _run(con, where, sql, "selected")
    if {*given} - {KNOWN_ON} != {*wanted}:
        raise ProjectInvalid(f"{sql} returns {', '.join(given)} where {stem} has {', '.join(wanted)}.")
    return _texts(con, "selected", [*wanted, *([KNOWN_ON] if KNOWN_ON in given else [])])


def _doubts(con: duckdb.DuckDBPyConnection, where: str, stem: str, sql: Path, about: SourceTable) -> pa.Table:
    """The figures in doubt with the reason; an empty table if no SQL says any."""
    wanted = [*about.figure, LEFT_OUT, REMARK]
    if not sql.is_file():
        return text_table(wanted, [])
    given = _run(con, where, sql, "doubted")
    if {*given} != {*wanted}:
        raise ProjectInvalid(f"{sql} returns {', '.join(given)} where {', '.join(wanted)} are due.")
    con.execute(f"delete from doubted where {LEFT_OUT} is null and {REMARK} is null")
    return _texts(con, "doubted", wanted)


def _run(con: duckdb.DuckDBPyConnection, where: str, sql: Path, name: str) -> list[str]:
    """Run a SELECT into a table of its own; names of its columns."""
    try:
        con.execute(f"create temp table {name} as {read_sql(sql)}")
    except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as error:
        raise ProjectInvalid(f"{sql}: {error}") from error
    except duckdb.Error as error:
        raise SourceChanged(f"{where}: a value is not what {sql.name} expects: {error}") from error
    return [row[0] for row in con.execute(f"describe {name}").fetchall()]


def _texts(con: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str]) -> pa.Table:
    cells = ", ".join(f"nullif({quote(c)}::varchar, '') as {quote(c)}" for c in columns)
    return con.sql(f"select {cells} from {name} order by all").to_arrow_table()


def _with(doubts: pa.Table, more: Iterable[Cells]) -> pa.Table:
    """Doubts and further ones, those left out that are not left out for another reason already."""
    rows = list(zip(*(column.to_pylist() for column in doubts.columns), strict=True))
    gone = {row[:-2] for row in rows if row[-2]}
    rows += [row for row in more if row[:-2] not in gone]
    return text_table(doubts.column_names, [[cell or "" for cell in row] for row in rows])


def _refuse(con: duckdb.DuckDBPyConnection, where: str, stem: str, figure: Sequence[str], found: Mapped) -> None:
    if not found.table.num_rows:
        why = " ".join(found.notes(where, stem)) or f"{where}: nothing in the answer can become a row of {stem}."
        raise SourceChanged(why)
    names = ", ".join(quote(c) for c in figure)
    again = f"select {names} from kept group by {names} having count(*) > 1 order by all limit 1"
    twice = con.execute(again).fetchall()
    if twice:
        what = ", ".join(f"{c}={v}" for c, v in zip(figure, twice[0], strict=True))
        raise SourceChanged(f"{where}: the answer gives one figure of {stem} more than once, first {what}.")
    if KNOWN_ON in found.table.column_names:
        wrong = con.execute(
            f"select {KNOWN_ON} from kept where {KNOWN_ON} is not null "
            f"and (try_cast({KNOWN_ON} as date) is null or length({KNOWN_ON}) <> 10) order by all limit 1"
        ).fetchall()
        if wrong:
            raise SourceChanged(f"{where}: the day of publication reads {wrong[0][0]!r}, which is no day.")


def _listed(names: list[str]) -> str:
    shown = "; ".join(name[:80] for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else shown
