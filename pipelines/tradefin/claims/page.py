"""The page of one claim, made from a release's tables: what was said, the verdict through time, the query behind it.

What belongs here: the Markdown of `docs/claims/`. What does not: writing it (`docs`), the figures (`ledger`).
"""

import re
from collections.abc import Sequence

from tradefin.claims.claim import Claim
from tradefin.claims.figures import readable_date
from tradefin.claims.ledger import BY_DEFINITION, Entry, Row
from tradefin.claims.rules import names_in
from tradefin.quoting import literal
from tradefin.sources.description import Publisher

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_KNOWN = {
    "published": "published by then",
    "period_ended": "as revised since, of periods that had ended by then",
    "latest": "everything at hand",
}


def page(claim: Claim, entry: Entry, reads: Sequence[str], publishers: Sequence[Publisher]) -> str:
    """The page of one claim as Markdown, to lie in `docs/claims/`.

    Args:
        claim: The claim.
        entry: What was measured.
        reads: Tables that its query reads.
        publishers: Whose figures they hold.
    """
    parts = [_head(claim)]
    if claim.not_testable:
        parts.append(f"Verdict: **{entry.now['verdict']}**.")
    else:
        parts += [_verdicts(entry), _definitions(claim, entry), _query(claim), _sources(reads, publishers)]
    parts += ["## Limits\n\n" + "\n".join(f"- {limit}" for limit in claim.limits)]
    return "\n\n".join(parts) + "\n"


def figures_of(claim: Claim) -> dict[str, tuple[str, str, str]]:
    """Definition, measure and period of each figure that the claim's rules use or its reasons name."""
    assert claim.primary  # noqa: S101 - a testable claim has one
    names = {claim.headline}
    for rule in claim.verdicts:
        names |= set(_PLACEHOLDER.findall(rule.because)) | (names_in(claim, rule.when) if rule.when else set())
    own = claim.primary
    return {
        name: (v.definition, v.measure, v.period)
        if (v := claim.variables.get(name))
        else (own.definition, name, own.period)
        for name in sorted(names)
    }


def query_of(claim: Claim) -> str:
    """One query over a release's ledger that returns every figure behind every verdict on a claim."""
    rows = ",\n".join(
        f"        ({', '.join(literal(part) for part in (name, *place))})" for name, place in figures_of(claim).items()
    )
    return f"""\
with figures (figure, definition, measure, period) as (
    values
{rows}
)
select v.as_of, v.verdict, v.known, f.figure, m.value, m.unit, m.period, m.definition, m.measure
from claims.claim_verdicts as v
cross join figures as f
left join claims.claim_measurements as m
    on m.claim_id = v.claim_id and m.as_of = v.as_of and m.known = v.known
    and m.definition = f.definition and m.measure = f.measure
    and (m.period = f.period or (f.period = 'newest' and m.value is not null))
where v.claim_id = {literal(claim.claim)}
qualify row_number() over (partition by v.as_of, f.figure order by m.period desc nulls last) = 1
order by v.as_of, f.figure"""


def _head(claim: Claim) -> str:
    kinds = {"forecast": " A forecast, judged by what followed.", "carried on": " Another claim, carried on to today."}
    lines = [
        f"# {claim.title}",
        "",
        f"> {' '.join(claim.restated.split())}",
        "",
        f"In our words, as {_speaker(claim.speaker)} said it on {readable_date(claim.said_on)}."
        + kinds.get(claim.kind, ""),
        "",
        f"- Claimed: {claim.claimed.text}.",
        f"- True if: {claim.true_if}",
    ]
    if claim.not_testable:
        lines.append(f"- Not testable: {claim.not_testable}")
    if claim.holds_when:
        lines.append(f"- For each definition: true where `{' '.join(claim.holds_when.split())}`.")
    name = claim.claim
    links = [f"[claim file, with the rules of the verdict](../../expectations/claims/{name}.yml)"]
    if not claim.not_testable:
        links += [
            f"[query that measures it](../../sql/claims/{name}.sql)",
            f"[golden cases](../../tests/sql/{name}/)",
        ]
    lines.append(f"- Files of `{name}`: {', '.join(links)}.")
    return "\n".join(line.rstrip() for line in lines)


def _speaker(speaker: str) -> str:
    return speaker[0].lower() + speaker[1:] if speaker.startswith("A ") else speaker


def _verdicts(entry: Entry) -> str:
    lines = []
    for phase in entry.phases:
        v = phase[-1]
        said = f"{entry.headline(v)} | **{v['verdict']}** | {_cell(v['why'])} | {_KNOWN[v['known']]}"
        lines.append(f"| {_days(phase)} | {said} |")
    head = ["## The verdict through time", "", "| as known on | measured | verdict | because | figures |"]
    return "\n".join([*head, "|---|---|---|---|---|", *lines])


def _days(found: Sequence[Row]) -> str:
    first, last = (readable_date(v["as_of"]) for v in (found[0], found[-1]))
    return first if first == last else f"{first} to {last}"


def _definitions(claim: Claim, entry: Entry) -> str:
    assert claim.primary  # noqa: S101 - a testable claim has one
    label = f" ({claim.headline_label})" if claim.headline_label else ""
    width = len(BY_DEFINITION) - (claim.break_even is None)
    rows = [(f"`{slug}`", *cells) for slug, *cells in entry.by_definition()]
    lines = [
        "## By definition",
        "",
        f"`{claim.headline}`{label}, as known on {readable_date(entry.then['as_of'])} and on "
        f"{readable_date(entry.now['as_of'])}.",
        "",
        f"| {' | '.join(BY_DEFINITION[:width])} |",
        "|" + "---|" * width,
        *(f"| {' | '.join(row[:width])} |" for row in rows),
    ]
    if claim.break_even:
        lines += ["", f"Break-even: {claim.break_even.text}."]
    lines += ["", *(f"- `{slug}`: {' '.join(text.split())}" for slug, text in claim.definitions.items())]
    lines += ["", f"The verdict rests on `{claim.primary.definition}`."]
    return "\n".join(lines)


def _query(claim: Claim) -> str:
    return "\n".join(
        [
            "## The numbers behind the verdict",
            "",
            "One query, for `tradefin query` or for plain DuckDB on a release's `tradefin.duckdb`:",
            "",
            "```sql",
            query_of(claim),
            "```",
        ]
    )


def _sources(reads: Sequence[str], publishers: Sequence[Publisher]) -> str:
    tables = ", ".join(f"`{t}`" if t.startswith("codelist_") else f"[`{t}`](../tables/{t}.md)" for t in reads)
    lines = ["## Sources", "", f"Measured over {tables}. Figures of:", ""]
    for publisher in publishers:
        terms = "; ".join(f"[{licence.name}]({licence.address})" for licence in publisher.licences.values())
        lines.append(f"- [{publisher.name}]({publisher.landing_page}), under: {terms}")
    lines += ["", "[DATA_LICENSES.md](../../DATA_LICENSES.md) has the clauses, and which citation is asked for."]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
