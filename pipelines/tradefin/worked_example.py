"""`docs/vintages.md`: one figure as it was known on four days, by code that is run when the page is made.

What belongs here: the page, its code, and the tables that the code sees while the page is made. A test runs the same
code on a release, as a reader would.
"""

from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING

from tradefin.quoting import quote
from tradefin.tables.asof import View, connect

if TYPE_CHECKING:
    import pyarrow as pa

    from tradefin.tables.builder import Builder

PAGE = "docs/vintages.md"

_IMPORT = "import tradefin\n\n"

ON_FOUR_DAYS = """\
def turnover_of_2001(as_of):
    table = tradefin.load("fx_turnover_by_definition", as_of=as_of)
    return {
        row["turnover_definition"]: f"{row['turnover_usd_bn']:,.0f}"
        for row in table.to_pylist()
        if row["survey_year"] == 2001 and row["turnover_usd_bn"] is not None
    }

days = {"2001-10-08": None, "2001-12-06": None, "2002-03-17": None, "2002-04-30": None, "today": None}
for day in days:
    days[day] = turnover_of_2001(as_of=None if day == "today" else day)
    print(f"{day:<12}", days[day].get("world_traditional", "nothing"))
"""

OTHER_DEFINITIONS = """\
for definition in ("world_all_net_net", "world_all_net_gross", "london", "us_market"):
    then, now = (days[day].get(definition, "nothing") for day in ("2001-12-06", "today"))
    print(f"{definition:<20} then {then:<8} now {now}")
"""

EDITIONS = """\
editions = {
    (row["known_on"], row["vintage_id"], row["turnover_usd_bn"])
    for row in tradefin.load("bis_fx_turnover").to_pylist()
    if (row["survey_year"], row["instrument"]) == (2001, "traditional")
}
for known_on, vintage, turnover in sorted(editions):
    print(known_on, f"{vintage:<21}", f"{turnover:,.0f}")
"""

REVISED = """\
(cell,) = (
    row for row in tradefin.load("revisions").to_pylist()
    if (row["table_name"], row["figure"], row["column_name"])
    == ("bis_fx_turnover", "2001|traditional|not_stated", "turnover_usd_bn")
)
print(f"{cell['editions']} editions, revised {cell['revisions']} time(s), in all {cell['total_change_pct']:.2f} %")
print("the revision came with", cell["largest_to_vintage"])
"""

TWO_READINGS = """\
for known in ("published", "period_ended"):
    table = tradefin.load("reserves", as_of="2001-12-06", known=known)
    japan = [row["reserves_usd_bn"] for row in table.to_pylist() if (row["iso3"], row["year"]) == ("JPN", 2000)]
    print(f"{known:<13}", "Japan's reserves at the end of 2000:", "at hand" if any(japan) else "nothing")
"""

_TEXT = """\
# What was known on a day

Every figure has the day on which it became public. A revised figure does not replace the one before: it is a new
vintage beside it. So a release can be asked what was known on any day, and the answer is made from the figures of
that day alone. This page is made by running its own code (`make docs`); a test runs it again on a release.

## One example: foreign exchange turnover of April 2001

The BIS surveyed the markets in April 2001. Its first figure came out on 9 October, the final one on 18 March 2002.
Between the two lies 6 December 2001, the day of the talk.

{on_four_days}

Until 8 October nobody could know. Whoever spoke on 6 December could know 1,210 billion dollars a day, and not 1,200.
An answer that looked at today's tables would be wrong for that day, if only by a little; for other figures it is
more.

The same day and the same survey under other definitions: what counts all instruments was compiled much later, and
each centre's figure has been revised since.

{other_definitions}

## Behind the answer

`fx_turnover_by_definition` is a mart: for each definition it takes the newest vintage there is. It knows nothing of
days. `as_of` filters the core tables to what was public, and runs the mart's own SQL, which the release carries, over
what is left. The editions it chose from:

{editions}

The table `revisions` says it in one line for every figure that was given in two editions or more:

{revised}

## When the figure of the day is not at hand

`known="published"`, the default, counts a figure only if that very edition was public. Of some figures the edition of
the day is lost or was never compiled: reserves of 2000 are at hand only as later editions tell them.
`known="period_ended"` then takes a later edition of a period that had ended by the day, where the day's own is
missing. The verdicts say which of the two they rest on.

{two_readings}

## How the days are known

`vintages` names for each edition its day, `known_on`, and how it is known, `known_on_rule`: stated by the publisher,
or the last day of the month, quarter or year that is all that is said. A day is never put earlier than it can have
been, so that an answer never tells what nobody could know; it may tell a little less than somebody did.

On the command line: `tradefin export fx_turnover_by_definition --to folder --as-of 2001-12-06`.
"""


def vintages_page(builder: "Builder") -> str:
    """The page, with what its code prints over the project's own tables.

    Args:
        builder: Makes the tables.
    """
    seen: dict[str, object] = {"tradefin": SimpleNamespace(load=_loader(builder))}
    return _TEXT.format(
        on_four_days=_shown(ON_FOUR_DAYS, seen, before=_IMPORT),
        other_definitions=_shown(OTHER_DEFINITIONS, seen),
        editions=_shown(EDITIONS, seen),
        revised=_shown(REVISED, seen),
        two_readings=_shown(TWO_READINGS, seen),
    )


def _shown(code: str, seen: dict[str, object], before: str = "") -> str:
    """A piece of code and what it prints."""
    lines: list[str] = []
    seen["print"] = lambda *said: lines.append(" ".join(map(str, said)))
    exec(compile(code, PAGE, "exec"), seen)  # noqa: S102 - the constants above, and nothing else
    printed = "\n".join(line.rstrip() for line in lines)
    return f"```python\n{before}{code}```\n\n```text\n{printed}\n```"


def _loader(builder: "Builder") -> object:
    """`tradefin.load` over the project's tables; a test holds that a release answers alike."""

    def load(table: str, *, as_of: str | None = None, known: str = "published") -> "pa.Table":
        if as_of is None:
            return builder.table(table)
        view = View(date.fromisoformat(as_of), known)  # type: ignore[arg-type]  # as the code above has it
        order = ", ".join(f"{quote(name)} nulls first" for name in builder.contracts[table].sorted_by)
        with connect(builder, [table], view) as con:
            return con.sql(f"select * from {quote(table)} order by {order}").to_arrow_table()

    return load
