"""From a verdict, or from how one definition answers, to the measurements that it rests on.

What belongs here: choosing rows of `claim_measurements`. What does not: measuring and judging (`claims`), going back
from a measurement (`walk`).
"""

from collections.abc import Collection
from typing import Any

from tradefin.claims.claim import Claim, read_claims
from tradefin.claims.rules import names_in
from tradefin.errors import TradefinError
from tradefin.project import Project

Row = dict[str, Any]
_OF_ALL_PERIODS = ("first_period_true", "periods_true", "periods_judged")


def claim_of(project: Project, claim_id: str) -> Claim | None:
    """The claim's file; None if this project has none, so that its rules are not known here."""
    try:
        return read_claims(project).get(claim_id)
    except TradefinError:
        return None


def behind_verdict(claim: Claim | None, verdict: Row, about: Row, measurements: list[Row]) -> list[Row]:
    """The measurements that a verdict's rules look at, and its headline.

    Args:
        claim: The claim's file, if it is at hand.
        verdict: Row of `claim_verdicts`.
        about: Row of `claims`.
        measurements: Rows of `claim_measurements` of the claim in the verdict's reading.
    """
    definition, period = about["primary_definition"], about["primary_period"]
    if definition is None:
        return []
    variables = claim.variables if claim else {}
    rules = [rule.when for rule in claim.verdicts if rule.when] if claim else []
    names = {name for when in rules if claim for name in names_in(claim, when)} | {about["headline_measure"]}
    own = {m["measure"] for m in measurements if m["definition"] == definition}
    wanted = [(definition, name, period) for name in sorted(names & own)] if claim else []
    if claim is None:
        wanted = [(definition, name, period) for name in sorted(own)]
    wanted += [(v.definition, v.measure, v.period) for name, v in variables.items() if name in names]
    return [row for one in wanted for row in _picked(measurements, *one)]


def behind_definition(claim: Claim | None, row: Row, about: Row, measurements: list[Row], column: str) -> list[Row]:
    """The measurements that a row of `claim_sensitivity` was made from."""
    measures: set[str] = {n for n in (about["headline_measure"], about["break_even_measure"]) if n}
    if claim and claim.holds_when:
        measures |= names_in(claim, claim.holds_when)
    every = column in _OF_ALL_PERIODS
    return [
        m
        for m in measurements
        if m["definition"] == row["definition"] and m["measure"] in measures and (every or m["period"] == row["period"])
    ]


def _picked(measurements: Collection[Row], definition: str, measure: str, period: str) -> list[Row]:
    """The measurement that a rule uses: that of the period, or the newest that has a value, or what has none."""
    found = [m for m in measurements if (m["definition"], m["measure"]) == (definition, measure)]
    if period != "newest":
        return [m for m in found if m["period"] == period]
    with_value = [m for m in found if m["value"] is not None]
    newest = max((m["period"] for m in with_value or found), default=None)
    return [m for m in found if m["period"] == newest]
