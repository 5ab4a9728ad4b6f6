"""The three tables of the ledger: `claims`, `claim_measurements`, `claim_verdicts`."""

from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tradefin.claims.asof import Known, View, connect
from tradefin.claims.claim import Claim, read_claims
from tradefin.claims.measure import Measurement, measure, register_statistics
from tradefin.claims.verdict import NOT_TESTABLE, Verdict, judge
from tradefin.project import Project
from tradefin.tables.sql import upstream
from tradefin.tables.typed import to_contract

if TYPE_CHECKING:
    from tradefin.tables.builder import Builder

Readings = dict[str, dict[View, list[Measurement]]]


def graph(project: Project) -> dict[str, tuple[str, ...]]:
    """What the ledger's tables are made from: every table that a claim's query reads, and the vintages."""
    needs = {"vintages"} | {t for path in project.claim_sql_files.values() for t in upstream(path)}
    return {"claims": (), "claim_measurements": tuple(sorted(needs)), "claim_verdicts": ("claim_measurements",)}


def make(builder: "Builder", stem: str) -> pa.Table:
    """One table of the ledger in its contract's types."""
    claims = read_claims(builder.project)
    rows: list[dict[str, Any]]
    if stem == "claims":
        rows = [_claim_row(c) for c in claims.values()]
    elif stem == "claim_measurements":
        rows = _measurement_rows(measure_all(builder, claims))
    else:
        rows = _verdict_rows(claims, _readings(builder.table("claim_measurements").to_pylist()))
    contract = builder.contracts[stem]
    schema = pa.schema([pa.field(n, c.arrow_type) for n, c in contract.columns.items()])
    with builder.connect() as con:
        con.register("rows", pa.Table.from_pylist(rows, schema=schema))
        return to_contract(con, contract, "rows")


def measure_all(builder: "Builder", claims: dict[str, Claim]) -> Readings:
    """Every testable claim measured on the day it was made, in both readings, and with all that is known today."""
    days = sorted({c.said_on for c in claims.values()})
    views = [View(day, known) for day in days for known in _THEN] + [View(newest_day(builder), "latest")]
    paths = builder.project.claim_sql_files
    stems = sorted({t for path in paths.values() for t in upstream(path)})
    readings: Readings = {name: {} for name in paths}
    for view in views:
        with connect(builder, stems, view) as con:
            register_statistics(con)
            for name, path in paths.items():
                if view.known == "latest" or view.day == claims[name].said_on:
                    readings[name][view] = measure(con, claims[name], path)
    return readings


_THEN: tuple[Known, ...] = ("published", "period_ended")


def newest_day(builder: "Builder") -> date:
    """The day on which the newest vintage at hand became public: what "today" means for a release."""
    days: list[date] = builder.table("vintages").column("known_on").to_pylist()
    return max(days)


def _claim_row(claim: Claim) -> dict[str, Any]:
    return {
        "claim_id": claim.claim,
        "title": claim.title,
        "speaker": claim.speaker,
        "said_on": claim.said_on,
        "restated": claim.restated,
        "true_if": claim.true_if,
        "claimed": claim.claimed.text,
        "primary_definition": claim.primary.definition if claim.primary else None,
        "primary_period": claim.primary.period if claim.primary else None,
        "headline_measure": claim.headline or None,
        "headline_label": claim.headline_label or None,
        "definitions": "\n".join(f"{k}: {v}" for k, v in claim.definitions.items()) or None,
        "limits": "\n".join(claim.limits),
        "not_testable": claim.not_testable or None,
    }


def _measurement_rows(readings: Readings) -> list[dict[str, Any]]:
    return [
        {"claim_id": name, "as_of": view.day, "known": view.known, "ratio_to_claim": m.ratio_to_claim, **vars(m)}
        for name, views in readings.items()
        for view, measurements in views.items()
        for m in measurements
    ]


def _readings(rows: list[dict[str, Any]]) -> Readings:
    """The measurements as they were before they became rows; `published` before `period_ended`."""
    readings: Readings = {}
    parts = [f.name for f in fields(Measurement)]
    for row in sorted(rows, key=lambda r: (r["as_of"], r["known"] != "published")):
        view = View(row["as_of"], row["known"])
        found = readings.setdefault(row["claim_id"], {}).setdefault(view, [])
        found.append(Measurement(**{p: row[p] for p in parts}))
    return readings


def _verdict_rows(claims: dict[str, Claim], readings: Readings) -> list[dict[str, Any]]:
    rows = []
    for name, claim in claims.items():
        for day, verdict in _verdicts(claim, readings.get(name, {})):
            rows.append(
                {
                    "claim_id": name,
                    "as_of": day,
                    "verdict": verdict.verdict,
                    "definition": claim.primary.definition if claim.primary else None,
                    "known": verdict.known,
                    "why": verdict.why,
                }
            )
    return rows


def _verdicts(claim: Claim, views: dict[View, list[Measurement]]) -> list[tuple[date, Verdict]]:
    if claim.not_testable:
        return [(claim.said_on, Verdict(NOT_TESTABLE, "latest", claim.not_testable))]
    by_day: dict[date, dict[Known, list[Measurement]]] = {}
    for view, measurements in views.items():
        by_day.setdefault(view.day, {})[view.known] = measurements
    return [(day, judge(claim, known)) for day, known in by_day.items()]
