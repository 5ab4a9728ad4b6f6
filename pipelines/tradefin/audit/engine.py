"""The only module that imports Great Expectations, and only inside its functions: the import alone takes 3 to 4 s.

DuckDB counts (see `counting`), Great Expectations judges and writes the results: its own engines take ten times as long
and hold the table in memory. What cannot be put in SQL it runs on a pandas frame, so that any of its expectations may
stand in a contract. What belongs here: running suites and building Data Docs. What does not: what the results mean.
"""

import contextlib
import functools
import importlib.metadata
import logging
import os
import re
import tempfile
import warnings
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from tradefin.audit.counting import Broken, Figure, count
from tradefin.audit.rows import Rows
from tradefin.errors import ProjectInvalid

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.expectations.expectation import Expectation

_BATCH = "release-tables"  # so Great Expectations calls what it checks: source and asset of `_batches`
_COMPLETE = {"result_format": "COMPLETE"}
# Data Docs want a time of the run, put the time of writing into an address and random ids into the pages.
_NO_TIME = "1970-01-01T00:00:00+00:00"
DATA_DOCS_PAGE = "validations/{table}/audit/19700101T000000.000000Z/table.html"
_STAMP = re.compile(r"\?d=\d{8}T\d+\.\d+Z")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def version() -> str:
    """Version of Great Expectations, without importing it."""
    return importlib.metadata.version("great-expectations")


def frame_of(table: pa.Table, suite: dict[str, Any]) -> "pd.DataFrame":
    """A table as `expectations.READ_WITH` reads its Parquet file.

    Args:
        table: The table.
        suite: Its suite, see `expectations.suite_json`.

    Returns:
        Frame with Decimal objects for decimals that are not added up, and `datetime.date` for dates.
    """
    frame: pd.DataFrame = table.to_pandas()
    as_float = [c for c in suite["meta"]["read_as_float"] if c in table.column_names]
    return frame.astype(dict.fromkeys(as_float, float))


def validate(rows: Rows, suite: dict[str, Any]) -> dict[str, Any]:
    """Run a suite on a table, in a context that leaves nothing behind.

    Args:
        rows: The table.
        suite: What `expectations.suite_json` returns.

    Returns:
        Great Expectations' validation result as a JSON object; of the rows that break an expectation it names the first
        `counting.SHOWN`.

    Raises:
        ProjectInvalid: DuckDB cannot count what an expectation asks for.
    """
    try:
        counted = count(rows, suite["expectations"])
    except duckdb.Error as error:
        raise ProjectInvalid(f"The expectations of {suite['name']} cannot be counted: {error}") from error
    with _quiet():
        import great_expectations as gx
        from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult
        from great_expectations.validator.validation_statistics import calc_validation_statistics

        expectations = gx.ExpectationSuite(**suite).expectations
        batch: Any = None if all(counted) else _batch(frame_of(rows.arrow(), suite))
        results = [
            _judged(one, found) if found else batch.validate(one, result_format=_COMPLETE)
            for one, found in zip(expectations, counted, strict=True)
        ]
        statistics = calc_validation_statistics(results)._asdict()
        result: dict[str, Any] = ExpectationSuiteValidationResult(
            results=results,
            success=statistics.pop("success"),
            suite_name=suite["name"],
            statistics=statistics,
            meta={"great_expectations_version": gx.__version__},
        ).to_json_dict()
    return result


def _judged(expectation: "Expectation", found: Figure | Broken) -> "ExpectationValidationResult":
    """What Great Expectations makes of our counts: each stands for the metric that it would have measured itself."""
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult

    configuration = expectation.configuration
    configuration.kwargs["batch_id"] = _BATCH
    judge = configuration.to_domain_obj()
    if isinstance(found, Figure):
        metrics = dict.fromkeys(judge.metric_dependencies, found.value)
    else:
        metrics = _metrics(found, judge.map_metric)
    result = judge._validate(metrics=metrics, runtime_configuration={"result_format": _COMPLETE})
    return ExpectationValidationResult(expectation_config=judge.configuration, **result)


def _metrics(found: Broken, about: str) -> dict[str, Any]:
    values = [_number(value) for value in found.values]
    return {
        "table.row_count": found.rows,
        "column_values.nonnull.unexpected_count": found.rows - found.considered,
        f"{about}.filtered_row_count": found.considered,
        f"{about}.unexpected_count": found.unexpected,
        f"{about}.unexpected_values": values,
        f"{about}.unexpected_index_list": found.places,
    }


def _number(value: Any) -> Any:  # noqa: ANN401 - a value, a pair, or a row by column
    """Decimals as the numbers of JSON: Great Expectations does the same, but looks at the whole stack for each."""
    if isinstance(value, tuple):
        return tuple(_number(v) for v in value)
    if isinstance(value, dict):
        return {k: _number(v) for k, v in value.items()}
    return float(value) if isinstance(value, Decimal) else value


def _batch(frame: "pd.DataFrame") -> Any:  # noqa: ANN401 - Great Expectations is not imported here
    return _batches().get_batch(batch_parameters={"dataframe": frame})


@functools.cache
def _batches() -> Any:  # noqa: ANN401 - Great Expectations is not imported here
    """Where every frame is put in: a context of its own for each would take as long as checking a small table."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("release").add_dataframe_asset("tables")
    return asset.add_batch_definition_whole_dataframe("table")


def problem(result: dict[str, Any]) -> str:
    """What kept an expectation from being run, or the empty text."""
    info = result.get("exception_info") or {}
    parts = [info] if "raised_exception" in info else list(info.values())
    return "; ".join(sorted({str(p["exception_message"]) for p in parts if p.get("raised_exception")}))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No analytics, no warnings, no log lines from the import to the last result."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def build_data_docs(validations: list[tuple[dict[str, Any], dict[str, Any]]], folder: Path) -> None:
    """Write Great Expectations' own Data Docs, without a network; the same results give the same bytes.

    Args:
        validations: Suite and validation result of each table.
        folder: Where the site goes; `index.html` is its first page.
    """
    with _quiet(), tempfile.TemporaryDirectory() as site:
        import great_expectations as gx
        from great_expectations.core.expectation_validation_result import expectationSuiteValidationResultSchema
        from great_expectations.core.run_identifier import RunIdentifier
        from great_expectations.data_context.types.resource_identifiers import (
            ExpectationSuiteIdentifier,
            ValidationResultIdentifier,
        )

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        backend = {"class_name": "TupleFilesystemStoreBackend", "base_directory": site}
        context.variables.data_docs_sites = {
            "release": {"class_name": "SiteBuilder", "show_how_to_buttons": False, "store_backend": backend}
        }
        run = RunIdentifier(run_name="audit", run_time=_NO_TIME)
        for suite, validation in validations:
            context.suites.add(gx.ExpectationSuite(**suite))
            result = expectationSuiteValidationResultSchema.load(validation)
            result.meta = {**result.meta, "run_id": run, "batch_kwargs": {"data_asset_name": suite["name"]}}
            name = ExpectationSuiteIdentifier(name=suite["name"])
            key = ValidationResultIdentifier(expectation_suite_identifier=name, run_id=run, batch_identifier="table")
            context.validation_results_store.set(key, result)
        context.build_data_docs()
        _copy_site(Path(site), folder)


def _copy_site(site: Path, folder: Path) -> None:
    """Copy the pages without what differs from run to run and without 4 MB of pictures that no page shows."""
    for page in sorted(site.rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        text = _STAMP.sub("", text).replace(_NO_TIME.replace("+00:00", "Z"), "not recorded")
        for number, uuid in enumerate(dict.fromkeys(_UUID.findall(text)), start=1):
            text = text.replace(uuid, f"id-{number}")
        target = folder / page.relative_to(site)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    icon = "static/images/favicon.ico"
    (folder / icon).parent.mkdir(parents=True, exist_ok=True)
    (folder / icon).write_bytes((site / icon).read_bytes())
