"""The tables of the ledger: `claims`, `claim_measurements`, `claim_sensitivity`, `claim_verdicts`."""

from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tradefin.claims.check import check_figures, check_rules
from tradefin.claims.claim import Claim, read_claims
from tradefin.claims.measure import Measurement
from tradefin.claims.readings import Readings, measure_all, newest_day, views_of
from tradefin.claims.sensitivity import Sensitivity, sensitivity
from tradefin.claims.verdict import NOT_TESTABLE, Verdict, judge
from tradefin.project import Project
from tradefin.tables.asof import Known, View
from tradefin.tables.sql import upstream
from tradefin.tables.typed import to_contract

if TYPE_CHECKING:
    from tradefin.tables.builder import Builder


def graph(project: Project) -> dict[str, tuple[str, ...]]:
    """What the ledger's tables are made from: every table that a claim's query reads, and the vintages."""
    needs = {"vintages", "codelist_verdicts"} | {t for path in project.claim_sql_files.values() for t in upstream(path)}
    measured = ("claim_measurements", "vintages")  # the newest vintage's day is today
    return {
        "claims": (),
        "claim_measurements": tuple(sorted(needs)),
        "claim_sensitivity": measured,
        "claim_verdicts": measured,
    }


def make(builder: "Builder", stem: str) -> pa.Table:
    """One table of the ledger in its contract's types."""
    claims = read_claims(builder.project)
    rows: list[dict[str, Any]]
    if stem == "claims":
        rows = [claim_row(c) for c in claims.values()]
    elif stem == "claim_measurements":
        rows = measurement_rows(_measured(builder, claims))
    else:
        readings = _readings(claims, newest_day(builder), builder.table("claim_measurements").to_pylist())
        rows = (sensitivity_rows if stem == "claim_sensitivity" else verdict_rows)(claims, readings)
    contract = builder.contracts[stem]
    schema = pa.schema([pa.field(n, c.arrow_type) for n, c in contract.columns.items()])
    with builder.connect() as con:
        con.register("rows", pa.Table.from_pylist(rows, schema=schema))
        return to_contract(con, contract, "rows")


def _measured(builder: "Builder", claims: dict[str, Claim]) -> Readings:
    """Every claim measured, its file checked against what its query returns."""
    files, verdicts = builder.project.claim_files, set(builder.table("codelist_verdicts").column("code").to_pylist())
    for name, claim in claims.items():
        check_rules(claim, files[name], verdicts)
    today = newest_day(builder)
    readings = measure_all(builder, claims, builder.project.claim_sql_files, today)
    for name, views in readings.items():
        check_figures(claims[name], files[name], views[View(today, "latest")])
    return readings


def claim_row(claim: Claim) -> dict[str, Any]:
    """Row of `claims`."""
    return {
        "claim_id": claim.claim,
        "title": claim.title,
        "speaker": claim.speaker,
        "said_on": claim.said_on,
        "kind": claim.kind,
        "restated": claim.restated,
        "true_if": claim.true_if,
        "claimed": claim.claimed.text,
        "holds_when": claim.holds_when or None,
        "break_even_measure": claim.break_even.measure if claim.break_even else None,
        "break_even": claim.break_even.text if claim.break_even else None,
        "primary_definition": claim.primary.definition if claim.primary else None,
        "primary_period": claim.primary.period if claim.primary else None,
        "headline_measure": claim.headline or None,
        "headline_label": claim.headline_label or None,
        "definitions": "\n".join(f"{k}: {v}" for k, v in claim.definitions.items()) or None,
        "limits": "\n".join(claim.limits),
        "not_testable": claim.not_testable or None,
    }


def measurement_rows(readings: Readings) -> list[dict[str, Any]]:
    """Rows of `claim_measurements`."""
    return [
        {"claim_id": name, "as_of": view.day, "known": view.known, "ratio_to_claim": m.ratio_to_claim, **vars(m)}
        for name, views in readings.items()
        for view, measurements in views.items()
        for m in measurements
    ]


def _readings(claims: dict[str, Claim], today: date, rows: list[dict[str, Any]]) -> Readings:
    """The measurements as they were before they became rows; a reading that had none is there as well."""
    testable = {name: claim for name, claim in claims.items() if not claim.not_testable}
    readings: Readings = {name: {view: [] for view in views_of(claim, today)} for name, claim in testable.items()}
    parts = [f.name for f in fields(Measurement)]
    for row in rows:
        found = readings[row["claim_id"]][View(row["as_of"], row["known"])]
        found.append(Measurement(**{p: row[p] for p in parts}))
    return readings


def sensitivity_rows(claims: dict[str, Claim], readings: Readings) -> list[dict[str, Any]]:
    """Rows of `claim_sensitivity`: every definition of every reading."""
    return [
        {"claim_id": name, "as_of": view.day, "known": view.known, **vars(one)}
        for name, views in readings.items()
        for view, measurements in views.items()
        for one in sensitivity(claims[name], measurements)
    ]


def verdict_rows(claims: dict[str, Claim], readings: Readings) -> list[dict[str, Any]]:
    """Rows of `claim_verdicts`: each claim on each day, with the spread over its definitions."""
    return [row for name, claim in claims.items() for row in _verdicts(claim, readings.get(name, {}))]


def _verdicts(claim: Claim, views: dict[View, list[Measurement]]) -> list[dict[str, Any]]:
    if claim.not_testable:
        return [_verdict_row(claim, claim.said_on, Verdict(NOT_TESTABLE, "latest", claim.not_testable), [])]
    by_day: dict[date, dict[Known, list[Measurement]]] = {}
    for view, measurements in views.items():
        by_day.setdefault(view.day, {})[view.known] = measurements
    rows = []
    for day, known in by_day.items():
        verdict = judge(claim, known)
        rows.append(_verdict_row(claim, day, verdict, sensitivity(claim, known[verdict.known])))
    return rows


def _verdict_row(claim: Claim, day: date, verdict: Verdict, found: list[Sensitivity]) -> dict[str, Any]:
    primary = next((s for s in found if claim.primary and s.definition == claim.primary.definition), None)
    alike = [s.value for s in found if primary and s.value is not None and s.unit == primary.unit]
    true = [s.definition for s in found if s.holds]
    return {
        "claim_id": claim.claim,
        "as_of": day,
        "verdict": verdict.verdict,
        "definition": claim.primary.definition if claim.primary else None,
        "known": verdict.known,
        "why": verdict.why,
        "lowest": min(alike, default=None),
        "highest": max(alike, default=None),
        "definitions_judged": sum(s.holds is not None for s in found),
        "definitions_true": len(true),
        "true_under": ", ".join(true) or None,
        "first_period_true": primary.first_period_true if primary else None,
    }
