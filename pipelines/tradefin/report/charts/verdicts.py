"""Every claim's verdict, as known on the day of the talk, on its anniversaries and today."""

from collections import Counter
from collections.abc import Sequence

import altair as alt

from tradefin.claims.ledger import Entry
from tradefin.claims.verdict import NOT_TESTABLE
from tradefin.report.charts.chart import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    RED,
    SKY,
    Chart,
    Drawn,
    Row,
    RowLabels,
    Width,
    data,
    size,
)

_DASH = "M-1,-0.3H1V0.3H-1Z"
LOOK: dict[str, tuple[str, str]] = {
    "supported": (BLUE, "circle"),
    "supported but ordinary": (SKY, "square"),
    "partly supported": (ORANGE, "triangle-up"),
    "contradicted": (RED, "diamond"),
    "undecided": (GREY, "cross"),
    "not testable": (INK, _DASH),
}

_QUERY = """
select c.title, v.as_of, v.verdict, v.why
from claims.claim_verdicts as v
join claims.claims as c on c.claim_id = v.claim_id
order by c.title, v.as_of
"""


def chart_of(entries: Sequence[Entry]) -> Chart:
    """The overview chart of a ledger."""
    count = Counter(e.now["verdict"] for e in entries)
    told = ", ".join(f"{n} {verdict}" for verdict, n in count.most_common())
    return Chart(
        id="verdicts",
        title="What the figures say of each claim, then and now",
        unit="verdict as known on the day of the talk, on every fifth anniversary and today",
        alt=(
            "One row a claim, one mark a day; its shape and colour tell the verdict. "
            f"Today, of {len(entries)} claims: {told}."
        ),
        claims=(),
        query=_QUERY,
        draw=_draw,
    )


def _draw(rows: Sequence[Row], width: Width) -> Drawn:
    newest = max(row["as_of"] for row in rows)
    whens = {day: "now" if day == newest else str(day.year) for day in sorted({row["as_of"] for row in rows})}
    told = [
        {"title": row["title"], "when": when, "verdict": row["verdict"], "why": row["why"]}
        for row in rows
        for day, when in whens.items()
        if day == row["as_of"] or row["verdict"] == NOT_TESTABLE  # on no day
    ]
    last = {t["title"]: t["verdict"] for t in told if t["when"] == "now"}
    titles = sorted(last, key=lambda title: (list(LOOK).index(last[title]), title))
    verdicts = [v for v in LOOK if any(t["verdict"] == v for t in told)]
    labels = RowLabels(titles, width)
    base = alt.Chart(data(told)).encode(
        x=alt.X("when:O", sort=list(whens.values()), title=None, axis=alt.Axis(orient="top", labelAngle=0, grid=False)),
        y=labels.y("title"),
        color=alt.Color(
            "verdict:N", title=None, scale=alt.Scale(domain=verdicts, range=[LOOK[v][0] for v in verdicts])
        ),
        shape=alt.Shape(
            "verdict:N", title=None, scale=alt.Scale(domain=verdicts, range=[LOOK[v][1] for v in verdicts])
        ),
        tooltip=[
            alt.Tooltip("title:N", title="claim"),
            alt.Tooltip("when:N", title="as known"),
            alt.Tooltip("verdict:N"),
            alt.Tooltip("why:N", title="because"),
        ],
    )
    points = base.mark_point(filled=True, size=120, opacity=1, yOffset=labels.down)
    drawn = alt.layer(points, *labels.above("title"))
    return drawn.properties(**size(width, labels.height))
