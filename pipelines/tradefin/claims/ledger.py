"""The ledger of a release, one entry a claim: for the command, the README and programs.

Needs only what a reader has: no pipeline, no contracts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

import tradefin
from tradefin.claims.figures import readable
from tradefin.errors import NotFound

Row = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One claim with all that was measured.

    Attributes:
        claim: Row of `claims`.
        verdicts: Rows of `claim_verdicts`, oldest day first.
        measurements: Rows of `claim_measurements`.
        sensitivity: Rows of `claim_sensitivity`.
    """

    claim: Row
    verdicts: list[Row]
    measurements: list[Row]
    sensitivity: list[Row]

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
        found = [
            m
            for m in self.measurements
            if (m["definition"], m["measure"], m["as_of"], m["known"])
            == (self.claim["primary_definition"], self.claim["headline_measure"], verdict["as_of"], verdict["known"])
        ]
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

    def compared(self, definition: str) -> list[tuple[str, str, str, str]]:
        """Measure, figure then, figure now and note of one definition, for people; one row a measure and period.

        Then is read as the verdict reads it. A measure with one period in each reading is one row, though the period
        has grown since.
        """
        then, now = (self._cells(definition, v) for v in (self.then, self.now))
        rows = []
        for measure in sorted({m for m, _ in (*then, *now)}):
            before = [c for (m, _), c in then.items() if m == measure]
            after = [c for (m, _), c in now.items() if m == measure]
            if len(before) <= 1 and len(after) <= 1:
                pairs = [(next(iter(before), None), next(iter(after), None))]
            else:
                keys = sorted(k for k in {**then, **now} if k[0] == measure)
                pairs = [(then.get(k), now.get(k)) for k in keys]
            rows += [(measure, _cell(a), _cell(b), _note(a, b)) for a, b in pairs]
        return rows

    def _cells(self, definition: str, verdict: Row) -> dict[tuple[str, str], Row]:
        return {
            (m["measure"], m["period"]): m
            for m in self.measurements
            if (m["definition"], m["as_of"], m["known"]) == (definition, verdict["as_of"], verdict["known"])
        }

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


def entries_of(table: Callable[[str], pa.Table]) -> list[Entry]:
    """All claims, given a way to get the ledger's tables."""
    names = ("claims", "claim_verdicts", "claim_measurements", "claim_sensitivity")
    claims, verdicts, measurements, sensitivity = (table(name).to_pylist() for name in names)
    return [
        Entry(
            claim=c,
            verdicts=sorted(_of(c, verdicts), key=lambda v: v["as_of"]),
            measurements=_of(c, measurements),
            sensitivity=_of(c, sensitivity),
        )
        for c in claims
    ]


def _cell(measurement: Row | None) -> str:
    if measurement is None:
        return ""
    return f"{readable(measurement['value'], measurement['unit'])} ({measurement['period']})"


def _note(then: Row | None, now: Row | None) -> str:
    notes = [m["note"] for m in (then, now) if m and m["note"]]
    return "; now: ".join(dict.fromkeys(notes))


def _of(claim: Row, rows: list[Row]) -> list[Row]:
    return [{k: v for k, v in r.items() if k != "claim_id"} for r in rows if r["claim_id"] == claim["claim_id"]]


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
