"""The tables as they were on a day: core tables filtered, marts computed again over what is left.

Nothing in a mart or a claim's query knows of the day, so nothing there can look past it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import duckdb

from tradefin.tables.builder import Builder, run_query
from tradefin.tables.contract import Contract
from tradefin.tables.sql import quote, read_sql

Known = Literal["published", "period_ended", "latest"]


@dataclass(frozen=True)
class View:
    """A day and what "known on that day" means.

    Attributes:
        day: The day; with `latest` it only names the newest figure at hand.
        known: `published`: the figure itself was public. `period_ended`: where no such figure is at hand, a later
            vintage of a period that had ended. `latest`: everything.
    """

    day: date
    known: Known


def visible_select(contract: Contract, relation: str, view: View) -> str:
    """SELECT of the rows and cells of a core table that a view may see.

    Args:
        contract: The table's contract.
        relation: Name under which the whole table is registered.
        view: The day and the reading.
    """
    if contract.as_of is None or view.known == "latest":
        return f"select * from {quote(relation)}"
    day = f"date '{view.day.isoformat()}'"
    cells = ", ".join(
        f"case when {quote(c.known_from)} <= {day} then {quote(n)} end as {quote(n)}" if c.known_from else quote(n)
        for n, c in contract.columns.items()
    )
    published = f"{quote(contract.as_of.published)} <= {day}"
    if view.known == "published":
        return f"select {cells} from {quote(relation)} where {published}"
    ended = f"{quote(contract.as_of.period_ended)} <= {day}"
    figure = ", ".join(quote(c) for c in contract.as_of.figure)
    first = f"coalesce(bool_or({published}) over (partition by {figure}), false)"
    return f"select {cells} from {quote(relation)} qualify {published} or ({ended} and not {first})"


def connect(builder: Builder, stems: Iterable[str], view: View) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with the named tables, and all they are made from, as the view sees them.

    Args:
        builder: Makes the tables.
        stems: Core tables, marts and codelists.
        view: The day and the reading.
    """
    con = builder.connect()
    wanted = list(stems)
    if view.known == "latest":
        for stem in wanted:
            con.register(stem, builder.table(stem))
        return con
    for stem in builder.closure(wanted):
        contract = builder.contracts.get(stem)
        if contract is None:
            if stem.startswith("codelist_"):
                con.register(stem, builder.table(stem))
        elif contract.layer == "core":
            con.register(f"all_{stem}", builder.table(stem))
            con.execute(f"create view {quote(stem)} as {visible_select(contract, f'all_{stem}', view)}")
        else:
            path = builder.project.sql_files[stem]
            con.register(stem, run_query(con, contract, read_sql(path), path))
    return con
