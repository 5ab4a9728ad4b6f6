"""The ledger of a release, one entry a claim: for the command, the README and programs.

Needs only what a reader has: no pipeline, no contracts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import tradefin
from tradefin.claims.figures import readable
from tradefin.errors import NotFound

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]

BY_DEFINITION = (
    "definition",
    "then",
    "now",
    "true then",
    "true now",
    "first true (periods of those judged)",
    "break-even",
)
_HOLDS: dict[bool | None, str] = {True: "yes", False: "no", None: "cannot be told"}


@dataclass(frozen=True)
class Entry:
    """One claim with all that was measured.

    Attributes:
        claim: Row of `claims`.
        verdicts: Rows of `claim_verdicts`, oldest day first.
        measured: Its part of `claim_measurements`, which can have thousands of rows.
        sensitivity: Rows of `claim_sensitivity`.
    """

    claim: Row
    verdicts: list[Row]
    measured: "pa.Table"
    sensitivity: list[Row]

    @cached_property
    def measurements(self) -> list[Row]:
        """Rows of `claim_measurements`."""
        rows: list[Row] = self.measured.to_pylist()
        return rows

    @property
    def then(self) -> Row:
        """The verdict as of the day on which the claim was made."""
        return self.verdicts[0]

    @property
    def now(self) -> Row:
        """The verdict with all that is known today."""
        return self.verdicts[-1]

    def headline(self, verdict: Row) -> str:
        """The claim's headline figure behind a verdict, for people."""
        found = _where(
            self.measured,
            definition=self.claim["primary_definition"],
            measure=self.claim["headline_measure"],
            as_of=verdict["as_of"],
            known=verdict["known"],
        ).to_pylist()
        wanted = self.claim["primary_period"]
        if wanted != "newest":
            found = [m for m in found if m["period"] == wanted]
        with_value = [m for m in found if m["value"] is not None]
        if not with_value:
            return readable(None)
        newest = max(with_value, key=lambda m: str(m["period"]))
        label = f" {words}" if (words := self.claim.get("headline_label")) else ""
        return f"{readable(newest['value'], newest['unit'])}{label} ({newest['period']})"

    def judged(self, verdict: Row) -> list[Row]:
        """How each definition answers in the reading that a verdict rests on: rows of `claim_sensitivity`."""
        return [s for s in self.sensitivity if (s["as_of"], s["known"]) == (verdict["as_of"], verdict["known"])]

    @property
    def phases(self) -> list[list[Row]]:
        """The verdicts in the order of their days, those in a row with one answer together."""
        phases: list[list[Row]] = []
        for verdict in self.verdicts:
            if phases and all(phases[-1][0][part] == verdict[part] for part in ("verdict", "known", "why")):
                phases[-1].append(verdict)
            else:
                phases.append([verdict])
        return phases

    @property
    def definitions(self) -> dict[str, str]:
        """What each definition counts, the primary one first."""
        told = dict(line.split(": ", 1) for line in (self.claim["definitions"] or "").splitlines())
        return dict(sorted(told.items(), key=lambda item: item[0] != self.claim["primary_definition"]))

    def by_definition(self) -> list[tuple[str, ...]]:
        """How each definition answers, for people: a row has a cell for each of `BY_DEFINITION`."""
        then, now = ({s["definition"]: s for s in self.judged(v)} for v in (self.then, self.now))
        rows: list[tuple[str, ...]] = []
        for slug in self.definitions:
            before, after = then.get(slug, {}), now.get(slug, {})
            figures = (_figure(before), _figure(after), _HOLDS[before.get("holds")], _HOLDS[after.get("holds")])
            rows.append((slug, *figures, _first(after), _break_even(after)))
        return rows

    def as_json(self) -> Row:
        """The entry with dates and decimals as JSON knows them."""
        parts = {"verdicts": self.verdicts, "measurements": self.measurements, "sensitivity": self.sensitivity}
        entry = {**self.claim, **parts}
        plain: Row = _plain(entry)
        return plain


def read_ledger(claim: str | None = None, release: str | None = None) -> list[Entry]:
    """All claims of a release, or one.

    Args:
        claim: Id of a claim; None for all.
        release: Id of a release; None for the current one.

    Raises:
        NotFound: The release has no such claim.
    """
    entries = entries_of(lambda table: tradefin.load(table, release=release))
    found = [e for e in entries if claim in (None, e.claim["claim_id"])]
    if claim is not None and not found:
        raise NotFound(f"No claim is called '{claim}'; `tradefin claims` lists them.")
    return found


def entries_of(table: "Callable[[str], pa.Table]") -> list[Entry]:
    """All claims, given a way to get the ledger's tables."""
    claims, verdicts, sensitivity = (
        table(name).to_pylist() for name in ("claims", "claim_verdicts", "claim_sensitivity")
    )
    measured = table("claim_measurements")
    return [
        Entry(
            claim=c,
            verdicts=sorted(_of(c, verdicts), key=lambda v: v["as_of"]),
            measured=_where(measured, claim_id=c["claim_id"]).drop_columns("claim_id"),
            sensitivity=_of(c, sensitivity),
        )
        for c in claims
    ]


def _figure(row: Row) -> str:
    value = row.get("value")
    return readable(None) if value is None else f"{readable(value, row['unit'])} ({row['period']})"


def _first(row: Row) -> str:
    if not row.get("periods_judged"):
        return ""
    return f"{row['first_period_true'] or 'none'} ({row['periods_true']} of {row['periods_judged']})"


def _break_even(row: Row) -> str:
    value = row.get("break_even")
    return "" if value is None else readable(value, row["break_even_unit"] or "")


def _of(claim: Row, rows: list[Row]) -> list[Row]:
    return [{k: v for k, v in r.items() if k != "claim_id"} for r in rows if r["claim_id"] == claim["claim_id"]]


def _where(table: "pa.Table", **wanted: object) -> "pa.Table":
    """The rows of a table that have these values."""
    import pyarrow.compute as pc

    for column, value in wanted.items():
        table = table.filter(pc.equal(table[column], value))
    return table


def _plain(value: Any) -> Any:  # noqa: ANN401 - any cell
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def markdown(entries: list[Entry]) -> str:
    """The verdict table as Markdown: claimed, measured then, measured now, verdict."""
    lines = [
        "| Claim | Claimed | Measured then | Measured now | Verdict then | Verdict now |",
        "|---|---|---|---|---|---|",
    ]
    lines += [f"| {' | '.join(cells)} |" for cells in table(entries)]
    return "\n".join(lines)


def table(entries: list[Entry]) -> list[tuple[str, str, str, str, str, str]]:
    """Rows of the verdict table, for people: id, claimed, measured then and now, verdict then and now."""
    return [
        (
            e.claim["claim_id"],
            e.claim["claimed"],
            e.headline(e.then) + ("*" if e.then["known"] == "period_ended" else ""),
            e.headline(e.now),
            e.then["verdict"],
            e.now["verdict"],
        )
        for e in entries
    ]
