"""Regional trade agreements in force."""

from collections.abc import Sequence

import altair as alt

from tradefin.report.charts.chart import BLUE, GREEN, INK, ORANGE, RED, Chart, Drawn, Row, Width, data, size, talk_rule

_SERIES = (
    ("world", "All agreements", INK, "circle"),
    ("asia", "A party in Asia", BLUE, "square"),
    ("east_asia", "A party in East Asia", GREEN, "diamond"),
    ("japan", "Japan", RED, "triangle-up"),
    ("china", "China", ORANGE, "triangle-down"),
)
_COUNTS = ("accessions counted", "without accessions")

_QUERY = """
select area, as_of_date, in_force, in_force_without_accessions
from marts.trade_agreements_in_force
where area in ('world', 'asia', 'east_asia', 'japan', 'china')
    and (month(as_of_date) = 12 and day(as_of_date) = 31 or as_of_date = (
        select max(as_of_date) from marts.trade_agreements_in_force
    ))
    and as_of_date >= date '1970-12-31'
order by all
"""


def _draw(rows: Sequence[Row], width: Width) -> Drawn:
    label = {area: name for area, name, *_ in _SERIES}
    told = [
        {"area": label[row["area"]], "day": row["as_of_date"], "count": row[column], "counted": counted}
        for row in rows
        for column, counted in (("in_force", _COUNTS[0]), ("in_force_without_accessions", _COUNTS[1]))
    ]
    told = [t for t in told if t["count"]]  # a log scale knows no zero
    names = list(label.values())
    # Every line bears its mark every fifth year, so that it can be told without its colour.
    marked = [t for t in told if t["counted"] == _COUNTS[0] and t["day"].year % 5 == 0 and t["day"].month == 12]
    color = alt.Color("area:N", title=None, sort=names, scale=alt.Scale(domain=names, range=[s[2] for s in _SERIES]))
    shape = alt.Shape("area:N", title=None, sort=names, scale=alt.Scale(domain=names, range=[s[3] for s in _SERIES]))
    dash = alt.StrokeDash("counted:N", title=None, scale=alt.Scale(domain=list(_COUNTS), range=[[1, 0], [3, 3]]))
    y = alt.Y(
        "count:Q",
        title="agreements in force, log scale",
        scale=alt.Scale(type="log", domain=[1, 700], nice=False),
        axis=alt.Axis(values=[1, 3, 10, 30, 100, 300], format="d"),
    )
    x = alt.X("day:T", title=None, axis=alt.Axis(format="%Y", tickCount=6 if width == "wide" else 4))
    tooltip = [
        alt.Tooltip("area:N", title="which"),
        alt.Tooltip("day:T", title="on"),
        alt.Tooltip("count:Q", title="in force"),
        alt.Tooltip("counted:N", title="how"),
    ]
    lines = alt.Chart(data(told)).mark_line(strokeWidth=2, interpolate="step-after")
    points = alt.Chart(data(marked)).mark_point(filled=True, size=50, opacity=1)
    drawn = alt.layer(
        talk_rule(),
        lines.encode(x=x, y=y, color=color, strokeDash=dash, tooltip=tooltip),
        points.encode(x=x, y=y, color=color, shape=shape, tooltip=tooltip),
    )
    return drawn.properties(**size(width))


AGREEMENTS_IN_FORCE = Chart(
    id="agreements_in_force",
    title="Regional trade agreements in force",
    unit="agreements at the end of each year, log scale; dotted lines leave out accessions to older agreements",
    alt=(
        "Lines by year on a log scale: how many trade agreements were in force in the world, with a party in Asia, "
        "with a party in East Asia, and of Japan and China themselves; dotted lines without accessions."
    ),
    claims=("regionalism_spreads", "japan_explores_ftas", "china_asean_fta"),
    query=_QUERY,
    draw=_draw,
)
