"""What members' quotas in the IMF are, beside the weight of their economies."""

from collections.abc import Sequence

import altair as alt

from tradefin.report.charts.chart import BLUE, GREY, INK, ORANGE, Chart, Drawn, Row, Width, data, size

_MEMBERS = """
select quota_date, iso3, coalesce(c.name, a.iso3) as member, quota_share_pct, gdp_blend_share_pct as blend_share_pct,
    gap_blend_points,
    iso3 in (select iso3 from core.country_memberships where group_code = 'ASIA_10') as in_asia
from marts.imf_quota_alignment as a
left join core.countries as c using (iso3)
where quota_date = (
        select max(quota_date) from marts.imf_quota_alignment
        where status = 'in_effect' and gap_blend_points is not null
    )
    and quota_share_pct > 0 and gdp_blend_share_pct > 0
order by quota_share_pct desc, iso3
"""

_GROUPS = """
select quota_date, group_code, quota_share_pct, weight_share_pct, gap_points
from marts.imf_quota_gaps
where weight = 'blend' and group_code in ('ASIA_10', 'ASIA_9', 'ASEAN_PLUS_3', 'JAPAN', 'EUN', 'G7')
    and gap_points is not null and is_listed and quota_date >= date '1980-01-01' and status = 'in_effect'
order by all
"""

_NAMES = {
    "ASIA_10": "Asia, ten largest",
    "ASIA_9": "Asia without India",
    "ASEAN_PLUS_3": "ASEAN+3",
    "JAPAN": "Japan",
    "EUN": "European Union",
    "G7": "G7",
}
_NAMED_RIGHT, _NAMED_LEFT = ("CHN", "IND", "IDN", "VNM"), ("USA", "JPN", "SGP")


def _draw_members(rows: Sequence[Row], width: Width) -> Drawn:
    told = [{**row, "group": "Asia, ten largest" if row["in_asia"] else "all other members"} for row in rows]
    domain = [0.00002, 60]
    axis = alt.Axis(values=[0.0001, 0.001, 0.01, 0.1, 1, 10], format="~g")
    scale = alt.Scale(type="log", domain=domain, nice=False)
    base = alt.Chart(data(told)).encode(
        x=alt.X("blend_share_pct:Q", scale=scale, axis=axis, title="share of the world economy, IMF blend, %"),
        y=alt.Y("quota_share_pct:Q", scale=scale, axis=axis, title="share of quotas, %"),
    )
    points = base.mark_point(filled=True, opacity=0.85).encode(
        color=alt.Color(
            "group:N",
            title=None,
            scale=alt.Scale(domain=["Asia, ten largest", "all other members"], range=[ORANGE, BLUE]),
        ),
        shape=alt.Shape(
            "group:N",
            title=None,
            scale=alt.Scale(domain=["Asia, ten largest", "all other members"], range=["diamond", "circle"]),
        ),
        size=alt.condition("datum.in_asia", alt.value(90), alt.value(28)),
        tooltip=[
            alt.Tooltip("member:N"),
            alt.Tooltip("quota_share_pct:Q", title="share of quotas, %", format=".3f"),
            alt.Tooltip("blend_share_pct:Q", title="share of the economy, %", format=".3f"),
            alt.Tooltip("gap_blend_points:Q", title="gap, points", format="+.2f"),
        ],
    )
    names = [
        base.transform_filter(alt.FieldOneOfPredicate(field="iso3", oneOf=list(named)))
        .mark_text(align="left" if offset > 0 else "right", dx=offset, fontSize=11, color=INK)
        .encode(text="member:N")
        for named, offset in ((_NAMED_RIGHT, 8), (_NAMED_LEFT, -8))
    ]
    ends = data([{"a": domain[0], "b": domain[0]}, {"a": domain[1], "b": domain[1]}])
    even = (
        alt.Chart(ends)
        .mark_line(color=GREY, strokeDash=[4, 3])
        .encode(x=alt.X("a:Q", scale=scale), y=alt.Y("b:Q", scale=scale))
    )
    return alt.layer(even, points, *names).properties(**size(width, 400 if width == "wide" else 290))


def _draw_groups(rows: Sequence[Row], width: Width) -> Drawn:
    told = []
    for row in rows:
        shared = {"group": _NAMES[row["group_code"]], "year": row["quota_date"].year, "gap": row["gap_points"]}
        told += [
            {**shared, "share": row["quota_share_pct"], "what": "share of quotas"},
            {**shared, "share": row["weight_share_pct"], "what": "share of the economy (IMF blend)"},
        ]
    what = ["share of quotas", "share of the economy (IMF blend)"]
    wanted = list(_NAMES.values())
    years = sorted({t["year"] for t in told})
    kept = years if width == "wide" else [y for y in years if y in (years[0], 2001, years[-1])]
    base = alt.Chart(data([t for t in told if t["year"] in kept])).encode(
        y=alt.Y("year:O", title=None, sort="descending")
    )
    lines = base.mark_line(color="#b5b5b5", strokeWidth=3).encode(x="share:Q", detail="year:O")
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        x=alt.X("share:Q", title="percent of all members", scale=alt.Scale(zero=True)),
        color=alt.Color("what:N", title=None, scale=alt.Scale(domain=what, range=[BLUE, ORANGE])),
        shape=alt.Shape("what:N", title=None, scale=alt.Scale(domain=what, range=["circle", "diamond"])),
        tooltip=[
            alt.Tooltip("group:N"),
            alt.Tooltip("year:O"),
            alt.Tooltip("what:N"),
            alt.Tooltip("share:Q", format=".2f"),
            alt.Tooltip("gap:Q", title="gap, points", format="+.2f"),
        ],
    )
    across, columns = (185, 3) if width == "wide" else (225, 1)
    facet = alt.Facet("group:N", sort=wanted, title=None, header=alt.Header(labelFontSize=13))
    drawn = alt.layer(lines, points).properties(width=across, height=alt.Step(15)).facet(facet=facet, columns=columns)
    resolved: Drawn = drawn.resolve_scale(y="shared")
    return resolved


QUOTA_AND_WEIGHT = Chart(
    id="quota_and_weight",
    title="Each member's share of quotas beside its share of the world economy",
    unit="percent of all members, log scales; the weight is 60 percent GDP at market rates and 40 percent at PPP",
    alt=(
        "Every member is a point: its share of the world economy across, its share of quotas up, both on log scales. "
        "On the dashed line both are equal; below it a member is under-represented. The ten largest Asian members are "
        "marked."
    ),
    claims=("asia_quota_misalignment", "quota_gap_since"),
    query=_MEMBERS,
    draw=_draw_members,
)

QUOTA_GAPS = Chart(
    id="quota_gaps",
    title="Shares of quotas and of the economy at each quota date",
    unit="percent of all members; the weight is 60 percent GDP at market rates and 40 percent at PPP",
    alt=(
        "One panel a group of members, one line a quota date: a circle at its share of quotas, a diamond at its share "
        "of the economy. The line between them is the gap."
    ),
    claims=("quota_gap_since", "asia_quota_misalignment"),
    query=_GROUPS,
    draw=_draw_groups,
)
