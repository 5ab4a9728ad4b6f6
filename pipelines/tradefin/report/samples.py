"""The charts that README.md shows: drawn from the bundled figures, part of no release.

What belongs here: which they are, and the tables that they need. What does not: writing them (`tradefin.docs`).
"""

from typing import TYPE_CHECKING

from tradefin.claims.ledger import entries_of
from tradefin.quoting import quote
from tradefin.report import catalogue, drawing
from tradefin.report.captions import Captions

if TYPE_CHECKING:
    from tradefin.tables.builder import Builder

SHOWN = ("verdicts", "turnover_and_reserves")


def samples(builder: "Builder") -> dict[str, str]:
    """The charts as SVG, by path in the checkout.

    Args:
        builder: Makes the tables.
    """
    charts = catalogue.charts_of(entries_of(builder.table), builder.contracts.__contains__)
    shown = [chart for chart in charts if chart.id in SHOWN]
    with builder.connect() as con:
        for table in sorted({"vintages", *(t for chart in shown for t in catalogue.tables_of(chart))}):
            layer = builder.contracts[table].layer
            con.register(f"{table}_rows", builder.table(table))
            con.execute(f"create schema if not exists {quote(layer)}")
            con.execute(f"create view {quote(layer)}.{quote(table)} as from {quote(f'{table}_rows')}")
        drawings = drawing.draw(shown, con, Captions(builder, con, "").of, builder.store)
    return {f"docs/charts/{d.chart.id}.svg": d.svg["wide"] for d in drawings}
