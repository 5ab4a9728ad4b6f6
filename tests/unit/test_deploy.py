"""What several workers take, as far as it can be told without servers: settings and the files of `deploy/`."""

import re
import shutil
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._config import process_config, resolve_to_config_type
from dagster._core.instance.config import dagster_instance_config
from ruamel.yaml import YAML

from tests.conftest import ROOT
from tradefin.definitions import build_defs
from tradefin.errors import ProjectInvalid
from tradefin.orchestration import executors
from tradefin.orchestration.resources import Workshop
from tradefin.project import Project
from tradefin.sources import pace

DEPLOY = ROOT / "deploy"
REDIS = "redis://127.0.0.1:6379/0"


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(DEPLOY / name)
    return found


def test_steps_are_done_in_the_process_of_their_run_unless_somebody_says_so() -> None:
    assert executors.executor({}) is dg.in_process_executor
    celery = executors.executor({executors.EXECUTOR: "celery", executors.BROKER: REDIS})
    assert celery.name == "celery"
    assert executors.executor({executors.EXECUTOR: "k8s"}).name == "k8s"


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({executors.EXECUTOR: "dask"}, "'dask'; there are in_process, celery, k8s"),
        ({executors.EXECUTOR: "celery"}, "set TRADEFIN_BROKER"),
        (
            {executors.EXECUTOR: "celery", executors.BROKER: REDIS, executors.REDELIVER: "soon"},
            "'soon', which is no number of seconds",
        ),
    ],
)
def test_a_setting_that_is_of_no_use_is_told(environment: dict[str, str], says: str) -> None:
    with pytest.raises(ProjectInvalid, match=says):
        executors.executor(environment)


def test_a_step_counts_as_done_when_it_is_done() -> None:
    settings = executors.celery_settings({executors.BROKER: REDIS})["config_source"]
    assert settings["task_acks_late"] and settings["task_reject_on_worker_lost"]
    longest = 1800  # the first round of WTO disputes, which docs/operations.md times
    assert settings["broker_transport_options"]["visibility_timeout"] > longest


def test_the_same_definitions_with_another_executor(project: Project, tmp_path: Path, monkeypatch: Any) -> None:  # noqa: ANN401
    here = build_defs(Workshop.of(project, tmp_path)).resolve_job_def("build_release")
    monkeypatch.setenv(executors.EXECUTOR, "celery")
    monkeypatch.setenv(executors.BROKER, REDIS)
    there = build_defs(Workshop.of(project, tmp_path)).resolve_job_def("build_release")
    assert (here.executor_def.name, there.executor_def.name) == ("in_process", "celery")
    assert here.asset_layer.executable_asset_keys == there.asset_layer.executable_asset_keys
    assert {node.name for node in here.nodes} == {node.name for node in there.nodes}


def test_whoever_asks_a_publisher_is_in_its_pool(project: Project, tmp_path: Path) -> None:
    definitions = build_defs(Workshop.of(project, tmp_path))
    pools = {
        key.to_user_string(): asset.op.pool
        for asset in definitions.assets or ()
        if isinstance(asset, dg.AssetsDefinition)
        for key in asset.keys
    }
    asked = {key: pool for key, pool in pools.items() if pool}
    assert set(asked.values()) == {"bis", "imf", "rta", "weo", "world_bank", "wto"}
    assert all(f"/{pool}_" in key for key, pool in asked.items())
    assert {key for key in pools if key.startswith("snapshots/") or key.endswith("_answers")} == set(asked)


def test_pace_is_of_one_process_unless_a_redis_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pace.shared.cache_clear()
    assert type(pace.shared()) is pace.Pace and pace.shared() is pace.shared()
    for address, says in (("nowhere", "no address of a Redis"), ("redis://127.0.0.1:6379/1", "")):
        pace.shared.cache_clear()
        monkeypatch.setenv(pace.PACE, address)
        if says:
            with pytest.raises(ProjectInvalid, match=says):
                pace.shared()
        else:
            assert type(pace.shared()) is pace.PaceOfAll
    pace.shared.cache_clear()


@pytest.mark.parametrize("name", ["dagster.celery.yaml", "dagster.k8s.yaml"])
def test_dagster_takes_its_settings(name: str, tmp_path: Path) -> None:
    shutil.copy(DEPLOY / name, tmp_path / "dagster.yaml")
    settings, _ = dagster_instance_config(str(tmp_path))  # raises where a key or a value is wrong
    concurrency = settings["concurrency"]
    assert (concurrency["pools"]["granularity"], concurrency["pools"]["default_limit"]) == ("op", 1)
    # else a run waits in the queue while another one is between its question and its end
    assert concurrency["pools"]["op_granularity_run_buffer"] >= concurrency["runs"]["max_concurrent_runs"]
    assert settings["run_monitoring"]["enabled"] and settings["run_retries"]["enabled"]


def test_kubernetes_takes_the_launcher_of_both_files() -> None:
    from dagster_k8s import K8sRunLauncher
    from dagster_k8s.job import UserDefinedDagsterK8sConfig

    plain = read("dagster.k8s.yaml")["run_launcher"]["config"]
    chart = read("helm.values.yaml")["runLauncher"]["config"]["k8sRunLauncher"]["runK8sConfig"]
    snake = {re.sub(r"(?<=[a-z])[A-Z]", lambda m: f"_{m[0].lower()}", key): value for key, value in chart.items()}
    for config in (plain, {**plain, "run_k8s_config": snake}):
        schema = resolve_to_config_type(K8sRunLauncher.config_type())  # type: ignore[no-untyped-call]
        found = process_config(schema, config)
        assert found.success and found.value is not None, found.errors
        # checks against Kubernetes' own models
        UserDefinedDagsterK8sConfig.from_dict(found.value["run_k8s_config"])  # type: ignore[no-untyped-call]
    assert snake["container_config"] == plain["run_k8s_config"]["container_config"]


def test_compose_and_helm_start_what_there_is() -> None:
    services = read("compose.yaml")["services"]
    ours = {name: one for name, one in services.items() if one.get("image") == "tradefin-scale"}
    assert set(ours) == {"code", "daemon", "webserver", "worker"}
    programs = {one["command"][0] for one in ours.values()}
    assert programs == {"dagster", "dagster-daemon", "dagster-webserver", "celery"}
    worker = ours["worker"]["command"]
    assert worker[worker.index("-A") + 1] == "tradefin.orchestration.workers"
    for one in ours.values():
        assert set(one["depends_on"]) <= set(services)
        for mounted in one["volumes"]:
            place = mounted.split(":")[0]
            assert place in read("compose.yaml")["volumes"] or (DEPLOY / place).exists()
    (served,) = read("workspace.yaml")["load_from"]
    assert served["grpc_server"]["host"] in services
    assert str(served["grpc_server"]["port"]) in services["code"]["command"]
    (deployed,) = read("helm.values.yaml")["dagster-user-deployments"]["deployments"]
    assert "tradefin.definitions" in deployed["dagsterApiGrpcArgs"]
    assert (ROOT / "requirements" / "scale.lock").exists()
    assert "ARG LOCK" in (DEPLOY / "Containerfile").read_text(encoding="utf-8")
