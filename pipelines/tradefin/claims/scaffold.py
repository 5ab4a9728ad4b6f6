"""A new claim, ready to run: claim file, query and golden cases, true as they stand and meant to be changed.

What belongs here: the texts of the example and where they go. What does not: anything about claims that exist.
"""

import re
from pathlib import Path

from tradefin.errors import NotFound, ProjectInvalid
from tradefin.project import Project

WORDS = ("new", "test")  # of `tradefin claims`
_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST = 60

_CLAIM = """\
# A claim that is true, over a table of every release. Change it line by line; after each step run
#   tradefin claims test {id}{option}      its golden cases, of a few rows
#   tradefin claims {id}{option}           measured against the current release
claim: {id}
title: A trillion dollars a day
speaker: Somebody                      # who said it, and when:
said_on: 2001-12-06
kind: statement                        # or: forecast (judged by what followed), carried on (what became of it)
restated: More than a trillion dollars of foreign exchange is traded each day.
true_if: The survey of April 2001 counts more than a trillion dollars a day.
# SQL over the measures of one definition in one period; it is applied to every definition and period.
holds_when: turnover_usd_bn > 1000
# The verdict rests on this definition, in this period; without a period, on the newest.
primary: {{definition: world_traditional, period: "2001"}}
headline: turnover_usd_bn              # the measure that is shown first
claimed: {{text: more than a trillion dollars a day, value: 1000, unit: billions of US dollars a day}}
definitions:                           # every definition that the query returns, in words; at least two
  world_traditional: spot, outright forwards and FX swaps of the whole world, double counting removed
  world_all_net_net: all instruments, double counting removed at home and across borders
# The first rule that holds gives the verdict. Verdicts: supported, supported but ordinary, partly supported,
# contradicted, undecided. In `because`, a measure in braces stands for its figure.
verdicts:
  - when: turnover_usd_bn > 1000
    verdict: supported
    because: "The survey counts {{turnover_usd_bn}} billion dollars a day."
  - otherwise: contradicted
    because: "The survey counts only {{turnover_usd_bn}} billion dollars a day."
limits:                                # what the figures cannot show; at least one
  - The survey is taken in one month in three years.
# A claim that no figure can test has no query; instead of holds_when, primary, headline and verdicts it says why:
# not_testable: No public figure counts this.
"""

_QUERY = """\
-- One row per definition, measure and period; `tradefin tables` lists the tables. A query knows nothing of days: it is
-- run over the tables as they were on each day. Where no figure exists, the value is null, and a note says so.
select
    turnover_definition as definition,
    'turnover_usd_bn' as measure,
    cast(survey_year as varchar) as period,
    turnover_usd_bn as value,
    'billions of US dollars a day' as unit,
    case when survey_year = 2001 then 1000 end as claimed_value,
    case when turnover_usd_bn is null then 'no figure of this survey is at hand' else vintages end as note
from fx_turnover_by_definition
where turnover_definition in ('world_traditional', 'world_all_net_net')
  and (turnover_usd_bn is not null or survey_year = 2001)
"""

# A golden case: the tables that the query reads, in a few rows; then what it must return, and the verdict.
_CASES = {
    "above": ("1210", "supported", "1,210 is more than 1,000; London alone is no definition of the claim."),
    "below": ("990", "contradicted", "990 is less than 1,000."),
}
_INPUT = """\
survey_year,turnover_definition,turnover_usd_bn,is_derived,vintages,sources
2001,world_traditional,{value},false,a,s
2001,world_all_net_net,,,,
2001,london,504,false,a,s
"""
_EXPECT = """\
definition,measure,period,value,claimed_value,note
world_traditional,turnover_usd_bn,2001,{value},1000,a
world_all_net_net,turnover_usd_bn,2001,,1000,no figure of this survey is at hand
"""


def new(claim: str, project: Project, folder: Path | None) -> list[Path]:
    """Write the files of a new claim; nothing that exists is touched.

    Args:
        claim: Its id.
        project: The project.
        folder: Folder of claims; None writes into the checkout's own.

    Returns:
        What was written.

    Raises:
        ProjectInvalid: The id is none, is taken, or this is no checkout and no folder is named.
    """
    _check_id(claim, project)
    if folder is None and not (project.root / "tests" / "sql").is_dir():
        raise ProjectInvalid(
            f"{project.root} is an installed package, not a checkout: name a folder of your own with --claims DIR."
        )
    texts = _in_folder(claim, folder) if folder else _in_checkout(claim, project.root)
    if taken := sorted(str(path) for path in texts if path.exists()):
        raise ProjectInvalid(f"{taken[0]} exists; nothing was written.")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:  # never over a file that came in between
            file.write(text)
    return list(texts)


def _check_id(claim: str, project: Project) -> None:
    if not _ID.fullmatch(claim) or len(claim) > _LONGEST:
        raise ProjectInvalid(
            f"'{claim}' cannot name a claim: small letters, digits and single _ between them, a letter first, at most "
            f"{_LONGEST} characters, such as reserves_cover_2001."
        )
    if claim in WORDS or claim.startswith(("codelist_", "source_")):
        raise ProjectInvalid(f"'{claim}' cannot name a claim: it means something else to the command.")
    try:
        taken = project.where(claim)
    except NotFound:
        return
    raise ProjectInvalid(f"'{claim}' is taken by {taken[0]}; one name stands for one thing.")


def _in_checkout(claim: str, root: Path) -> dict[Path, str]:
    return _texts(
        claim,
        "",
        root / "expectations" / "claims" / f"{claim}.yml",
        root / "sql" / "claims" / f"{claim}.sql",
        root / "tests" / "sql" / claim,
    )


def _in_folder(claim: str, folder: Path) -> dict[Path, str]:
    return _texts(claim, f" --claims {folder}", folder / f"{claim}.yml", folder / f"{claim}.sql", folder / claim)


def _texts(claim: str, option: str, file: Path, query: Path, cases: Path) -> dict[Path, str]:
    texts = {file: _CLAIM.format(id=claim, option=option), query: _QUERY}
    for case, (value, verdict, why) in _CASES.items():
        texts[cases / case / "fx_turnover_by_definition.csv"] = _INPUT.format(value=value)
        texts[cases / case / "expect.csv"] = _EXPECT.format(value=value)
        texts[cases / case / "verdict.txt"] = f"{verdict}\n"
        texts[cases / case / "README.md"] = f"{why}\n"
    return texts
