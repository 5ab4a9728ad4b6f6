"""What one SELECT looks like, and the same SELECT written out so that nothing in it is implied.

What belongs here: named windows, GROUP BY ALL, aggregates. What does not: the parts of a query (`query`).
"""

from collections.abc import Iterator

from sqlglot import exp


class CannotFollow(Exception):
    """The query holds something that this package does not follow."""


def is_aggregated(e: exp.Expr) -> bool:
    """Whether an expression holds an aggregate or a window."""
    return any(True for _ in aggregates(e)) or e.find(exp.Window) is not None


def aggregates(e: exp.Expr) -> Iterator[exp.Expr]:
    """The outermost aggregates of an expression, those of its subqueries and windows left out."""
    if isinstance(e, exp.Subquery | exp.Select | exp.Exists):
        return
    if isinstance(e, exp.AggFunc):
        yield e
        return
    if isinstance(e, exp.Window):
        parts = [e.this.this if isinstance(e.this, exp.Filter) else e.this]
        inside = [*parts[0].iter_expressions(), *(e.args.get("partition_by") or []), *order_of(e)]
        for one in inside:
            yield from aggregates(one)
        return
    for child in e.iter_expressions():
        yield from aggregates(child)


def order_of(window: exp.Window) -> list[exp.Expr]:
    """The ORDER BY of a window."""
    order = window.args.get("order")
    return list(order.expressions) if order else []


def name_columns(query: exp.Expr, columns: list[str]) -> None:
    """Call the columns of a branch as its union does: its own names are nobody's business, and may occur twice."""
    if isinstance(query, exp.Select):
        named = [exp.alias_(e.unalias(), n) for e, n in zip(query.selects, columns, strict=True)]
        query.set("expressions", named)


def expand_windows(select: exp.Select) -> None:
    """Write each named window out where it is used."""
    named = {w.name: w for w in select.args.get("windows") or []}
    for window in list(select.find_all(exp.Window)):
        if window.args.get("over") and (spec := named.get(window.alias)):
            for part in ("partition_by", "order", "spec"):
                if (value := spec.args.get(part)) is not None:
                    copied = [v.copy() for v in value] if isinstance(value, list) else value.copy()
                    window.set(part, copied)
            window.set("alias", None)
    select.set("windows", None)


def expand_group(select: exp.Select) -> None:
    """Write GROUP BY ALL out.

    Raises:
        CannotFollow: Rows are grouped in several ways at once.
    """
    group = select.args.get("group")
    if group is None:
        return
    if group.find(exp.Rollup, exp.Cube, exp.GroupingSets):
        raise CannotFollow("ROLLUP, CUBE or GROUPING SETS")
    if group.args.get("all"):
        keys = [e.unalias().copy() for e in select.selects if not is_aggregated(e)]
        select.set("group", exp.Group(expressions=[k for k in keys if not isinstance(k, exp.Literal | exp.Null)]))
