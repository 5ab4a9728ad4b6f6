"""Disputes at the WTO: between the United States and Japan, and who loses."""

from collections.abc import Sequence
from datetime import date

import altair as alt

from tradefin.report.charts.chart import (
    BLUE,
    INK,
    ORANGE,
    RED,
    Chart,
    Drawn,
    Row,
    RowLabels,
    Width,
    data,
    size,
    talk_rule,
    words,
)

_TIMELINE = """
select 'DS' || ds_number || ' ' || regexp_replace(title, ' (from|under) .*', '') as dispute,
    ds_number, direction, consultations_requested, adopted, winner, status
from marts.us_japan_disputes
order by ds_number
"""

_SCORES = """
select m.claim_id, m.definition, m.measure, m.value
from claims.claim_measurements as m
where m.claim_id = 'us_keeps_losing' and m.known = 'latest'
    and m.measure in ('lost_pct', 'base_rate_pct', 'interval_low_pct', 'interval_high_pct', 'rulings')
    and m.period = (
        select max(period) from claims.claim_measurements as n
        where n.claim_id = m.claim_id and n.known = 'latest' and n.definition = m.definition and n.measure = m.measure
    )
order by all
"""


def _draw_timeline(rows: Sequence[Row], width: Width) -> Drawn:
    outcome = {"JPN": "Japan won", "USA": "United States won", "none": "no report adopted"}
    direction = {"japan_v_us": "Japan complains", "us_v_japan": "United States complains"}
    told = [
        {
            **row,
            "until": row["adopted"] or date(row["consultations_requested"].year + 1, 1, 1),
            "outcome": outcome[row["winner"]],
            "side": direction[row["direction"]],
        }
        for row in rows
    ]
    labels = RowLabels([t["dispute"] for t in told], width)
    base = alt.Chart(data(told)).encode(y=labels.y("dispute"))
    last = max(t["until"] for t in told).year + 1
    years = alt.Axis(format="%Y", values=[f"{y}-01-01" for y in range(1995, last + 1, 2 if width == "wide" else 4)])
    scale = alt.Scale(nice="year")
    bars = base.mark_bar(height=8, yOffset=labels.down).encode(
        x=alt.X("consultations_requested:T", title=None, scale=scale, axis=years),
        x2="until:T",
        color=alt.Color("side:N", title=None, scale=alt.Scale(domain=list(direction.values()), range=[BLUE, ORANGE])),
        opacity=alt.condition("datum.winner == 'none'", alt.value(0.35), alt.value(0.9)),
        tooltip=[
            alt.Tooltip("dispute:N"),
            alt.Tooltip("consultations_requested:T", title="consultations"),
            alt.Tooltip("adopted:T", title="adopted"),
            alt.Tooltip("outcome:N"),
            alt.Tooltip("status:N"),
        ],
    )
    won = [outcome["JPN"], outcome["USA"]]
    ends = base.transform_filter("datum.winner != 'none'").mark_point(
        filled=True, size=110, opacity=1, yOffset=labels.down
    )
    shape = alt.Shape("outcome:N", title=None, scale=alt.Scale(domain=won, range=["circle", "diamond"]))
    marked = ends.encode(x="until:T", shape=shape, color=alt.value(INK))
    drawn = alt.layer(talk_rule(-16), bars, marked, *labels.above("dispute"))
    return drawn.properties(**size(width, labels.height))


def _draw_scores(rows: Sequence[Row], width: Width) -> Drawn:
    by_definition: dict[str, Row] = {}
    for row in rows:
        by_definition.setdefault(row["definition"], {})[row["measure"]] = row["value"]
    told = [{"definition": words(name), **found} for name, found in by_definition.items() if found.get("lost_pct")]
    labels = RowLabels([t["definition"] for t in told], width)
    base = alt.Chart(data(told)).encode(y=labels.y("definition"))
    scale = alt.Scale(domain=[50, 100], nice=False)
    title = "percent of rulings lost as respondent"
    axis = alt.Axis(values=[50, 60, 70, 80, 90, 100])
    interval = base.mark_rule(strokeWidth=3, color=BLUE, opacity=0.5, yOffset=labels.down).encode(
        x=alt.X("interval_low_pct:Q", scale=scale, title=title, axis=axis), x2="interval_high_pct:Q"
    )
    tooltip = [
        alt.Tooltip("definition:N"),
        alt.Tooltip("rulings:Q"),
        alt.Tooltip("lost_pct:Q", title="US lost, %", format=".1f"),
        alt.Tooltip("interval_low_pct:Q", title="95 % from", format=".1f"),
        alt.Tooltip("interval_high_pct:Q", title="to", format=".1f"),
        alt.Tooltip("base_rate_pct:Q", title="all respondents, %", format=".1f"),
    ]
    who = ["United States, with exact 95 % interval", "all respondents"]
    keyed = base.transform_fold(["lost_pct", "base_rate_pct"], as_=["key", "pct"]).transform_calculate(
        who=f"datum.key == 'lost_pct' ? '{who[0]}' : '{who[1]}'"
    )
    points = keyed.mark_point(filled=True, size=95, opacity=1, yOffset=labels.down).encode(
        x=alt.X("pct:Q", scale=scale, axis=axis),
        color=alt.Color("who:N", title=None, scale=alt.Scale(domain=who, range=[BLUE, RED])),
        shape=alt.Shape("who:N", title=None, scale=alt.Scale(domain=who, range=["circle", "diamond"])),
        tooltip=tooltip,
    )
    drawn = alt.layer(interval, points, *labels.above("definition"))
    return drawn.properties(**size(width, labels.height))


US_JAPAN_TIMELINE = Chart(
    id="us_japan_timeline",
    title="Disputes between the United States and Japan at the WTO",
    unit="from the request for consultations to the adoption of the report; short pale bars ended without a report",
    alt=(
        "One bar a dispute, in the order of their numbers, from the request for consultations to the adoption of a "
        "report; its colour tells who complained, the mark at its end who won. Pale bars have no adopted report."
    ),
    claims=("japan_wins_at_wto", "win_some_lose_some", "less_us_japan_conflict"),
    query=_TIMELINE,
    draw=_draw_timeline,
)

US_SCORECARD = Chart(
    id="us_scorecard",
    title="How often the United States lost as respondent, beside all respondents",
    unit="percent of adopted rulings lost by the respondent, by way of counting; bars are exact 95 percent intervals",
    alt=(
        "One line a way of counting rulings: a circle at the share that the United States lost as respondent, with its "
        "interval, and a diamond at the share that all respondents lost."
    ),
    claims=("us_keeps_losing",),
    query=_SCORES,
    draw=_draw_scores,
)
