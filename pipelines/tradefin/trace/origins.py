"""From which rows of its sources an expression takes its value, as further expressions that give their numbers.

Exact where SQL tells it: the branch of a CASE that was taken, the first value of a COALESCE, the row that a MAX or LAST
picked, the rows that an aggregate counted after its FILTER. What belongs here: one SELECT. What does not: running it
(`step`).
"""

from dataclasses import dataclass, replace

from sqlglot import exp

from tradefin.trace.query import RID, Part
from tradefin.trace.shapes import CannotFollow, aggregates, order_of

ROW = "*"  # stands for the row as such, where no column of it matters

# These take their value from one row and do not care for the others.
_PICKS = (exp.First, exp.Last, exp.AnyValue, exp.ArgMax, exp.ArgMin)
_PICKS_IN_WINDOW = (exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue)
_BY_ORDER = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile)


@dataclass(frozen=True)
class Origin:
    """Where a value comes from.

    Attributes:
        relation: The source; or, for a window, the relation itself.
        column: Its column, `ROW`, or the name of what a window looks at.
        rid: Gives the number of the row, a list of numbers, or the number of the window's partition.
        window: Whether the rows are those of the same partition.
    """

    relation: str
    column: str
    rid: exp.Expr
    window: bool = False


class Reader:
    """Reads the origins of the columns of one SELECT.

    Args:
        part: The SELECT and its sources.
        outer: Sources of the SELECT around it, for a subquery in an expression.
    """

    def __init__(self, part: Part) -> None:
        self.part = part
        select = part.select
        self.grouped = select.args.get("group") is not None or any(True for e in select.selects for _ in aggregates(e))

    def of_column(self, column: str) -> list[Origin]:
        """The origins of a column, of what a window looks at, or of the row as such."""
        if column == ROW:
            return self._of_row()
        return [o for e in self.part.shown(column) for o in self._read(e, self.grouped)]

    def _of_row(self) -> list[Origin]:
        found = [Origin(r, ROW, _rid(alias)) for alias, r in self.part.sources.items()]
        return [replace(o, rid=_list(o.rid)) for o in found] if self.grouped else found

    def _read(self, e: exp.Expr, grouped: bool) -> list[Origin]:
        """Origins of an expression: of one row, or of a group if `grouped`."""
        if grouped and not any(True for _ in aggregates(e)) and e.find(exp.Window) is None:
            # A key of the group: all its rows have the same.
            return [replace(o, rid=_list(o.rid)) for o in self._read(e, grouped=False)]
        if isinstance(e, exp.Column):
            return self._of_source(e)
        if isinstance(e, exp.Subquery):
            return self._of_subquery(e)
        if isinstance(e, exp.Window):
            return self._of_window(e, grouped)
        if isinstance(e, exp.AggFunc) or (isinstance(e, exp.Filter) and isinstance(e.this, exp.AggFunc)):
            return self._of_aggregate(e)
        if isinstance(e, exp.Case) or (isinstance(e, exp.If) and not isinstance(e.parent, exp.Case)):
            return self._of_choice(*_branches(e), grouped)
        if isinstance(e, exp.Coalesce):
            values = [e.this, *e.expressions]
            tests: list[exp.Expr] = [_not_null(v) for v in values]
            return self._of_choice(list(zip(tests, values, strict=True)), None, grouped)
        if isinstance(e, exp.Exists | exp.Query):
            return []  # decides whether, not what
        return [o for child in e.iter_expressions() for o in self._read(child, grouped)]

    def _of_source(self, column: exp.Column) -> list[Origin]:
        if computed := self.part.computed.get((column.table, column.name)):
            return self._read(computed, grouped=False)
        found = [column, *self.part.lookups.get(column.table, ())]
        return [
            Origin(self.part.sources[c.table], c.name, _rid(c.table)) for c in found if c.table in self.part.sources
        ]

    def _of_choice(
        self, branches: list[tuple[exp.Expr, exp.Expr]], default: exp.Expr | None, grouped: bool
    ) -> list[Origin]:
        """Only the branch that was taken; where that is a constant, what its condition looked at."""
        ifs = [exp.If(this=test.copy(), true=exp.Literal.number(k)) for k, (test, _) in enumerate(branches)]
        taken = exp.Case(ifs=ifs, default=exp.Literal.number(-1))
        choices = list(enumerate(branches))
        if default is not None:
            choices.append((-1, (exp.Tuple(expressions=[test.copy() for test, _ in branches]), default)))
        found: list[Origin] = []
        for k, (test, value) in choices:
            origins = self._read(value, grouped) or self._read(test, grouped)
            found += [_only_if(o, _equal(taken, exp.Literal.number(k))) for o in origins]
        return found

    def _of_aggregate(self, e: exp.Expr) -> list[Origin]:
        """Of a group: the rows that an aggregate took in."""
        aggregate, condition = (e.this, e.expression.this) if isinstance(e, exp.Filter) else (e, None)
        argument = _argument(aggregate)
        picked = _picker(aggregate)
        inner = self._read(argument, grouped=False) if argument is not None else []
        if not inner:  # count(*), or of a constant: what is counted is rows
            inner = self._read(condition, grouped=False) if condition is not None else []
            inner = inner or [Origin(r, ROW, _rid(alias)) for alias, r in self.part.sources.items()]
        elif picked is not None:
            return [replace(o, rid=_filtered(picked(o.rid), condition)) for o in inner]
        tests = [condition] if condition is not None else []
        if argument is not None:
            tests.append(_not_null(argument))
        counted = exp.and_(*(t.copy() for t in tests)) if tests else None
        return [replace(o, rid=_filtered(exp.ArrayAgg(this=o.rid), counted)) for o in inner]

    def _of_window(self, window: exp.Window, grouped: bool) -> list[Origin]:
        call, condition = window.this, None
        if isinstance(call, exp.Filter):
            call, condition = call.this, call.expression.this
        argument = _argument(call)
        inner = self._read(argument, grouped) if argument is not None else []
        if isinstance(call, _PICKS_IN_WINDOW):
            return [replace(o, rid=_over(window, _with_argument(call, o.rid))) for o in inner]
        if (picked := _picker(call)) is not None and inner:
            return [replace(o, rid=_over(window, _filtered(picked(o.rid), condition))) for o in inner]
        if window.args.get("order") and not isinstance(call, _BY_ORDER):  # running: each row has its own
            tests = [t for t in (condition, _not_null(argument) if argument is not None else None) if t is not None]
            counted = exp.and_(*tests) if tests else None
            inner = inner or self._of_row()
            return [replace(o, rid=_over(window, _filtered(_list(o.rid), counted))) for o in inner]
        return [self._of_partition(window, call, argument, condition)]

    def _of_partition(
        self, window: exp.Window, call: exp.Expr, argument: exp.Expr | None, condition: exp.Expr | None
    ) -> Origin:
        """All rows of the partition: those whose values or places a window compares or adds."""
        by_order = isinstance(call, _BY_ORDER)
        shown: list[exp.Expr] = [o.this for o in order_of(window)] if by_order else []
        if argument is not None and not by_order:
            shown = [argument]
        if not any(self._read(e, self.grouped) for e in shown):
            shown = [condition] if condition is not None else []
        if condition is not None:
            nothing = exp.Null()
            shown = [exp.Case(ifs=[exp.If(this=condition.copy(), true=e.copy())], default=nothing) for e in shown]
        name = f"__window{len(self.part.hidden)}"
        self.part.hidden[name] = [e.copy() for e in shown]
        keys = [exp.Ordered(this=k.copy()) for k in window.args.get("partition_by") or []]
        rank: exp.Expr = exp.Literal.number(0)
        if keys:
            rank = exp.Window(this=exp.DenseRank(), order=exp.Order(expressions=keys), over="OVER")
        return Origin(self.part.name, name if shown else ROW, rank, window=True)

    def _of_subquery(self, subquery: exp.Subquery) -> list[Origin]:
        """A value from a subquery, correlated or not: the same subquery, giving row numbers instead."""
        inner = subquery.this
        if not isinstance(inner, exp.Select):
            raise CannotFollow("a subquery that is no plain SELECT, in an expression")
        tables = [inner.args["from_"].this, *(j.this for j in inner.args.get("joins") or [])]
        if not all(isinstance(t, exp.Table) for t in tables):
            raise CannotFollow("a subquery over a subquery, in an expression")
        sources = {t.alias_or_name: t.name for t in tables}
        reader = Reader(Part("", inner, sources, self.part.computed))
        column = inner.selects[0].alias_or_name
        found = []
        for origin in reader.of_column(column):
            if origin.window:
                raise CannotFollow("a window in a subquery, in an expression")
            giving = inner.copy()
            giving.set("expressions", [origin.rid])
            found.append(replace(origin, rid=exp.Subquery(this=giving)))
        return found


def _rid(alias: str) -> exp.Expr:
    return exp.column(RID, table=alias)


def _list(rid: exp.Expr) -> exp.Expr:
    return exp.ArrayAgg(this=rid)


def _only_if(origin: Origin, condition: exp.Expr) -> Origin:
    return replace(origin, rid=exp.Case(ifs=[exp.If(this=condition, true=origin.rid)]))


def _equal(one: exp.Expr, other: exp.Expr) -> exp.Expr:
    return exp.EQ(this=exp.paren(one.copy()), expression=exp.paren(other.copy()))


def _not_null(e: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=exp.paren(e.copy()), expression=exp.Null()))


def _branches(e: exp.Expr) -> tuple[list[tuple[exp.Expr, exp.Expr]], exp.Expr | None]:
    """Condition and value of each branch of CASE or IF, and what comes else."""
    if isinstance(e, exp.If):
        return [(e.this, e.args["true"])], e.args.get("false")
    of = e.args.get("this")
    tests = [_equal(of, i.this) if of is not None else i.this for i in e.args["ifs"]]
    return [(t, i.args["true"]) for t, i in zip(tests, e.args["ifs"], strict=True)], e.args.get("default")


def _argument(call: exp.Expr) -> exp.Expr | None:
    """What an aggregate or window function takes in; None for `*` or nothing."""
    found = call.args.get("this")
    while isinstance(found, exp.Order | exp.Distinct):
        found = found.expressions[0] if isinstance(found, exp.Distinct) else found.this
    return None if found is None or isinstance(found, exp.Star) or not isinstance(found, exp.Expr) else found


def _with_argument(call: exp.Expr, argument: exp.Expr) -> exp.Expr:
    """The same call on something else."""
    copied = call.copy()
    inner = copied
    while isinstance(inner.args.get("this"), exp.Order):
        inner = inner.this
    inner.set("this", argument.copy())
    return copied


def _picker(call: exp.Expr):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a function from one expression to another
    """For an aggregate that takes its value from one row: how to take something else from that row."""
    if isinstance(call, exp.Max | exp.Min) and not call.expressions:
        kind = exp.ArgMax if isinstance(call, exp.Max) else exp.ArgMin
        return lambda rid: kind(this=rid.copy(), expression=call.this.copy())
    if isinstance(call, _PICKS):
        return lambda rid: _with_argument(call, rid)
    return None


def _filtered(aggregate: exp.Expr, condition: exp.Expr | None) -> exp.Expr:
    if condition is None:
        return aggregate
    return exp.Filter(this=aggregate, expression=exp.Where(this=condition.copy()))


def _over(window: exp.Window, call: exp.Expr) -> exp.Expr:
    copied = window.copy()
    copied.set("this", call)
    return copied
