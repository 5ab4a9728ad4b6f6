"""Any testable claim: its headline figure under every definition, then and now, and the figure through time.

What belongs here: the two drawings and their words, for one entry of the ledger. What does not: a claim's own charts.
"""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import partial

import altair as alt

from tradefin.claims.figures import readable
from tradefin.claims.ledger import Entry
from tradefin.report.charts.chart import (
    BLUE,
    GREEN,
    GREY,
    INK,
    RED,
    TALK,
    Chart,
    Drawn,
    Row,
    RowLabels,
    Width,
    data,
    scale_of,
    size,
    talk_rule,
    words,
)

_TICK = "M-0.2,-1.4H0.2V1.4H-0.2Z"
_KINDS: dict[str, tuple[str, str]] = {
    "true by this definition": (BLUE, "circle"),
    "not true by it": (RED, "diamond"),
    "cannot be judged": (GREY, "square"),
    "break-even": (GREEN, _TICK),
}
_OF_HOLDS = dict(zip((True, False, None), _KINDS, strict=False))
_YEAR_OR_DAY = re.compile(r"(?<!\d)(\d{4})(?:-(\d\d)-(\d\d)(?!\d))?")

_COMPARED = """
select s.definition, if(s.known = 'latest', 'now', 'then') as reading, s.period, s.value, s.holds, m.claimed_value,
    if(s.break_even_unit = s.unit, s.break_even, null) as break_even
from claims.claims as c
join claims.claim_sensitivity as s on s.claim_id = c.claim_id
join claims.claim_verdicts as v on v.claim_id = c.claim_id and v.as_of = s.as_of and v.known = s.known
left join claims.claim_measurements as m
    on m.claim_id = s.claim_id and m.as_of = s.as_of and m.known = s.known and m.definition = s.definition
    and m.measure = c.headline_measure and m.period = s.period
where c.claim_id = '{claim}' and (s.as_of = c.said_on or s.known = 'latest')
    and s.value is not null and s.unit = '{unit}'
order by s.definition, reading
"""

_THROUGH_TIME = """
select m.definition, m.period, m.value, m.claimed_value, m.definition = c.primary_definition as is_primary
from claims.claim_measurements as m
join claims.claims as c on c.claim_id = m.claim_id and c.headline_measure = m.measure
where m.claim_id = '{claim}' and m.known = 'latest' and m.value is not null and m.unit = '{unit}'
order by m.definition, m.period
"""


def charts_of(entry: Entry) -> list[Chart]:
    """The two charts of a claim; none where it cannot be tested, one where its figures are of one day."""
    unit = _unit(entry)
    if not unit:
        return []
    claim = entry.claim["claim_id"]
    told = f"{unit} {entry.claim['headline_label'] or ''}".strip()
    asked = {"claim": claim, "unit": unit.replace("'", "''")}
    order = [line.partition(":")[0] for line in entry.claim["definitions"].splitlines()]
    primary = entry.claim["primary_definition"]
    order.sort(key=lambda d: d != primary)
    left_out = len({s["definition"] for s in entry.sensitivity if s["unit"] and s["unit"] != unit})
    found = [
        Chart(
            id=f"{claim}-definitions",
            title=f"{entry.claim['title']}: by every definition",
            unit=f"{told}; hollow as known then, filled as known now" + _without(left_out),
            alt=_alt_compared(entry, unit),
            claims=(claim,),
            query=_COMPARED.format(**asked),
            draw=partial(_draw_compared, order=order, primary=primary, unit=unit),
        )
    ]
    days = {day_of(m["period"]) for m in _headline(entry, unit)}
    if len(days - {None}) > 1:
        found.append(
            Chart(
                id=f"{claim}-through-time",
                title=f"{entry.claim['title']}: through time",
                unit=f"{told}, by period, as known now" + _without(left_out),
                alt=_alt_through_time(entry, unit),
                claims=(claim,),
                query=_THROUGH_TIME.format(**asked),
                draw=partial(_draw_through_time, primary=primary, unit=unit),
            )
        )
    return found


def day_of(period: str) -> date | None:
    """The day at which a period is drawn: its end where that is a day, the middle of its last year else.

    `2001`, `FY1985`, `1995-2001`, `2001H1` and `since 2001-12-07 to 2001` name years, `2001-02-28` a day; None where
    nothing can be read.
    """
    found = _YEAR_OR_DAY.findall(period)
    if not found:
        return None
    year, month, day = found[-1]
    return date(int(year), int(month or 7), int(day or 1))


def _unit(entry: Entry) -> str:
    """Unit of the headline figure by the definition that the verdict rests on; empty where there is none."""
    primary = entry.claim["primary_definition"]
    units = [s["unit"] for s in reversed(entry.sensitivity) if s["definition"] == primary and s["unit"]]
    return units[0] if units else ""


def _without(left_out: int) -> str:
    many = "definitions are" if left_out > 1 else "definition is"
    return f"; {left_out} {many} in another unit and in the table only" if left_out else ""


def _headline(entry: Entry, unit: str) -> list[Row]:
    measure = entry.claim["headline_measure"]
    return [
        m
        for m in entry.measurements
        if (m["measure"], m["known"], m["unit"]) == (measure, "latest", unit) and m["value"] is not None
    ]


def _alt_compared(entry: Entry, unit: str) -> str:
    now = [s for s in entry.judged(entry.now) if s["unit"] == unit and s["value"] is not None]
    if not now:
        return "One row a definition; no figure is at hand today."
    told = f"One row a definition, {len(now)} in all: {_span([s['value'] for s in now], unit)} as known now."
    judged = [s for s in now if s["holds"] is not None]
    own = next((s for s in now if s["definition"] == entry.claim["primary_definition"]), None)
    if own:
        told += f" The verdict rests on the first, {readable(own['value'], unit)}."
    if judged:
        told += f" By {sum(s['holds'] for s in judged)} of {len(judged)} definitions the claim is true."
    return told


def _alt_through_time(entry: Entry, unit: str) -> str:
    rows = _headline(entry, unit)
    own = [m for m in rows if m["definition"] == entry.claim["primary_definition"] and day_of(m["period"])]
    others = len({m["definition"] for m in rows}) - bool(own)
    told = f"Lines by period, the definition that the verdict rests on bold, {others} others thin."
    if own:
        first, last = (pick(own, key=lambda m: day_of(m["period"]) or date.min) for pick in (min, max))
        told += (
            f" The bold one goes from {readable(first['value'], unit)} ({first['period']}) to "
            f"{readable(last['value'], unit)} ({last['period']})."
        )
    return told


def _span(values: Sequence[Decimal], unit: str) -> str:
    low, high = min(values), max(values)
    return f"{readable(low, unit)}" if low == high else f"from {readable(low)} to {readable(high, unit)}"


def _draw_compared(rows: Sequence[Row], width: Width, order: Sequence[str], primary: str, unit: str) -> Drawn:
    shown = [d for d in order if any(r["definition"] == d for r in rows)]
    name = {d: words(d) + (" (verdict)" if d == primary else "") for d in shown}
    told: list[Row] = []
    for row in rows:
        shared = {"name": name[row["definition"]], "reading": row["reading"], "period": row["period"]}
        told.append({**shared, "figure": row["value"], "kind": _OF_HOLDS[row["holds"]]})
        if row["break_even"] is not None and row["reading"] == "now":
            told.append({**shared, "figure": row["break_even"], "kind": "break-even"})
    claimed = sorted({row["claimed_value"] for row in rows if row["claimed_value"] is not None})
    line = claimed[0] if len(claimed) == 1 else None
    scale, added = scale_of([float(t["figure"]) for t in told] + ([float(line)] if line is not None else []))
    labels = RowLabels([name[d] for d in shown], width)
    x = alt.X("figure:Q", title=unit + added, scale=scale, axis=alt.Axis(tickCount=6 if width == "wide" else 4))
    y = labels.y("name")
    figures = [t for t in told if t["kind"] != "break-even"]
    kinds = [k for k in _KINDS if any(t["kind"] == k for t in told)]
    shape = alt.Shape("kind:N", title=None, scale=alt.Scale(domain=kinds, range=[_KINDS[k][1] for k in kinds]))
    colours = alt.Scale(domain=kinds, range=[_KINDS[k][0] for k in kinds])
    tooltip = [
        alt.Tooltip("name:N", title="definition"),
        alt.Tooltip("figure:Q", title=unit, format=",.4~g"),
        alt.Tooltip("kind:N", title=" "),
        alt.Tooltip("period:N"),
        alt.Tooltip("reading:N", title="as known"),
    ]
    moved = alt.Chart(data(figures)).mark_line(color="#b5b5b5", strokeWidth=2, yOffset=labels.down)
    points = alt.Chart(data(told)).mark_point(size=80, opacity=1, strokeWidth=1.6, yOffset=labels.down)
    layers = [
        moved.encode(x=x, y=y, detail="name:N"),
        points.encode(
            x=x,
            y=y,
            shape=shape,
            fill=alt.condition(
                "datum.reading == 'then'", alt.value("#ffffff"), alt.Fill("kind:N", title=None, scale=colours)
            ),
            stroke=alt.Stroke("kind:N", title=None, scale=colours),
            order=alt.Order("reading:N", sort="descending"),
            tooltip=tooltip,
        ),
    ]
    if line is not None:
        layers = [*_claimed_line(line, unit, "x", scale), *layers]
    return alt.layer(*layers, *labels.above("name")).properties(**size(width, labels.height))


def _claimed_line(value: Decimal, unit: str, axis: str, scale: alt.Scale) -> list[alt.Chart]:
    base = alt.Chart(data([{"claimed": value, "text": f"claimed: {readable(value)}"}]))
    if axis == "x":
        rule = base.mark_rule(color=INK, strokeDash=[5, 3]).encode(x=alt.X("claimed:Q", scale=scale))
        text = base.mark_text(fontSize=11, color=INK, baseline="bottom").encode(
            x=alt.X("claimed:Q", scale=scale), y=alt.value(-4), text="text:N"
        )
    else:
        rule = base.mark_rule(color=INK, strokeDash=[5, 3]).encode(y=alt.Y("claimed:Q", scale=scale))
        text = base.mark_text(fontSize=11, color=INK, align="right", baseline="bottom", dy=-2).encode(
            y=alt.Y("claimed:Q", scale=scale), x=alt.value("width"), text="text:N"
        )
    return [rule, text]


def _draw_through_time(rows: Sequence[Row], width: Width, primary: str, unit: str) -> Drawn:
    kinds = [f"{words(primary)} (verdict)", "the other definitions"]
    told = [
        {
            "definition": words(row["definition"]),
            "day": day,
            "period": row["period"],
            "figure": row["value"],
            "kind": kinds[0] if row["is_primary"] else kinds[1],
        }
        for row in rows
        if (day := day_of(row["period"]))
    ]
    told.sort(key=lambda t: (t["kind"] == kinds[0], t["definition"], t["day"]))
    claimed = sorted({row["claimed_value"] for row in rows if row["claimed_value"] is not None})
    line = claimed[0] if len(claimed) == 1 else None
    scale, added = scale_of([float(t["figure"]) for t in told] + ([float(line)] if line is not None else []))
    first, last = (pick(t["day"] for t in told) for pick in (min, max))
    x = alt.X("day:T", title=None, axis=alt.Axis(format="%Y", values=_years(first, max(last, TALK), width)))
    y = alt.Y("figure:Q", title=unit + added, scale=scale, axis=alt.Axis(tickCount=6, titleLimit=300))
    named = alt.Legend(values=[kind for kind in kinds if any(t["kind"] == kind for t in told)])
    # The verdict's definition first, then the others: colour, width of the line, size of the dots.
    color = alt.Color("kind:O", title=None, legend=named, scale=alt.Scale(domain=kinds, range=[BLUE, "#9aa3ad"]))
    weight = alt.StrokeWidth("kind:O", title=None, legend=named, scale=alt.Scale(domain=kinds, range=[3, 1]))
    dots = alt.Size("kind:O", title=None, legend=named, scale=alt.Scale(domain=kinds, range=[36, 12]))
    tooltip = [
        alt.Tooltip("definition:N"),
        alt.Tooltip("period:N"),
        alt.Tooltip("figure:Q", title=unit, format=",.4~g"),
    ]
    base = alt.Chart(data(told)).encode(x=x, y=y, color=color, detail="definition:N", tooltip=tooltip)
    layers = [
        base.mark_line().encode(strokeWidth=weight),
        base.mark_point(filled=True, opacity=1).encode(size=dots),
    ]
    if line is not None:
        layers = [*_claimed_line(line, unit, "y", scale), *layers]
    late = (TALK - first).days > 0.7 * (max(last, TALK) - first).days
    rule = [talk_rule(-18, left=late)] if first.year <= TALK.year else []
    return alt.layer(*rule, *layers).properties(**size(width, 300))


def _years(first: date, last: date, width: Width) -> list[str]:
    """First days of the years that are named, so that none is told twice and the last is whole."""
    most = 8 if width == "wide" else 4
    span = last.year - first.year + 1
    step = next(s for s in (1, 2, 5, 10, 20, 50) if span / s <= most)
    start = first.year - first.year % step
    return [f"{y}-01-01" for y in range(start, last.year + 1, step) if y >= first.year - (step > 1)]
