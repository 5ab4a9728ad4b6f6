"""The claim file: what was said, what would make it true, how the verdict follows from the figures.

What belongs here: reading and checking `expectations/claims/*.yml`. What does not: measuring or judging.
"""

from datetime import date
from typing import Any, Literal

from pydantic import Field, model_validator

from tradefin import yamlfile
from tradefin.errors import ProjectInvalid
from tradefin.project import Project


class Primary(yamlfile.Strict):
    """The definition that the verdict rests on.

    Attributes:
        definition: One of the claim's definitions.
        period: Which period of it; `newest` takes the last one in order.
    """

    definition: str
    period: str = "newest"


class Claimed(yamlfile.Strict):
    """What was claimed, as a number where it was one."""

    text: str
    value: float | None = None
    unit: str = ""


class Variable(yamlfile.Strict):
    """A figure of another definition that a rule may use."""

    definition: str
    measure: str
    period: str = "newest"


class BreakEven(yamlfile.Strict):
    """The figure at which the claim would just become true.

    Attributes:
        measure: A measure that the claim's query returns for each definition.
        text: What it is, in words.
    """

    measure: str
    text: str


class Rule(yamlfile.Strict):
    """One line of the verdict rule.

    Attributes:
        when: SQL condition over the measures of the primary definition and the variables; empty for the last rule.
        verdict: A code of the codelist `verdicts`.
        because: A sentence for readers; `{measure}` stands for the figure.
    """

    when: str = ""
    verdict: str
    because: str

    @model_validator(mode="before")
    @classmethod
    def _otherwise(cls, given: Any) -> Any:  # noqa: ANN401 - raw YAML
        if isinstance(given, dict) and "otherwise" in given:
            given = dict(given)
            given["verdict"] = given.pop("otherwise")
        return given


class Claim(yamlfile.Strict):
    """A claim and the rule of its verdict.

    Attributes:
        claim: The id: stem of the claim file, its query and its tests.
        title: A short name.
        speaker: Who said it.
        said_on: When.
        kind: `statement` of what was so; `forecast`, judged by what followed; `carried on`: what became of another.
        restated: What was said, in our words.
        true_if: What would make it true.
        not_testable: Why no public figure can test it; empty where one can.
        holds_when: SQL condition over the measures of one definition in one period by which the claim is true there.
        break_even: The figure at which it would just become true, where that has a meaning.
        primary: The definition that the verdict rests on.
        headline: The measure shown as "measured then" and "measured now".
        headline_label: Words behind that figure, where its unit does not say enough.
        claimed: What was claimed.
        definitions: Every definition measured, explained.
        variables: Figures of other definitions that the rules use, by name.
        verdicts: The rules; the first that holds wins, the last has no condition.
        limits: What the figures cannot show.
    """

    claim: str
    title: str
    speaker: str
    said_on: date
    kind: Literal["statement", "forecast", "carried on"] = "statement"
    restated: str
    true_if: str
    not_testable: str = ""
    holds_when: str = ""
    break_even: BreakEven | None = None
    primary: Primary | None = None
    headline: str = ""
    headline_label: str = ""
    claimed: Claimed
    definitions: dict[str, str] = Field(default_factory=dict)
    variables: dict[str, Variable] = Field(default_factory=dict)
    verdicts: tuple[Rule, ...] = ()
    limits: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> "Claim":
        if self.not_testable:
            return self
        if self.primary is None or not self.headline or not self.verdicts or not self.holds_when:
            raise ValueError(
                "needs 'primary', 'headline', 'holds_when' and 'verdicts', or 'not_testable' with the reason"
            )
        self._explained(self.primary.definition, "primary", "definition")
        for name, variable in self.variables.items():
            self._explained(variable.definition, "variables", name, "definition")
        for number, rule in enumerate(self.verdicts):
            if bool(rule.when) == (number == len(self.verdicts) - 1):
                raise yamlfile.At("the last rule, and only the last, is 'otherwise'", "verdicts", number)
        return self

    def _explained(self, definition: str, *where: str) -> None:
        if definition not in self.definitions:
            raise yamlfile.At(f"definition {definition} is used but not explained under 'definitions'", *where)


def read_claims(project: Project) -> dict[str, Claim]:
    """All claims by id.

    Raises:
        ProjectInvalid: A file departs from the rules, is not called as its claim, or has no query.
    """
    if orphans := sorted(set(project.claim_sql_files) - set(project.claim_files)):
        raise ProjectInvalid(f"sql/claims/{orphans[0]}.sql measures a claim that expectations/claims/ does not have.")
    claims = {}
    for stem, path in project.claim_files.items():
        claim = yamlfile.read(path, Claim)
        if claim.claim != stem:
            raise ProjectInvalid(f"{path}: the claim is called '{claim.claim}' but the file '{stem}'.")
        if bool(claim.not_testable) == (stem in project.claim_sql_files):
            raise ProjectInvalid(
                f"{path}: a claim has a query sql/claims/{stem}.sql or says under 'not_testable' why "
                "none can be written."
            )
        claims[stem] = claim
    return claims
