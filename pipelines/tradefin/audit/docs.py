"""What the release shows of its checks: our own page, Great Expectations' Data Docs, the suites as JSON.

All three are the same for the same tables and contracts: they bear no time. What belongs here: these files. What does
not: running checks.
"""

import json
from pathlib import Path
from typing import Any

import jinja2

from tradefin.audit import engine
from tradefin.audit.expectations import READ_WITH, suite_json
from tradefin.audit.results import CheckResult
from tradefin.audit.rows import Rows
from tradefin.audit.run import TableAudit
from tradefin.tables.builder import Builder
from tradefin.tables.contract import Contract
from tradefin.tables.store import TableRef

_RECIPE = f"""\
import json, pandas, great_expectations as gx
file = "tables/imf_quotas.parquet"
suite = json.load(open("suites/imf_quotas.json", encoding="utf-8"))
frame = {READ_WITH}
data = gx.get_context(mode="ephemeral").data_sources.add_pandas("release").add_dataframe_asset("table")
batch = data.add_batch_definition_whole_dataframe("all").get_batch({{"dataframe": frame}})
print(batch.validate(gx.ExpectationSuite(**suite)).success)"""


def write_docs(builder: Builder, audits: list[TableAudit], folder: Path) -> None:
    """Write `checks.html`, `data_docs/` and `suites/` into a folder.

    Args:
        builder: Gives contracts, codelists and the audited tables.
        audits: What came of each table's checks.
        folder: An existing folder, for instance that of a release.
    """
    suites = {a.table: _suite(builder, a) for a in audits}
    (folder / "suites").mkdir(exist_ok=True)
    for stem, suite in suites.items():
        text = json.dumps(suite, indent=1, ensure_ascii=False) + "\n"
        (folder / "suites" / f"{stem}.json").write_text(text, encoding="utf-8")
    (folder / "checks.html").write_text(checks_page(builder, audits), encoding="utf-8")
    engine.build_data_docs([(suites[a.table], a.validation) for a in audits], folder / "data_docs")


def _suite(builder: Builder, audit: TableAudit) -> dict[str, Any]:
    file = builder.store.sound_path(TableRef(audit.table, audit.sha256, audit.rows))
    return suite_json(builder, builder.contracts[audit.table], Rows(file, builder.threads))


def checks_page(builder: Builder, audits: list[TableAudit]) -> str:
    """One HTML page that shows every check of every table and asks nothing of a network.

    Args:
        builder: Gives the contracts.
        audits: What came of each table's checks.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    tables = [_table(a, builder.contracts[a.table]) for a in audits]
    broken = [(t, c) for t in tables for c in t["checks"] if c["state"] != "holds"]
    return environment.get_template("checks.html.j2").render(
        tables=tables,
        broken=sorted(broken, key=lambda pair: pair[1]["state"] != "failed"),
        total=sum(len(a.results) for a in audits),
        warnings=sum(len(a.warnings) for a in audits),
        failures=sum(len(a.blocking) for a in audits),
        recipe=_RECIPE,
    )


def _table(audit: TableAudit, contract: Contract) -> dict[str, Any]:
    state = "failed" if audit.blocking else "warning" if audit.warnings else "holds"
    return {
        "name": audit.table,
        "layer": contract.layer,
        "rows": audit.rows,
        "state": state,
        "text": contract.text,
        "one_row_is": contract.one_row_is,
        "version": contract.version,
        "data_docs": engine.DATA_DOCS_PAGE.format(table=audit.table),
        "checks": [_check(r) for r in audit.results],
    }


def _check(result: CheckResult) -> dict[str, Any]:
    bad = "failed" if result.check.severity == "critical" else "warning"
    return {
        "name": result.check.name,
        "state": "holds" if result.success else bad,
        "expected": result.expected,
        "observed": result.observed,
        "why": result.check.why,
        "unexpected": result.unexpected,
        "examples": result.examples,
    }
