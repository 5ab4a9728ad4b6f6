"""One query run with its provenance: for rows of its result, the rows of its tables that each figure was made from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa
from sqlglot import exp

from tradefin.trace.origins import ROW, Origin, Reader
from tradefin.trace.query import DIALECT, RID, Base, Part, Query, Union
from tradefin.trace.shapes import CannotFollow

Rows = dict[str, set[int]]  # numbers of rows, by column or ROW


@dataclass(frozen=True)
class _Link:
    relation: str
    column: str
    field: str
    window: bool


class Step:
    """A query whose parts are run, on demand, each once, in a connection that holds its tables.

    Each table must have a column `__rid` that numbers its rows.

    Args:
        con: Holds the tables.
        sql: The query.
        tables: Columns and types of each table that it reads.
        columns: Columns of the result that will be asked for; `ROW` for the rows as such.
        prefix: Begins the names of temporary tables.

    Raises:
        CannotFollow: The query holds something that is not followed.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        sql: str,
        tables: Mapping[str, Mapping[str, str]],
        columns: Iterable[str],
        prefix: str,
    ) -> None:
        self.con = con
        self.query = Query(sql, tables, prefix)
        self.links: dict[tuple[str, str], list[_Link]] = {}
        self.fields: dict[str, dict[str, exp.Expr]] = {}
        self.lists: dict[tuple[str, str], bool] = {}
        for column in columns:
            self._demand(self.query.result, column)
        try:
            for name, relation in self.query.relations.items():
                if isinstance(relation, Part):
                    self._run_part(name, relation)
                elif isinstance(relation, Union):
                    self._run_union(name, relation)
        except duckdb.Error as error:
            raise CannotFollow(str(error).splitlines()[0]) from error

    @property
    def result(self) -> str:
        """Name of the relation that holds the result, its rows numbered."""
        return self.query.result

    def _demand(self, name: str, column: str) -> None:
        """Note what must be known of a column, and of all that it comes from."""
        relation = self.query.relations[name]
        if isinstance(relation, Base) or (name, column) in self.links:
            return
        links = self.links[name, column] = []
        if isinstance(relation, Union):
            for branch in relation.branches:
                place = relation.columns.index(column) if column != ROW else 0
                target = self.query.relations[branch]
                own = ROW if column == ROW else target.columns[place]
                links.append(_Link(branch, own, f"__r_{branch}", window=False))
        else:
            links += [self._field(name, origin) for origin in Reader(relation).of_column(column)]
        for link in links:
            self._demand(link.relation, link.column)

    def _field(self, name: str, origin: Origin) -> _Link:
        fields = self.fields.setdefault(name, {})
        sql = origin.rid.sql(DIALECT)
        same = next((n for n, e in fields.items() if e.sql(DIALECT) == sql), None)
        field = same or f"__p{len(fields)}"
        fields[field] = origin.rid
        return _Link(origin.relation, origin.column, field, origin.window)

    def _run_part(self, name: str, part: Part) -> None:
        select = part.select.copy()
        extra = [exp.alias_(e.copy(), n) for n, e in self.fields.get(name, {}).items()]
        qualify = select.args.get("qualify")
        if qualify is not None:
            select.set("qualify", None)
            extra.append(exp.alias_(exp.paren(qualify.this.copy()), "__q"))
        select.set("expressions", [*select.selects, *extra])
        self._create(name, select.sql(DIALECT), filtered=qualify is not None)

    def _run_union(self, name: str, union: Union) -> None:
        selects = []
        for number, branch in enumerate(union.branches):
            columns = self.query.relations[branch].columns
            cells = [
                "null" if (number, place) in union.nothing else f'"{column}"' for place, column in enumerate(columns)
            ]
            named = [f'{cell} as "{c}"' for cell, c in zip(cells, union.columns, strict=True)]
            own = [f'{RID if b == branch else "null::bigint"} as "__r_{b}"' for b in dict.fromkeys(union.branches)]
            selects.append(f'select {", ".join([*named, *own])} from "{branch}"')
        self._create(name, " union all ".join(selects), filtered=False)

    def _create(self, name: str, sql: str, filtered: bool) -> None:
        numbered = f"select row_number() over () as {RID}, t.* from ({sql}) as t"
        self.con.execute(f'create temp table "{name}__all" as {numbered}')
        where = " where __q" if filtered else ""
        self.con.execute(f'create temp view "{name}" as select * from "{name}__all"{where}')

    def upstream(self, wanted: Rows) -> dict[str, Rows]:
        """The rows of the tables that rows of the result were made from, by table and column.

        Args:
            wanted: Numbers of rows of the result, by column.
        """
        cells: dict[str, Rows] = {self.result: {c: set(rids) for c, rids in wanted.items()}}
        for name, relation in reversed(self.query.relations.items()):
            if not isinstance(relation, Base):
                self._descend(name, cells)
        return {n: rows for n, rows in cells.items() if isinstance(self.query.relations[n], Base)}

    def _descend(self, name: str, cells: dict[str, Rows]) -> None:
        """Add to `cells` what the wanted cells of one relation, whose readers are all done, come from."""
        done: Rows = {}
        own = cells.get(name, {})
        while column := next((c for c, rids in own.items() if rids - done.get(c, set())), None):
            rids = own[column] - done.get(column, set())
            done[column] = set(own[column])
            for link in self.links[name, column]:
                if reached := self._follow(name, link, rids):
                    cells.setdefault(link.relation, {}).setdefault(link.column, set()).update(reached)

    def close(self) -> None:
        """Drop the temporary tables."""
        for name, relation in reversed(self.query.relations.items()):
            if not isinstance(relation, Base):
                self.con.execute(f'drop view "{name}"').execute(f'drop table "{name}__all"')

    def _follow(self, name: str, link: _Link, rids: set[int]) -> set[int]:
        self.con.register("__wanted", pa.table({"rid": pa.array(sorted(rids), pa.int64())}))
        rows = f'from "{name}__all" where {RID} in (select rid from __wanted)'
        if link.window:
            sql = f'select distinct {RID} from "{name}__all" where {link.field} in (select {link.field} {rows})'
        elif self._is_list(name, link.field):
            sql = f"select distinct unnest({link.field}, recursive := true) {rows}"
        else:
            sql = f"select distinct {link.field} {rows}"
        return {row[0] for row in self.con.execute(sql).fetchall() if row[0] is not None}

    def _is_list(self, name: str, field: str) -> bool:
        if (name, field) not in self.lists:
            self.lists[name, field] = self._typeof(name, field).endswith("[]")
        return self.lists[name, field]

    def _typeof(self, name: str, field: str) -> str:
        described = self.con.execute(f'select typeof({field}) from "{name}__all" limit 1').fetchall()
        return str(described[0][0]) if described else ""
