"""The real project's graph in Dagster: loads, is complete, and says what the SQL says."""

import subprocess
import sys
from collections import defaultdict

import dagster as dg
import pytest

from tradefin.audit.suite import checks
from tradefin.definitions import build_defs, defs
from tradefin.orchestration.resources import Workshop
from tradefin.tables.builder import Builder


@pytest.fixture(scope="module")
def loaded(builder: Builder) -> dg.Definitions:
    return build_defs(Workshop.of(builder.project, builder.store.home))


@pytest.fixture(scope="module")
def specs(loaded: dg.Definitions) -> dict[dg.AssetKey, dg.AssetSpec]:
    return {spec.key: spec for spec in loaded.resolve_all_asset_specs()}


def test_what_dagster_loads_is_valid() -> None:
    dg.Definitions.validate_loadable(defs())


def test_every_table_is_an_asset_of_its_layer(builder: Builder, specs: dict[dg.AssetKey, dg.AssetSpec]) -> None:
    groups: dict[str, set[str]] = defaultdict(set)
    for key, spec in specs.items():
        groups[str(spec.group_name)].add(key.path[-1])
        assert key.path[0] == spec.group_name, "the first part of a key is its layer"
    by_layer: dict[str, set[str]] = defaultdict(set)
    for stem, contract in builder.contracts.items():
        by_layer[contract.layer].add(stem)
    assert groups == {
        "sources": {*builder.source_files, *builder.archive_tables},
        "snapshots": {f"{slug}_{flow}" for slug, one in builder.publishers.items() for flow in one.flows},
        **by_layer,
        "release": {"release"},
        "partitioned": {"bis_locational_banking", "bis_locational_banking_answers"},
    }
    assert by_layer["codelists"] == set(builder.codelist_files)
    assert list(by_layer) == ["codelists", "core", "marts", "claims"]


def test_jobs(builder: Builder, loaded: dg.Definitions, specs: dict[dg.AssetKey, dg.AssetSpec]) -> None:
    partitioned = {key for key, spec in specs.items() if spec.group_name == "partitioned"}
    snapshots = {key for key, spec in specs.items() if spec.group_name == "snapshots"}
    of_weo = {key for key in snapshots if specs[key].tags["publisher"] == "weo"}
    asked = {slug for slug, one in builder.publishers.items() if one.flows}
    released = set(specs) - partitioned
    runs = {
        "build_release": released - snapshots,
        "refresh": snapshots,
        "refresh_and_release": released,
        "refresh_weo_and_release": released - snapshots | of_weo,
        "publish_bis_locational_banking": partitioned,
    }
    assert {job.name for job in loaded.jobs or ()} == {*runs, *(f"refresh_{slug}_and_release" for slug in asked)}
    for name, keys in runs.items():
        job = loaded.resolve_job_def(name)
        assert job.asset_layer.executable_asset_keys == keys, name
        assert {check.asset_key for check in job.asset_layer.asset_graph.asset_check_keys} <= keys
        assert job.executor_def is dg.in_process_executor
    checked = loaded.resolve_job_def("build_release").asset_layer.asset_graph.asset_check_keys
    assert len(checked) == sum(len(checks(contract)) for contract in builder.contracts.values())


def test_dependencies_are_those_of_the_sql(builder: Builder, specs: dict[dg.AssetKey, dg.AssetSpec]) -> None:
    found = {
        key.path[-1]: {dep.asset_key.path[-1] for dep in spec.deps if dep.asset_key.path[0] != "snapshots"}
        for key, spec in specs.items()
        if spec.group_name not in ("snapshots", "partitioned")
    }
    expected = {stem: set(needs) for stem, needs in builder.graph.items()}
    assert found == expected | {"release": set(builder.graph)}


def test_every_expectation_is_a_check(builder: Builder, loaded: dg.Definitions) -> None:
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    for definition in loaded.asset_checks or ():
        assert isinstance(definition, dg.AssetChecksDefinition)
        for spec in definition.check_specs:
            found[spec.asset_key.path[-1]][spec.name] = spec.blocking
    assert found == {
        stem: {check.name: check.severity == "critical" for check in checks(contract)}
        for stem, contract in builder.contracts.items()
    }


def test_loading_the_graph_does_not_load_great_expectations() -> None:
    code = (
        "import sys; from tradefin.definitions import defs; defs(); "
        "print({'great_expectations', 'pandas', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "set()\n", "")
