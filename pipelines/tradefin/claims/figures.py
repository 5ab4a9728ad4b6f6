"""How a figure is written for people: few digits, thousands apart, its unit behind it."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

_SHORT_UNITS = {
    "percent": "%",
    "percentage points": "points",
    "billions of US dollars": "bn USD",
    "billions of US dollars a day": "bn USD a day",
}


def readable(value: Decimal | None, unit: str = "") -> str:
    """A figure for people: at most two decimals, no trailing zeros, thousands apart, then the unit.

    Args:
        value: The figure; None where there is none.
        unit: What it is counted in.
    """
    if value is None:
        return "no figure"
    if unit == "year":
        return f"{value:.0f}"
    if unit == "rank":
        return f"rank {value:.0f}"
    places = 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2
    text = f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text} {_SHORT_UNITS.get(unit, unit)}".strip()


def readable_date(day: date) -> str:
    """A day as people write it: 6 December 2001."""
    return f"{day.day} {day:%B %Y}"
