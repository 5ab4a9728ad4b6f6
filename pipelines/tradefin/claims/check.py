"""What a claim file promises beyond its shape: conditions that can be evaluated, figures that exist, known verdicts.

Every mistake is named with file, line and column. What belongs here: mistakes of whoever wrote the claim. What does
not: measuring and judging, which come after.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import duckdb

from tradefin import yamlfile
from tradefin.claims.claim import Claim
from tradefin.claims.measure import Measurement
from tradefin.claims.rules import beside_nothing, names_in
from tradefin.errors import ProjectInvalid
from tradefin.quoting import quote
from tradefin.tables.sqlerrors import offset_in

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_BEFORE = "select ("
Mistake = tuple[yamlfile.Where, int, str]


def check_rules(claim: Claim, path: Path, verdicts: Collection[str]) -> None:
    """Refuse conditions that are none and verdicts that do not exist; needs no figure.

    Args:
        claim: The claim.
        path: Its file.
        verdicts: Codes of the codelist `verdicts`.

    Raises:
        ProjectInvalid: Names each mistake with line and column.
    """
    found: list[Mistake] = []
    for where, condition in _conditions(claim):
        found += _syntax(where, condition)
    for number, rule in enumerate(claim.verdicts):
        if rule.verdict not in verdicts:
            key = "verdict" if rule.when else "otherwise"
            known = ", ".join(sorted(verdicts))
            found.append((("verdicts", number, key), 0, f"unknown verdict '{rule.verdict}'; there are: {known}"))
    _refuse(path, found)


def check_figures(claim: Claim, path: Path, measurements: Sequence[Measurement]) -> None:
    """Refuse names that stand for no figure of the claim's query.

    Args:
        claim: The claim, whose rules have been checked.
        path: Its file.
        measurements: All that its query measured, with everything that is known.

    Raises:
        ProjectInvalid: Names each mistake with line and column.
    """
    _refuse(path, [*_figures_named(claim, measurements), *_conditions_bound(claim, measurements)])


def _conditions(claim: Claim) -> Iterator[tuple[yamlfile.Where, str]]:
    if claim.holds_when:
        yield ("holds_when",), claim.holds_when
    yield from ((("verdicts", n, "when"), rule.when) for n, rule in enumerate(claim.verdicts) if rule.when)


def _syntax(where: yamlfile.Where, condition: str) -> Iterator[Mistake]:
    statement = f"{_BEFORE}{condition})"
    try:
        if len(duckdb.extract_statements(statement)) != 1:
            yield where, 0, f"'{condition}' is not one condition"
    except duckdb.Error as error:
        yield where, _inside(error, statement), f"'{condition}' is not a condition: {_said(error)}"


def _figures_named(claim: Claim, measurements: Sequence[Measurement]) -> Iterator[Mistake]:
    assert claim.primary  # noqa: S101 - a testable claim has one
    measures = _measures(measurements)
    own = measures.get(claim.primary.definition, set())
    for slug in claim.definitions:
        if slug not in measures:
            yield ("definitions", slug), 0, f"the query returns nothing for the definition '{slug}'"
    if claim.headline not in own:
        yield ("headline",), 0, _no_measure(claim.headline, claim.primary.definition, own)
    for name, variable in claim.variables.items():
        found = measures.get(variable.definition, set())
        if variable.measure not in found:
            yield ("variables", name, "measure"), 0, _no_measure(variable.measure, variable.definition, found)
    if claim.break_even and all(claim.break_even.measure not in found for found in measures.values()):
        yield ("break_even", "measure"), 0, f"'{claim.break_even.measure}' is no measure that the query returns"
    figures = own | set(claim.variables)
    for number, rule in enumerate(claim.verdicts):
        for named in _PLACEHOLDER.finditer(rule.because):
            if named[1] not in figures:
                said = f"'because' names {{{named[1]}}}, which is no figure; there are: {_listed(figures)}"
                yield ("verdicts", number, "because"), named.start() + 1, said


def _conditions_bound(claim: Claim, measurements: Sequence[Measurement]) -> Iterator[Mistake]:
    assert claim.primary  # noqa: S101 - a testable claim has one
    measures = _measures(measurements)
    of_rules = measures.get(claim.primary.definition, set()) | set(claim.variables)
    of_any = {name for found in measures.values() for name in found}
    for where, condition in _conditions(claim):
        figures = of_any if where == ("holds_when",) else of_rules
        if unknown := sorted(names_in(claim, condition) - figures):
            at = re.search(rf"\b{re.escape(unknown[0])}\b", condition)
            said = f"the condition names '{unknown[0]}', which is no figure; there are: {_listed(figures)}"
            yield where, at.start() if at else 0, said
        else:
            yield from _bound(where, condition, figures)


def _bound(where: yamlfile.Where, condition: str, figures: Collection[str]) -> Iterator[Mistake]:
    columns = ", ".join(f"null::decimal(28,6) as {quote(name)}" for name in sorted(figures))
    statement = f"{_BEFORE}{condition})::boolean from (select {columns or '1 as nothing'}) as figures"
    with beside_nothing() as con:
        try:
            con.execute(f"explain {statement}").fetchall()
        except duckdb.Error as error:
            inside = _inside(error, f"explain {statement}") - len("explain ")
            yield where, max(inside, 0), f"'{condition}' cannot be evaluated: {_said(error)}"


def _measures(measurements: Sequence[Measurement]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for m in measurements:
        found.setdefault(m.definition, set()).add(m.measure)
    return found


def _no_measure(name: str, definition: str, found: Collection[str]) -> str:
    return f"'{name}' is no measure of the definition '{definition}'; there are: {_listed(found)}"


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _inside(error: duckdb.Error, statement: str) -> int:
    return max((offset_in(error, statement) or 0) - len(_BEFORE), 0)


def _said(error: duckdb.Error) -> str:
    return " ".join(str(error).partition("\n\nLINE ")[0].split())


def _refuse(path: Path, mistakes: Sequence[Mistake]) -> None:
    if mistakes:
        lines = [f"  {yamlfile.place(path, where, inside)}: {said}" for where, inside, said in mistakes]
        raise ProjectInvalid("\n".join([f"{path} is not a valid claim file:", *lines]))
