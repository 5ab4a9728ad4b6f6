"""How far the answer depends on the definition: each one measured, judged by the same condition, and its break-even.

What belongs here: one row a definition. What does not: the verdict, which rests on the primary definition's rules.
"""

from dataclasses import dataclass
from decimal import Decimal

from tradefin.claims.claim import Claim
from tradefin.claims.measure import Measurement
from tradefin.claims.rules import evaluate, names_in


@dataclass(frozen=True)
class Sensitivity:
    """One definition's answer; see the contract of `claim_sensitivity` for what each part means."""

    definition: str
    period: str | None
    value: Decimal | None
    unit: str | None
    holds: bool | None
    break_even: Decimal | None
    break_even_unit: str | None
    first_period_true: str | None
    periods_true: int
    periods_judged: int


def sensitivity(claim: Claim, measurements: list[Measurement]) -> list[Sensitivity]:
    """Every definition of a testable claim, in the order of its file.

    Args:
        claim: The claim.
        measurements: What its query measured in one reading.

    Raises:
        ProjectInvalid: `holds_when` is no condition over measures.
    """
    by_place: dict[tuple[str, str], dict[str, Measurement]] = {}
    for m in measurements:
        by_place.setdefault((m.definition, m.period), {})[m.measure] = m
    needed = names_in(claim, claim.holds_when)
    places = sorted(p for p, found in by_place.items() if needed <= set(found))
    figures = [{name: m.value for name, m in by_place[place].items()} for place in places]
    holds = dict(zip(places, evaluate(claim, claim.holds_when, figures), strict=True))
    return [_of(claim, definition, by_place, holds) for definition in claim.definitions]


def _of(
    claim: Claim,
    definition: str,
    by_place: dict[tuple[str, str], dict[str, Measurement]],
    holds: dict[tuple[str, str], bool | None],
) -> Sensitivity:
    judged = {period: true for (d, period), true in holds.items() if d == definition and true is not None}
    true = sorted(period for period, yes in judged.items() if yes)
    period = _period(claim, definition, by_place, judged)
    found = by_place.get((definition, period), {}) if period else {}
    headline = found.get(claim.headline)
    even = found.get(claim.break_even.measure) if claim.break_even else None
    return Sensitivity(
        definition=definition,
        period=period,
        value=headline.value if headline else None,
        unit=headline.unit if headline else None,
        holds=judged.get(period) if period else None,
        break_even=even.value if even else None,
        break_even_unit=even.unit if even else None,
        first_period_true=true[0] if true else None,
        periods_true=len(true),
        periods_judged=len(judged),
    )


def _period(
    claim: Claim,
    definition: str,
    by_place: dict[tuple[str, str], dict[str, Measurement]],
    judged: dict[str, bool],
) -> str | None:
    """The claim's own period where this definition has it; else the newest that could be judged, or has a figure."""
    assert claim.primary  # noqa: S101 - a testable claim has one
    if (definition, claim.primary.period) in by_place:
        return claim.primary.period
    with_figure = [p for (d, p), found in by_place.items() if d == definition and _has(found, claim.headline)]
    return max(judged or with_figure, default=None)


def _has(found: dict[str, Measurement], measure: str) -> bool:
    return measure in found and found[measure].value is not None
