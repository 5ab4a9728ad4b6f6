"""A run of a tiny project through Dagster: what it makes, what stops it, what it says."""

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from tests.publishing import light, publish_light
from tests.tiny import make_tiny, reopened, rewrite
from tradefin.audit.run import audit_table, refuse
from tradefin.definitions import build_defs
from tradefin.errors import ContractBroken, Overtaken, ProjectInvalid, SourceChanged, TradefinError
from tradefin.orchestration.resources import Workshop
from tradefin.orchestration.run import Progress, RunOutcome, run
from tradefin.releases.release import Release
from tradefin.tables.builder import Builder


@pytest.fixture
def tiny(tmp_path: Path) -> Builder:
    return make_tiny(tmp_path)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Builder, RunOutcome, list[Progress]]:
    """A tiny project with a release, and how it came about; not to be changed."""
    builder = make_tiny(tmp_path_factory.mktemp("published"))
    seen: list[Progress] = []
    outcome = run(builder.project, builder.store.home, seen.append)
    return reopened(builder), outcome, seen


def build(builder: Builder) -> RunOutcome:
    return run(builder.project, builder.store.home)


def execute(builder: Builder) -> dg.ExecuteInProcessResult:
    job = build_defs(Workshop.of(builder.project, builder.store.home)).resolve_job_def("build_release")
    return job.execute_in_process(
        {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        instance=dg.DagsterInstance.ephemeral(),
        raise_on_error=False,
    )


def materialised(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetMaterialization]:
    found = [event.materialization for event in result.get_asset_materialization_events()]
    return {m.asset_key.path[-1]: m for m in found}


def test_a_run_ends_with_a_release(published: tuple[Builder, RunOutcome, list[Progress]]) -> None:
    builder, outcome, _ = published
    release = Release.open(builder.store.home)
    assert (release.id, release.folder) == (outcome.release, outcome.path)
    assert (outcome.tables, outcome.rows) == (len(builder.contracts), release.rows)
    assert outcome.warnings == ()


def test_progress_names_every_step_once(published: tuple[Builder, RunOutcome, list[Progress]]) -> None:
    builder, _, seen = published
    steps = {("checks", stem) for stem in builder.contracts} | {("release", "release")}
    steps |= {(layer, stem) for layer, stem in ((p.layer, p.stem) for p in seen) if stem in builder.graph}
    done = [p for p in seen if p.state == "done"]
    assert {(p.layer, p.stem) for p in done} == steps
    assert [p.finished for p in done] == list(range(1, len(steps) + 1))
    assert {p.total for p in seen} == {len(steps)}
    texts = {(p.layer, p.stem): p.text for p in done}
    assert texts["core", "rates"] == "4 rows"
    assert texts["checks", "rates"].endswith(" checks")


def test_a_second_run_makes_the_same(tiny: Builder) -> None:
    first, second = execute(tiny), execute(tiny)
    assert first.success
    assert second.success
    versions = [{stem: (m.tags or {})["dagster/data_version"] for stem, m in materialised(r).items()}
                for r in (first, second)]  # fmt: skip
    assert versions[0] == versions[1]
    fresh = reopened(tiny)
    assert versions[0] == {stem: fresh.ref(stem).sha256 for stem in fresh.graph} | {
        "release": Release.open(fresh.store.home).id
    }


def test_a_second_run_needs_no_great_expectations(
    published: tuple[Builder, RunOutcome, list[Progress]], tmp_path: Path
) -> None:
    builder, outcome, _ = published
    home = tmp_path / "copy"
    shutil.copytree(builder.store.home, home)
    code = (
        "import sys; from tradefin.orchestration.run import run; found = run().release; "
        "print(found, 'great_expectations' in sys.modules)"
    )
    assert _python(code, builder, home) == (0, f"{outcome.release} False\n", "")


def test_a_blocking_check_stops_what_comes_after(tiny: Builder) -> None:
    before = build(tiny)
    rewrite(tiny, "bundled/bank/rates.csv", "NAM,2001,4,", "NAM,2001,-4,")
    result = execute(tiny)
    assert {"rates"} <= set(materialised(result))
    assert not {"rate_ranks", "claim_measurements", "claim_verdicts", "release"} & set(materialised(result))
    failed = [e for e in result.get_asset_check_evaluations() if not e.passed]
    assert [(e.asset_key.path[-1], e.check_name, e.severity.value) for e in failed] == [
        ("rates", "rate_pct_between", "ERROR")
    ]

    with pytest.raises(ContractBroken) as direct:
        refuse(audit_table(reopened(tiny), "rates"))
    with pytest.raises(ContractBroken) as told:
        build(tiny)
    assert str(told.value) == str(direct.value)
    assert all(part in str(told.value) for part in ("rates", "rate_pct", "NAM", "2001", "-4"))
    assert Release.open(tiny.store.home).id == before.release


def test_a_warning_stops_nothing(tiny: Builder) -> None:
    rewrite(tiny, "expectations/tables/rate_ranks.yml", "max_value: 2", "max_value: 1")
    outcome = build(tiny)
    (warning,) = outcome.warnings
    assert (warning.table, warning.check, warning.blocking) == ("rate_ranks", "rank_max_between", False)
    assert warning.message
    (failed,) = [e for e in execute(tiny).get_asset_check_evaluations() if not e.passed]
    assert failed.severity == dg.AssetCheckSeverity.WARN


def test_a_failed_check_shows_the_diagnosis(tiny: Builder) -> None:
    rewrite(tiny, "bundled/bank/rates.csv", "NAM,2001,4,", "NAM,2001,-4,")
    (failed,) = [e for e in execute(tiny).get_asset_check_evaluations() if not e.passed]
    shown = {name: value.value for name, value in failed.metadata.items()}
    assert shown["unexpected"] == 1
    assert "0" in str(shown["expected"])
    assert "-4" in str(shown["examples"])
    assert "NAM" in str(shown["examples"])
    assert shown["why"] == "a share"


@pytest.mark.parametrize(
    ("file", "old", "new", "kind"),
    [
        ("bundled/bank/rates.csv", "iso3,year,rate,", "iso3,year,level,", SourceChanged),
        ("bundled/bank/rates.csv", "10.5", "n/a", ContractBroken),
        ("sql/marts/rate_ranks.sql", "from newest", "from newest where nonsense = 1", ProjectInvalid),
    ],
)
def test_the_error_of_a_step_is_raised_as_it_was(
    tiny: Builder, file: str, old: str, new: str, kind: type[TradefinError]
) -> None:
    rewrite(tiny, file, old, new)
    with pytest.raises(kind) as direct:
        reopened(tiny).ref("rate_ranks")
    with pytest.raises(kind) as told:
        build(tiny)
    assert str(told.value) == str(direct.value)


def test_other_failed_steps_are_named(tiny: Builder) -> None:
    rewrite(tiny, "bundled/bank/rates.csv", "iso3,year,rate,", "iso3,year,level,")
    rewrite(tiny, "bundled/bank/citations.csv", "source_id,", "id,")
    with pytest.raises(SourceChanged, match=r"citations\.csv.*Failed as well: source_bank_rates\."):
        build(tiny)


def test_an_error_that_nobody_meant_keeps_its_trace(tiny: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("nobody meant this")

    monkeypatch.setattr(importlib.import_module("tradefin.releases.publish"), "publish", broken)
    with pytest.raises(RuntimeError, match=r"(?s)release failed.*ZeroDivisionError: nobody meant this.*in broken"):
        build(tiny)


@pytest.mark.parametrize("layer", ["core", "checks"])
def test_an_interrupt_ends_the_run(tiny: Builder, layer: str) -> None:
    def press(step: Progress) -> None:
        if (step.state, step.layer, step.stem) == ("started", layer, "rates"):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(tiny.project, tiny.store.home, press)
    assert not (tiny.store.home / "current.json").exists()


def test_a_run_is_silent(tiny: Builder, tmp_path: Path) -> None:
    path = tiny.project.root / "bundled/bank/rates.csv"
    code = f"""
from pathlib import Path
from tradefin.errors import ContractBroken
from tradefin.orchestration.run import run
run()
path = Path({str(path)!r})
path.write_text(path.read_text().replace("NAM,2001,4,", "NAM,2001,-4,"))
try:
    run()
except ContractBroken:
    print("as expected")
"""
    assert _python(code, tiny, tmp_path / "silent") == (0, "as expected\n", "")


def _python(code: str, builder: Builder, home: Path) -> tuple[int, str, str]:
    environment = os.environ | {"TRADEFIN_PROJECT": str(builder.project.root), "TRADEFIN_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_run_that_another_one_has_overtaken_says_so(tiny: Builder, tmp_path: Path) -> None:
    """Though the other one began later, and ended before this one published."""
    other = Builder(make_tiny(tmp_path / "other").project, tiny.store)
    rewrite(other, "bundled/bank/rates.csv", "NAM,2001,4,", "NAM,2001,5,")
    first: list[str] = []

    def meanwhile(step: Progress) -> None:
        if not first:
            first.append(publish_light(other).id)

    with light(), pytest.raises(Overtaken, match="listed by `tradefin releases`") as caught:
        run(tiny.project, tiny.store.home, meanwhile)
    assert first[0] in str(caught.value)
    assert Release.open(tiny.store.home).id == first[0]


def test_the_release_alone_is_refused_as_well(tiny: Builder) -> None:
    rewrite(tiny, "bundled/bank/rates.csv", "NAM,2001,4,", "NAM,2001,-4,")
    definitions = build_defs(Workshop.of(tiny.project, tiny.store.home))
    with pytest.raises(ContractBroken, match="rate_pct"):
        definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}, asset_selection=[dg.AssetKey("release")]
        )
    assert not (tiny.store.home / "current.json").exists()


def test_one_check_can_be_run_alone(tiny: Builder) -> None:
    definitions = build_defs(Workshop.of(tiny.project, tiny.store.home))
    wanted = dg.AssetCheckKey(dg.AssetKey(["core", "rates"]), "key_unique")
    job = dg.define_asset_job("one", dg.AssetSelection.checks(wanted))
    alone = dg.Definitions.merge(definitions, dg.Definitions(jobs=[job])).resolve_job_def("one")
    result = alone.execute_in_process({"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}})
    assert [(e.check_name, e.passed) for e in result.get_asset_check_evaluations()] == [("key_unique", True)]


def test_a_table_shows_what_its_contract_says(tiny: Builder) -> None:
    shown = materialised(execute(tiny))["rates"].metadata
    ref = reopened(tiny).ref("rates")
    assert shown["dagster/row_count"].value == 4
    assert shown["dagster/table_name"].value == "core.rates"
    assert shown["sha256"].value == ref.sha256
    assert (tiny.store.home / str(shown["path"].value)) == tiny.store.table_path(ref)
    assert "Source: The Bank" in str(shown["sources"].value)
    assert "| JPN | 2000 | 10.5000 |" in str(shown["preview"].value)
    schema = shown["dagster/column_schema"].value
    assert isinstance(schema, dg.TableSchema)
    columns = {c.name: c for c in schema.columns}
    assert columns["rate_pct"].description == "in percent"
    assert columns["rate_pct"].type == "decimal(9,4)"
    assert not columns["rate_pct"].constraints.nullable
    assert columns["iso3"].constraints.other == ["codelist countries"]
    lineage = shown["dagster/column_lineage"].value
    assert isinstance(lineage, dg.TableColumnLineage)
    assert lineage.deps_by_column["rate_pct"] == [
        dg.TableColumnDep(dg.AssetKey(["sources", "source_bank_rates"]), "rate")
    ]
    assert lineage.deps_by_column["known_on"] == [dg.TableColumnDep(dg.AssetKey(["core", "vintages"]), "known_on")]


def test_measurements_come_from_every_claims_query(tiny: Builder) -> None:
    lineage = materialised(execute(tiny))["claim_measurements"].metadata["dagster/column_lineage"].value
    assert isinstance(lineage, dg.TableColumnLineage)
    assert lineage.deps_by_column["value"] == [dg.TableColumnDep(dg.AssetKey(["marts", "rate_ranks"]), "rate_pct")]


def test_a_table_without_contract_is_named(tiny: Builder) -> None:
    (tiny.project.root / "sql/marts/loose.sql").write_text("select iso3 from rates")
    with pytest.raises(ProjectInvalid, match="Table loose has no contract"):
        build(tiny)


def test_a_contract_without_table_is_named(tiny: Builder) -> None:
    (tiny.project.root / "sql/marts/rate_ranks.sql").unlink()
    (tiny.project.root / "sql/claims/rate_is_high.sql").write_text(
        "select 'newest' as definition, 'rate_pct' as measure, '2000' as period, 1 as value, 'percent' as unit, "
        "10 as claimed_value, null as note from rates"
    )
    with pytest.raises(ProjectInvalid, match=r"rate_ranks\.yml describes a table that no query"):
        build(tiny)


def test_the_release_shows_the_verdicts(tiny: Builder) -> None:
    shown = materialised(execute(tiny))["release"].metadata
    assert shown["tables"].value == len(tiny.contracts)
    assert "| rate_is_high | 2001-12-06 | supported | It is 10.5 percent. |" in str(shown["verdicts"].value)
    path = tiny.store.home / str(shown["path"].value)
    assert json.loads((path / "manifest.json").read_bytes())["release"] == shown["release"].value
