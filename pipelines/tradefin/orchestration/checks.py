"""Asset checks: one per expectation of a contract, one step per table that does the work of all of them.

What belongs here: check definitions and how a result is shown. What does not: what is expected (`audit.suite`) and how
it is tested (`audit.run`), which is imported only when a check runs: importing Great Expectations takes seconds.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from tradefin.audit.suite import Check, checks
from tradefin.orchestration.metadata import asset_key, markdown_table
from tradefin.orchestration.resources import Workshop
from tradefin.orchestration.retries import tried_again
from tradefin.tables.builder import Builder

if TYPE_CHECKING:
    from tradefin.audit.run import CheckResult

CHECKS = "checks"


def table_checks(builder: Builder, stem: str) -> dg.AssetChecksDefinition:
    """The checks of one table, from its contract."""
    key = asset_key(builder, stem)

    @dg.multi_asset_check(
        name=f"{CHECKS}__{stem}",
        specs=[check_spec(key, check) for check in checks(builder.contracts[stem])],
        can_subset=True,
    )
    def audit(context: dg.AssetCheckExecutionContext, workshop: Workshop) -> Iterator[dg.AssetCheckResult]:
        from tradefin.audit.run import audit_table

        wanted = {selected.name for selected in context.selected_asset_check_keys}
        with tried_again(context.op_execution_context):
            found = audit_table(workshop.builder, stem).results
        for result in found:
            if result.check.name in wanted:
                yield check_result(key, result)

    return audit


def check_spec(key: dg.AssetKey, check: Check) -> dg.AssetCheckSpec:
    """One check of a contract, before it is run."""
    about = {"expectation": check.type, "severity": check.severity, "columns": ", ".join(check.columns)}
    return dg.AssetCheckSpec(
        check.name,
        asset=key,
        description=check.why,
        blocking=check.severity == "critical",
        metadata={name: text for name, text in about.items() if text}
        | {"arguments": dg.MetadataValue.json(check.kwargs)},
    )


def check_result(key: dg.AssetKey, result: "CheckResult") -> dg.AssetCheckResult:
    """What came of one check: expected, observed, examples."""
    critical = result.check.severity == "critical"
    metadata: dict[str, dg.MetadataValue] = {
        "expected": dg.MetadataValue.text(result.expected),
        "observed": dg.MetadataValue.text(result.observed),
        "unexpected": dg.MetadataValue.int(result.unexpected),
        "why": dg.MetadataValue.text(result.check.why),
    }
    if result.examples:
        metadata["examples"] = dg.MetadataValue.md(markdown_table(result.examples))
    return dg.AssetCheckResult(
        passed=result.success,
        check_name=result.check.name,
        asset_key=key,
        severity=dg.AssetCheckSeverity.ERROR if critical else dg.AssetCheckSeverity.WARN,
        description=None if result.success else f"expected {result.expected}; found {result.observed}",
        metadata=metadata,
    )
