"""Audit one table: run its checks, say what was found, remember the answer.

What belongs here: one table's audit and what follows from it. What does not: Great Expectations itself (see `engine`).
"""

from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from tradefin.audit import engine
from tradefin.audit.expectations import suite_json
from tradefin.audit.results import CheckResult, complaint, fold, unchecked
from tradefin.audit.rows import Rows
from tradefin.audit.suite import Check, checks
from tradefin.errors import ContractBroken, ProjectInvalid
from tradefin.tables.builder import Builder
from tradefin.tables.contract import Contract
from tradefin.tables.store import TableRef, digest, digest_of

__all__ = ["CheckResult", "TableAudit", "audit", "audit_table", "refuse"]

_COMPLAINTS = 5


@dataclass(frozen=True)
class TableAudit:
    """What came of all checks of one table.

    Attributes:
        table: The stem.
        sha256: Hash of the Parquet file that was checked.
        rows: Its number of rows.
        results: One result per check, in the order of `suite.checks`.
        validation: Great Expectations' own result, a JSON object, for its Data Docs.
    """

    table: str
    sha256: str
    rows: int
    results: tuple[CheckResult, ...]
    validation: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def blocking(self) -> tuple[CheckResult, ...]:
        """Failed critical checks: they stop the release."""
        return tuple(r for r in self.results if not r.success and r.check.severity == "critical")

    @property
    def warnings(self) -> tuple[CheckResult, ...]:
        """Failed checks that do not stop the release."""
        return tuple(r for r in self.results if not r.success and r.check.severity != "critical")


def audit_table(builder: Builder, stem: str) -> TableAudit:
    """Run every check of one table, or recall what came of them when nothing has changed.

    Args:
        builder: Builds the table, codelists and referenced tables; its store remembers the answer.
        stem: A table with a contract.

    Raises:
        ProjectInvalid: The table has no contract, or an expectation cannot be run.
    """
    if stem not in builder.contracts:
        raise ProjectInvalid(f"Table {stem} has no contract: {builder.project.contract_file(stem)} is missing.")
    ref = builder.ref(stem)
    return audit(builder, builder.contracts[stem], ref, Rows(builder.store.sound_path(ref), builder.threads))


def audit(builder: Builder, contract: Contract, ref: TableRef, table: Rows | pa.Table) -> TableAudit:
    """Run every check of a contract on a table, or recall what came of them when nothing has changed.

    Args:
        builder: Builds codelists and referenced tables; its store remembers the answer.
        contract: What the table must keep.
        ref: Which table it is.
        table: Its rows.

    Raises:
        ProjectInvalid: An expectation cannot be run.
    """
    rows = Rows.of(table)
    suite = suite_json(builder, contract, rows)
    key = digest_of({"table": ref.sha256, "suite": suite, "gx": engine.version(), "code": _code()})
    noted = builder.store.recall("audits", key)
    if noted is None:
        fresh = examine(contract, suite, rows, ref)
        noted = {"results": [_note(r) for r in fresh.results], "validation": fresh.validation}
        builder.store.note("audits", key, noted)
    results = tuple(_recall(c, n) for c, n in zip(checks(contract), noted["results"], strict=True))
    return TableAudit(contract.table, ref.sha256, ref.rows, results, noted["validation"])


def examine(contract: Contract, suite: dict[str, Any], table: Rows | pa.Table, ref: TableRef) -> TableAudit:
    """Run a suite on a table, whatever was noted before.

    Args:
        contract: The table's contract.
        suite: Its suite, see `expectations.suite_json`.
        table: The rows.
        ref: Which table this is.

    Raises:
        ProjectInvalid: Great Expectations cannot run an expectation as it is written.
    """
    rows = Rows.of(table)
    able = {c.name for c in checks(contract) if _can_run(c, rows)}
    wanted = [e for e in suite["expectations"] if e["meta"]["check"] in able]
    validation = engine.validate(rows, {**suite, "expectations": wanted})
    parts: dict[str, list[dict[str, Any]]] = {}
    for part in validation["results"]:
        name = part["expectation_config"]["meta"]["check"]
        if problem := engine.problem(part):
            raise ProjectInvalid(
                f"expectations/tables/{contract.table}.yml: {part['expectation_config']['type']} "
                f"(check {name}) cannot be run on this table: {problem}."
            )
        parts.setdefault(name, []).append(part)
    results = tuple(
        fold(c, parts[c.name], rows, contract) if c.name in parts else unchecked(c, rows) for c in checks(contract)
    )
    return TableAudit(contract.table, ref.sha256, ref.rows, results, _lasting(validation))


def refuse(audit: TableAudit) -> None:
    """Stop if a blocking check of a table failed.

    Args:
        audit: The table's audit.

    Raises:
        ContractBroken: Names table, column, row, value and reason of the first failures.
    """
    failed = audit.blocking
    if not failed:
        return
    key = next((r.check.columns for r in audit.results if r.check.name == "key_unique"), ())
    said = [complaint(r, audit.table, audit.rows, key) for r in failed[:_COMPLAINTS]]
    if len(failed) > _COMPLAINTS:
        said.append(f"{len(failed) - _COMPLAINTS} more checks of this table failed.")
    raise ContractBroken(
        "\n".join(
            [
                *said,
                "The former release stays in place. Mend the source or the SQL that the rows come from "
                f"(`tradefin where {audit.table}` names the files), or, if the rows are right, its contract "
                f"expectations/tables/{audit.table}.yml.",
            ]
        )
    )


def _can_run(check: Check, rows: Rows) -> bool:
    """Whether the table has what a check looks at; the two checks of its shape always can."""
    if check.name in ("columns", "row_count"):
        return True
    return rows.number > 0 and {*check.columns, *([check.per] if check.per else [])} <= set(rows.types)


def _lasting(validation: dict[str, Any]) -> dict[str, Any]:
    """The validation result without its time, and without lists of failing rows, which can be as long as the table."""
    long = ("unexpected_index_list", "unexpected_list", "unexpected_index_query", "partial_unexpected_index_list")
    slim = [{**r, "result": {k: v for k, v in r["result"].items() if k not in long}} for r in validation["results"]]
    meta = {k: v for k, v in validation["meta"].items() if k != "batch_markers"}
    return {**validation, "results": slim, "meta": meta}


def _note(result: CheckResult) -> dict[str, Any]:
    """A result for the store, whose notes are sorted by name: examples as pairs, so that key columns stay first."""
    kept = {k: v for k, v in asdict(result).items() if k != "check"}
    return {**kept, "examples": [list(e.items()) for e in result.examples]}


def _recall(check: Check, noted: dict[str, Any]) -> CheckResult:
    return CheckResult(
        check,
        noted["success"],
        noted["expected"],
        noted["observed"],
        noted["unexpected"],
        tuple(dict(e) for e in noted["examples"]),
    )


@cache
def _code() -> str:
    """Hash of this package's code, so that a change of its words or rules is not answered from memory."""
    return digest_of([digest(f.read_bytes()) for f in sorted(Path(__file__).parent.glob("*.py"))])
