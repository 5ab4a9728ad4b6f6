"""The tables as they were on a day: core tables filtered, marts computed again over what is left.

Nothing in a mart or a claim's query knows of the day, so nothing there can look past it. What belongs here: the views,
for the project's own tables and for a release's alike; it needs duckdb and pyarrow only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, Protocol

from tradefin.quoting import literal, quote

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

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


@dataclass(frozen=True)
class Days:
    """Which columns of a core table say when a row became public.

    Attributes:
        published: Date column: the day on which this very figure was public.
        period_ended: Date column: the end of the period that the figure is about.
        figure: Columns that name a figure apart from its vintage and source.
    """

    published: str
    period_ended: str
    figure: tuple[str, ...]


@dataclass(frozen=True)
class Shape:
    """What the views must know of a table.

    Attributes:
        layer: `core`, `marts`, `claims`, or `codelists`.
        columns: Its columns in order; to each the date column before which its cell was not public, or nothing.
        days: When its rows became public; None where the day has no meaning.
    """

    layer: str
    columns: Mapping[str, str]
    days: Days | None


class Tables(Protocol):
    """Where tables come from: the builder of a project, or a release."""

    def connect(self) -> "duckdb.DuckDBPyConnection":
        """A private in-memory DuckDB."""

    def table(self, stem: str) -> "pa.Table":
        """A whole table."""

    def closure(self, stems: list[str]) -> list[str]:
        """The tables and all that they are made from, upstream first."""

    def shape(self, stem: str) -> Shape | None:
        """What the views must know of a table; None for what no view shows, such as source tables."""

    def derive(self, con: "duckdb.DuckDBPyConnection", stem: str) -> "pa.Table":
        """A mart made from what the connection holds, in its published types."""


def visible_select(shape: Shape, relation: str, view: View) -> str:
    """SELECT of the rows and cells of a core table that a view may see.

    Args:
        shape: The table's columns and days.
        relation: Name under which the whole table is registered.
        view: The day and the reading.
    """
    if shape.days is None or view.known == "latest":
        return f"select * from {quote(relation)}"
    day = f"date {literal(view.day.isoformat())}"
    cells = ", ".join(
        f"case when {quote(since)} <= {day} then {quote(name)} end as {quote(name)}" if since else quote(name)
        for name, since in shape.columns.items()
    )
    published = f"{quote(shape.days.published)} <= {day}"
    if view.known == "published":
        return f"select {cells} from {quote(relation)} where {published}"
    ended = f"{quote(shape.days.period_ended)} <= {day}"
    figure = ", ".join(quote(c) for c in shape.days.figure)
    first = f"coalesce(bool_or({published}) over (partition by {figure}), false)"
    return f"select {cells} from {quote(relation)} qualify {published} or ({ended} and not {first})"


def connect(tables: Tables, stems: Iterable[str], view: View) -> "duckdb.DuckDBPyConnection":
    """An in-memory DuckDB with the named tables, and all they are made from, as the view sees them.

    Args:
        tables: The project's tables or a release's.
        stems: Core tables, marts and codelists.
        view: The day and the reading.
    """
    con = tables.connect()
    for stem in tables.closure(list(stems)):
        shape = tables.shape(stem)
        if shape is None:
            continue
        if shape.layer == "core" and shape.days and view.known != "latest":
            con.register(f"all_{stem}", tables.table(stem))
            con.execute(f"create temp table {quote(stem)} as {visible_select(shape, f'all_{stem}', view)}")
        elif shape.layer == "marts" and view.known != "latest":
            con.register(stem, tables.derive(con, stem))
        else:
            con.register(stem, tables.table(stem))
    return con
