"""From measurements to a verdict, by the rules in the claim file and nothing else."""

import re
from dataclasses import dataclass
from decimal import Decimal

from tradefin.claims.claim import Claim, Variable
from tradefin.claims.figures import readable
from tradefin.claims.measure import Measurement
from tradefin.claims.rules import evaluate, names_in
from tradefin.errors import ProjectInvalid
from tradefin.tables.asof import Known

UNDECIDED = "undecided"
NOT_TESTABLE = "not testable"


@dataclass(frozen=True)
class Verdict:
    """What the rules say, and on which reading of "known" it rests.

    Attributes:
        verdict: A code of the codelist `verdicts`.
        known: The reading that had every figure which the rules need.
        why: The rule's sentence with its figures.
    """

    verdict: str
    known: Known
    why: str


def judge(claim: Claim, readings: dict[Known, list[Measurement]]) -> Verdict:
    """The verdict of a testable claim on one day.

    Args:
        claim: The claim.
        readings: Measurements by reading; the first reading that has every figure is used.

    Raises:
        ProjectInvalid: A rule uses a measure that the claim's query never returns, or is no condition.
    """
    for known, measurements in readings.items():
        figures = _figures(claim, measurements)
        missing = sorted(n for n in _names(claim) if figures.get(n) is None)
        if not missing:
            return _apply(claim, known, figures)
    reason = f"No figure at hand for {', '.join(missing)}."
    return Verdict(UNDECIDED, known, reason)


def _names(claim: Claim) -> set[str]:
    """Every figure that the rules' conditions use."""
    return {name for rule in claim.verdicts if rule.when for name in names_in(claim, rule.when)}


def _figures(claim: Claim, measurements: list[Measurement]) -> dict[str, Decimal | None]:
    """Measures of the primary definition, and the variables, by name."""
    assert claim.primary  # noqa: S101 - a testable claim has one
    chosen, period = claim.primary.definition, claim.primary.period
    names = {m.measure for m in measurements if m.definition == chosen}
    figures = {n: _pick(measurements, Variable(definition=chosen, measure=n, period=period)) for n in names}
    return figures | {name: _pick(measurements, v) for name, v in claim.variables.items()}


def _pick(measurements: list[Measurement], wanted: Variable) -> Decimal | None:
    found = {
        m.period: m.value
        for m in measurements
        if m.definition == wanted.definition and m.measure == wanted.measure and m.value is not None
    }
    if not found:
        return None
    return found.get(max(found) if wanted.period == "newest" else wanted.period)


def _apply(claim: Claim, known: Known, figures: dict[str, Decimal | None]) -> Verdict:
    for rule in claim.verdicts:
        if not rule.when or evaluate(claim, rule.when, [figures])[0]:
            return Verdict(rule.verdict, known, fill(rule.because, figures))
    raise ProjectInvalid(f"Claim {claim.claim}: no rule holds.")


def fill(sentence: str, figures: dict[str, Decimal | None]) -> str:
    """A sentence with `{name}` replaced by the figure, rounded for reading.

    Raises:
        ProjectInvalid: It names a figure that does not exist.
    """

    def figure(match: re.Match[str]) -> str:
        if match[1] not in figures:
            raise ProjectInvalid(
                f"'{sentence}' names {{{match[1]}}}, which is no figure of the claim's primary definition."
            )
        return readable(figures[match[1]])

    return re.sub(r"\{(\w+)\}", figure, sentence)
