"""A day's trading in currencies beside the reserves that central banks hold."""

from collections.abc import Sequence

import altair as alt

from tradefin.report.charts.chart import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    RED,
    SKY,
    Chart,
    Drawn,
    Row,
    Width,
    data,
    size,
    talk_rule,
)

_SERIES = (
    ("World, traditional instruments", BLUE, "circle", [1, 0]),
    ("World, all instruments", SKY, "square", [1, 0]),
    ("London", GREY, "triangle-up", [4, 3]),
    ("US market", INK, "cross", [4, 3]),
    ("Five largest holders, without gold", RED, "diamond", [1, 0]),
    ("Five largest holders, with gold", ORANGE, "triangle-down", [6, 2]),
    ("G5, without gold", GREEN, "triangle-right", [2, 2]),
)

_QUERY = """
with turnover as (
    select survey_year as year, turnover_usd_bn as usd_bn, case turnover_definition
        when 'world_traditional' then 'World, traditional instruments'
        when 'world_all_net_net' then 'World, all instruments'
        when 'london' then 'London'
        when 'us_market' then 'US market' end as series
    from marts.fx_turnover_by_definition
    where turnover_usd_bn is not null and survey_year >= 1970
), reserves as (
    select year, reserves_usd_bn as usd_bn, case
        when holders = 'five_largest' and reserve_series = 'without_gold_ewn' then 'Five largest holders, without gold'
        when holders = 'five_largest' and reserve_series = 'with_gold_wdi' then 'Five largest holders, with gold'
        when holders = 'g5' and reserve_series = 'without_gold_ewn' then 'G5, without gold' end as series
    from marts.reserves_by_holder_group
    where reserves_usd_bn is not null and year >= 1970
)
select 'turnover in a day' as kind, * from turnover where series is not null
union all
select 'reserves', * from reserves where series is not null
order by all
"""


def _draw(rows: Sequence[Row], width: Width) -> Drawn:
    names = [name for name, *_ in _SERIES]
    color = alt.Color(
        "series:N", scale=alt.Scale(domain=names, range=[c for _, c, *_ in _SERIES]), title=None, sort=names
    )
    shape = alt.Shape("series:N", scale=alt.Scale(domain=names, range=[s for _, _, s, _ in _SERIES]), title=None)
    dash = alt.StrokeDash("series:N", scale=alt.Scale(domain=names, range=[d for *_, d in _SERIES]), title=None)
    chosen = alt.selection_point(fields=["series"], bind="legend", name="chosen")
    faded = alt.condition(chosen, alt.value(1.0), alt.value(0.15))
    timed = [{**row, "day": f"{row['year']}-06-30"} for row in rows]
    base = alt.Chart(data(timed)).encode(
        x=alt.X("day:T", title=None, axis=alt.Axis(format="%Y", tickCount=8 if width == "wide" else 4)),
        y=alt.Y(
            "usd_bn:Q",
            scale=alt.Scale(type="log", domain=[0.7, 20000], nice=False),
            title="billions of US dollars, log scale",
            axis=alt.Axis(values=[1, 10, 100, 1000, 10000], format=",d"),
        ),
        color=color,
        opacity=faded,
        tooltip=[
            alt.Tooltip("series:N", title="what"),
            alt.Tooltip("year:Q", title="year"),
            alt.Tooltip("usd_bn:Q", title="bn USD", format=",.1f"),
        ],
    )
    lines = base.mark_line(strokeWidth=2).encode(strokeDash=dash)
    # Reserves are of every year: a mark in each fifth is enough to tell the lines without their colours.
    marked = "datum.kind == 'turnover in a day' || datum.year % 5 == 0"
    surveys = base.transform_filter(marked).mark_point(filled=True, size=55)
    drawn = alt.layer(talk_rule(), lines, surveys.encode(shape=shape)).add_params(chosen)
    return drawn.properties(**size(width))


TURNOVER_AND_RESERVES = Chart(
    id="turnover_and_reserves",
    title="A day's trading in currencies, and the reserves of the largest holders",
    unit="billions of US dollars, log scale; turnover of a day in April, reserves at the end of the year",
    alt=(
        "Lines by year on a log scale: the world's turnover in a day at each survey since 1989, that of London and of "
        "the United States, and the reserves of the five largest holders, with and without gold, and of the G5."
    ),
    claims=("reserves_cover_2001", "daily_capital_flows", "reserves_cover_1983", "reserves_cover_1986"),
    query=_QUERY,
    draw=_draw,
)
