"""A query taken apart: each CTE, branch of a union and subquery becomes a relation that reads tables or relations.

What belongs here: the parts and their order. What does not: where a part's figures come from (`origins`), running it
(`step`).
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from tradefin.project import CODELIST
from tradefin.trace.shapes import CannotFollow, expand_group, expand_windows, name_columns

RID = "__rid"  # number of a row in its relation
DIALECT = "duckdb"


@dataclass
class Base:
    """A table that the query reads; its rows are numbered in the column `__rid`."""

    name: str
    columns: list[str]


@dataclass
class Part:
    """One SELECT whose sources are other relations.

    Attributes:
        name: Name of its rows in the database.
        select: The SELECT with each source replaced by the name of its relation.
        sources: Relation of each alias in FROM that has rows to point to.
        computed: Expressions behind the columns of a lateral VALUES or an UNNEST in FROM, by alias and column.
        lookups: Columns of other sources by which a codelist was looked up, by its alias.
        hidden: Expressions that no column shows, such as what a window looks at, by name.
    """

    name: str
    select: exp.Select
    sources: dict[str, str]
    computed: dict[tuple[str, str], exp.Expr]
    lookups: dict[str, list[exp.Column]] = field(default_factory=dict)
    hidden: dict[str, list[exp.Expr]] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """Names of its columns."""
        return list(self.select.named_selects)

    def shown(self, column: str) -> list[exp.Expr]:
        """The expressions behind a column, hidden or not."""
        if column in self.hidden:
            return self.hidden[column]
        return [next(e.unalias() for e in self.select.selects if e.alias_or_name == column)]


@dataclass
class Union:
    """Relations one below the other.

    Attributes:
        name: Name of its rows in the database.
        columns: Names of its columns: those of the first branch.
        branches: Their relations.
        nothing: Columns, by branch and place, that are a bare NULL and so have no type of their own.
    """

    name: str
    columns: list[str]
    branches: list[str]
    nothing: set[tuple[int, int]]


Relation = Base | Part | Union


class Query:
    """A query as relations, each after those that it reads; the last one is its result.

    Args:
        sql: One SELECT.
        tables: Columns with their types of each table that it reads.
        prefix: Begins the name of each relation.

    Raises:
        CannotFollow: It holds something that is not followed.
    """

    def __init__(self, sql: str, tables: Mapping[str, Mapping[str, str]], prefix: str) -> None:
        self.prefix = prefix
        self.relations: dict[str, Relation] = {n: Base(n, list(columns)) for n, columns in tables.items()}
        schema: dict[str, Any] = {name: dict(columns) for name, columns in tables.items()}
        try:
            with _quiet():
                tree = qualify(
                    sqlglot.parse_one(sql, dialect=DIALECT),
                    schema=schema,
                    dialect=DIALECT,
                    validate_qualify_columns=False,
                    quote_identifiers=False,
                    identify=False,
                )
        except (SqlglotError, RecursionError) as error:
            raise CannotFollow(str(error).splitlines()[0]) from error
        self.result = self._add(tree, {})

    def _name(self) -> str:
        return f"{self.prefix}{len(self.relations)}"

    def _add(self, query: exp.Expr, known: Mapping[str, str]) -> str:
        query = query.unnest() if isinstance(query, exp.Subquery) else query
        if not isinstance(query, exp.Query):
            raise CannotFollow(f"not a SELECT: {query.sql(DIALECT)[:60]}")
        if query.args.get("limit") or query.args.get("offset"):
            raise CannotFollow("LIMIT")
        if with_ := query.args.get("with_"):
            if with_.recursive:
                raise CannotFollow("WITH RECURSIVE")
            for cte in with_.expressions:
                known = {**known, cte.alias: self._add(cte.this, known)}
            with_.pop()
        if isinstance(query, exp.Union):
            return self._union(query, known)
        if not isinstance(query, exp.Select):
            raise CannotFollow(type(query).__name__.upper())
        return self._select(query, known)

    def _union(self, union: exp.Union, known: Mapping[str, str]) -> str:
        queries: list[exp.Expr] = []
        branch: exp.Expr = union
        while isinstance(branch, exp.Union) and branch.args.get("distinct") == union.args.get("distinct"):
            queries.insert(0, branch.expression)
            branch = branch.this
        queries.insert(0, branch)
        selects = [q.unnest() if isinstance(q, exp.Subquery) else q for q in queries]
        columns = [e.alias_or_name for e in selects[0].selects] if isinstance(selects[0], exp.Query) else []
        for select in selects[1:]:
            name_columns(select, columns)
        nothing = {
            (number, place)
            for number, q in enumerate(selects)
            if isinstance(q, exp.Select)
            for place, e in enumerate(q.selects)
            if isinstance(e.unalias(), exp.Null)
        }
        branches = [self._add(q, known) for q in selects]
        name = self._name()
        self.relations[name] = Union(name, columns, branches, nothing)
        return self._distinct(name, columns) if union.args.get("distinct") else name

    def _distinct(self, of: str, columns: list[str]) -> str:
        """The different rows of a relation, each standing for all that are equal."""
        fields = [exp.alias_(exp.column(c, table=of), c) for c in columns]
        select = exp.select(*fields).from_(exp.to_table(of)).group_by(*(exp.column(c, table=of) for c in columns))
        name = self._name()
        self.relations[name] = Part(name, select, {of: of}, {})
        return name

    def _select(self, select: exp.Select, known: Mapping[str, str]) -> str:
        distinct = select.args.get("distinct")
        if distinct:
            if distinct.args.get("on"):
                raise CannotFollow("DISTINCT ON")
            select.set("distinct", None)
        expand_windows(select)
        expand_group(select)
        select.set("order", None)
        sources: dict[str, str] = {}
        computed: dict[tuple[str, str], exp.Expr] = {}
        for source, visible in _sources_of(select):
            self._source(source, known, sources if visible else {}, computed)
        for table in select.find_all(exp.Table):  # of subqueries in expressions
            if table.name in known:
                _rename(table, known[table.name])
        name = self._name()
        self.relations[name] = Part(name, select, sources, computed, _lookups(select, sources))
        return self._distinct(name, list(select.named_selects)) if distinct else name

    def _source(
        self,
        source: exp.Expr,
        known: Mapping[str, str],
        sources: dict[str, str],
        computed: dict[tuple[str, str], exp.Expr],
    ) -> None:
        alias = source.alias_or_name
        if isinstance(source, exp.Table):
            if not isinstance(source.this, exp.Identifier):
                return  # a function such as generate_series: no row of anybody's
            name = known.get(source.name, source.name)
            if name not in self.relations:
                raise CannotFollow(f"{source.name}, which is no table of the release")
            sources[alias] = name
            _rename(source, name)
        elif isinstance(source, exp.Lateral):
            _of_lateral(source, computed)
        elif isinstance(source, exp.Unnest):
            computed |= {(alias, c): exp.Tuple(expressions=source.expressions) for c in source.alias_column_names}
        elif isinstance(source, exp.Subquery):
            if not isinstance(source.this, exp.Values):
                sources[alias] = self._add(source.this, known)
                table = exp.to_table(sources[alias])
                source.replace(exp.alias_(table, alias, table=True))
        elif not isinstance(source, exp.Values):
            raise CannotFollow(type(source).__name__.upper())


@contextmanager
def _quiet() -> Iterator[None]:
    """Sqlglot warns on stderr of constructs that it does not follow; then a run of the query shows it."""
    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _sources_of(select: exp.Select) -> list[tuple[exp.Expr, bool]]:
    """What stands in FROM, and whether the rest of the query can see its columns."""
    first = select.args.get("from_")
    joins = select.args.get("joins") or []
    laterals = select.args.get("laterals") or []
    return [
        *([(first.this, True)] if first else []),
        *((j.this, (j.args.get("kind") or "") not in ("SEMI", "ANTI")) for j in joins),
        *((one, True) for one in laterals),
    ]


def _lookups(select: exp.Select, sources: Mapping[str, str]) -> dict[str, list[exp.Column]]:
    """What each codelist is joined on: its row says what the code means that stands there."""
    columns: list[list[exp.Column]] = [
        [c for c in join.args["on"].find_all(exp.Column) if c.table in sources]
        for join in select.args.get("joins") or []
        if join.args.get("on")
    ]
    lists = {alias for alias, relation in sources.items() if relation.startswith(CODELIST)}
    return {
        alias: [c for on in columns if any(c.table == alias for c in on) for c in on if c.table not in lists]
        for alias in lists
    }


def _rename(table: exp.Table, name: str) -> None:
    if not table.args.get("alias"):
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
    table.set("this", exp.to_identifier(name))


def _of_lateral(lateral: exp.Lateral, computed: dict[tuple[str, str], exp.Expr]) -> None:
    """Number the rows of a lateral VALUES: a column of it is, in row k, what stands there."""
    inner = lateral.this.unnest() if isinstance(lateral.this, exp.Subquery) else lateral.this
    if not isinstance(inner, exp.Values):
        raise CannotFollow("LATERAL of something else than VALUES")
    alias = lateral.args["alias"]
    number = exp.column("__number", table=alias.name)
    rows = [row.expressions for row in inner.expressions]
    names = [c.name for c in alias.columns]
    for place, column in enumerate(names):
        branches = [
            exp.If(this=exp.EQ(this=number.copy(), expression=exp.Literal.number(k)), true=row[place].copy())
            for k, row in enumerate(rows)
        ]
        computed[alias.name, column] = exp.Case(ifs=branches)
    for k, row in enumerate(rows):
        row.append(exp.Literal.number(k))
    alias.append("columns", exp.to_identifier("__number"))
