"""What a chart is, and the pieces that several of them share."""

import json
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import altair as alt

Row = dict[str, Any]
Width = Literal["wide", "narrow"]
Drawn = alt.Chart | alt.LayerChart | alt.FacetChart

# Okabe and Ito's colours, which people tell apart whatever their eyes; marks differ in shape or dash as well.
BLUE, ORANGE, GREEN, RED, SKY, INK, GREY = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#56B4E9",
    "#1b1b1b",
    "#8a8a8a",
)
_SIZES: dict[Width, tuple[int, int]] = {"wide": (600, 340), "narrow": (290, 320)}
TALK = date(2001, 12, 6)


@dataclass(frozen=True)
class Chart:
    """One chart of the report.

    Attributes:
        id: Name of its files.
        title: What it shows, as a sentence.
        unit: What its axes count.
        alt: What a reader who cannot see it should know.
        claims: Ids of the claims that it belongs to, the most fitting first.
        query: SQL over the release that gives its rows.
        draw: From those rows to the drawing, wide or narrow, without title and look (see `tradefin.report.drawing`).
    """

    id: str
    title: str
    unit: str
    alt: str
    claims: tuple[str, ...]
    query: str
    draw: Callable[[Sequence[Row], Width], Drawn]


def data(rows: Sequence[Row]) -> alt.InlineData:
    """Rows inside the chart, so that it needs no other file: decimals as numbers, days as texts.

    They travel as one text, since Altair copies a list of rows with every step of a drawing.
    """
    told = [{k: _plain(v) for k, v in row.items()} for row in rows]
    return alt.InlineData(values=json.dumps(told, ensure_ascii=False, separators=(",", ":")))


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def size(width: Width, height: int | None = None) -> dict[str, int]:
    """Width and height of the plot in pixels."""
    across, high = _SIZES[width]
    return {"width": across, "height": height or high}


@dataclass(frozen=True)
class RowLabels:
    """Names of the rows of a chart, whole however long: beside the plot where it is wide, above each row where narrow.

    Attributes:
        names: The rows from top to bottom.
        width: Wide or narrow.
    """

    names: Sequence[str]
    width: Width

    @property
    def height(self) -> int:
        """Height of the plot."""
        return sum(self._row for _ in self.names)

    @property
    def _row(self) -> int:
        lines = max(len(self._lines(name)) for name in self.names)
        return 12 + 14 * lines if self.width == "wide" else 22 + 13 * lines

    def _lines(self, name: str) -> list[str]:
        return textwrap.wrap(name, 44 if self.width == "wide" else 52) or [""]

    def y(self, field: str) -> alt.Y:
        """The encoding of the rows."""
        axis = alt.Axis(labelExpr=f"{self._broken()}[datum.value]", labelLimit=0, labelLineHeight=14, ticks=False)
        band = alt.Scale(type="band", paddingInner=0, paddingOuter=0)
        return alt.Y(
            f"{field}:N",
            sort=list(self.names),
            title=None,
            scale=band,
            axis=axis if self.width == "wide" else alt.Axis(labels=False, ticks=False, domain=False),
        )

    def _broken(self) -> str:
        return "{" + ", ".join(f"{_js(name)}: [{', '.join(map(_js, self._lines(name)))}]" for name in self.names) + "}"

    def above(self, field: str) -> list[alt.Chart]:
        """The layer that writes the names above narrow rows; none where they stand beside the plot."""
        if self.width == "wide":
            return []
        told = [{field: name, "label": "\n".join(self._lines(name))} for name in self.names]
        text = alt.Chart(data(told)).mark_text(
            align="left", baseline="top", lineBreak="\n", lineHeight=13, fontSize=11, dx=2, color=INK, yOffset=3
        )
        place = alt.Y(f"{field}:N", sort=list(self.names), bandPosition=0)
        return [text.encode(x=alt.value(0), y=place, text="label:N")]

    @property
    def down(self) -> int:
        """How far below the middle of its row a mark lies, so that it is clear of the name above it."""
        return 0 if self.width == "wide" else max((6 * len(self._lines(n)) for n in self.names), default=0) + 2


def _js(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def talk_rule(row: int = 0, *, left: bool = False) -> Drawn:
    """A line at the day of the talk, for time axes.

    Args:
        row: How many pixels below the top its name stands.
        left: Whether its name stands on the left of it, where there is no room on the right.
    """
    base = alt.Chart(data([{"day": TALK, "text": "the talk, Dec 2001"}])).encode(x=alt.X("day:T"))
    rule = base.mark_rule(color=GREY, strokeDash=[2, 3])
    text = base.mark_text(
        align="right" if left else "left", dx=-4 if left else 4, dy=4, baseline="top", color="#555555", fontSize=11
    )
    return alt.layer(rule, text.encode(text="text:N", y=alt.value(row)))


def words(slug: str) -> str:
    """A slug as words: `per_report_violation` is per report violation."""
    return slug.replace("_", " ")


def scale_of(values: Sequence[float], *, log_from: float = 30) -> tuple[alt.Scale, str]:
    """A scale on which figures can be told apart, and what to add to its title.

    Args:
        values: All figures that it must hold.
        log_from: How many times the smallest figure the largest must be for a log scale.
    """
    low, high = min(values), max(values)
    if low > 0 and high / low >= log_from:
        return alt.Scale(type="log", padding=12), ", log scale"
    close = 0 < low < high and (high - low) / high < 0.3
    if close:
        return alt.Scale(zero=False, padding=12), ""
    room = (max(high, 0) - min(low, 0)) / 15
    return alt.Scale(domain=[low - room if low < 0 else 0, high + room if high > 0 else 0]), ""
