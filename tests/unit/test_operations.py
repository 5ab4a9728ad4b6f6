"""Snapshots, schedules, freshness and sensors in Dagster, and the pages that tell how to run them."""

import re
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import dagster as dg
import pytest
from dagster._utils.schedules import cron_string_iterator

from tests.conftest import ROOT
from tests.live.expected import DOUBTS
from tests.sources.bank import CSV, FLOW, HOST, ZIP, ZIP_FLOW, zipped
from tests.sources.faults import page
from tests.sources.live_bank import Bank, make_bank, rates
from tests.sources.loopback import Loopback, Reply
from tests.sources.receivers import Hook, hook
from tests.tiny import make_tiny
from tradefin.cli import app
from tradefin.definitions import build_defs
from tradefin.errors import ProjectInvalid
from tradefin.orchestration import dev, schedules, sensors, snapshots
from tradefin.orchestration.resources import Workshop
from tradefin.orchestration.rounds import Round
from tradefin.project import Project
from tradefin.sources import connectors, live
from tradefin.sources.archive import Archive
from tradefin.sources.description import Publisher, read_publishers
from tradefin.sources.flow import Flow, Request
from tradefin.sources.standing import Standing
from tradefin.tables.builder import Builder

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
GOOD = rates("JP,2000,10.5", "JP,2001,11.25", "JP,2002,12")
STAND_IN = Flow("bank", "rates_zip", ZIP_FLOW.requests, ZIP_FLOW.parse, fallback_for="rates")
RATES, RATES_ZIP = snapshots.snapshot_key("bank", "rates"), snapshots.snapshot_key("bank", "rates_zip")


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    """The tiny project whose bank has a table as CSV, and as zip for when that fails."""
    with Loopback(HOST) as publisher:
        publisher.serve(CSV, GOOD)
        publisher.serve(ZIP, zipped({"rates.csv": GOOD}))
        monkeypatch.setenv("TRADEFIN_CONTACT", "tests@tradefin.example")
        monkeypatch.setattr(live, "Client", lambda one, contact: publisher.client(one))
        monkeypatch.setattr(snapshots, "RETRY_SECONDS", 0)
        yield make_bank(tmp_path, publisher, monkeypatch, FLOW, STAND_IN)


def defined(builder: Builder) -> dg.Definitions:
    return build_defs(Workshop.of(builder.project, builder.store.home))


def execute(bank: Bank, job: str) -> dg.ExecuteInProcessResult:
    return defined(bank.builder).resolve_job_def(job).execute_in_process(QUIET, raise_on_error=False)


def made(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetMaterialization]:
    return {
        e.materialization.asset_key.path[-1]: e.materialization
        for e in result.all_events
        if e.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION
    }


def verdicts(result: dg.ExecuteInProcessResult) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
    return {
        (e.asset_key.path[-1], e.check_name): e
        for e in result.get_asset_check_evaluations()
        if e.asset_key.path[0] == snapshots.SNAPSHOTS
    }


def years(bank: Bank) -> set[int]:
    return set(bank.live().table("rates")["year"].to_pylist())


def test_refresh_fetches_and_releases_nothing(bank: Bank) -> None:
    result = execute(bank, "refresh")
    assert result.success
    assert set(made(result)) == {"bank_rates"}, "the stand-in was not needed"
    shown = made(result)["bank_rates"].metadata
    assert shown["state"].value == "changed"
    assert shown["dagster/row_count"].value == 3
    assert all(check.passed for check in verdicts(result).values())
    assert len(verdicts(result)) == 4
    assert not (bank.builder.store.home / "current.json").exists()


def test_refresh_and_release_uses_what_came(bank: Bank) -> None:
    result = execute(bank, "refresh_and_release")
    assert result.success
    assert years(bank) == {2000, 2001, 2002}
    assert made(result)["rates"].metadata["dagster/row_count"].value == 7
    versions = [(m.tags or {})["dagster/data_version"] for m in (made(execute(bank, "refresh"))["bank_rates"],)]
    assert versions == [(made(result)["bank_rates"].tags or {})["dagster/data_version"]]
    assert execute(bank, "build_release").success
    assert len(bank.builder.table("rates")) == 4, "the job for bundled figures leaves live ones out"


def test_a_changed_source_is_red_and_stops_nothing(bank: Bank) -> None:
    assert execute(bank, "refresh_and_release").success
    renamed = GOOD.replace(b"OBS_VALUE", b"VALUE")
    bank.publisher.serve(CSV, renamed)
    bank.publisher.serve(ZIP, zipped({"rates.csv": renamed}))
    result = execute(bank, "refresh_and_release")
    assert result.success
    assert "release" in made(result)
    assert years(bank) == {2000, 2001, 2002}, "the last good figures stay"
    failed = verdicts(result)["bank_rates", snapshots.REACHABLE]
    assert not failed.passed
    assert not failed.blocking
    assert failed.severity == dg.AssetCheckSeverity.ERROR
    told = {name: str(value.value) for name, value in failed.metadata.items()}
    assert told["error"] == "SourceChanged"
    assert "column VALUE is new and OBS_VALUE is gone: renamed?" in told["difference"]
    assert told["last good"].endswith(" UTC")
    assert made(result)["bank_rates"].metadata["state"].value == "failed"
    assert len(bank.publisher.asked_for(CSV)) == 2, "an error that will not pass is not retried"


def test_the_stand_in_is_asked_when_it_is_needed(bank: Bank) -> None:
    bank.publisher.serve(CSV, Reply(b"gone", 404))
    result = execute(bank, "refresh_and_release")
    assert result.success
    assert years(bank) == {2000, 2001, 2002}
    checks = verdicts(result)
    assert not checks["bank_rates", snapshots.REACHABLE].passed
    assert checks["bank_rates_zip", snapshots.REACHABLE].passed
    assert made(result)["bank_rates_zip"].metadata["state"].value == "changed"


@pytest.mark.parametrize("times", [1, 100])
def test_only_what_may_pass_is_tried_again(bank: Bank, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    down = [live.Refreshed("bank", one, "failed", "Unavailable", "500") for one in ("rates", "rates_zip")]
    real, asked = live.refresh, 0

    def refresh(*given: object, **more: object) -> object:
        nonlocal asked
        asked += 1
        return tuple(down) if asked <= times else real(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(live, "refresh", refresh)
    result = execute(bank, "refresh")
    assert result.success
    assert asked == min(times + 1, 1 + snapshots.RETRIES)
    assert verdicts(result)["bank_rates", snapshots.REACHABLE].passed == (times == 1)


def beside(bank: Bank, monkeypatch: pytest.MonkeyPatch, *slugs: str) -> None:
    """Further publishers, each with a table of its own that serves nothing but itself."""
    sources = bank.builder.project.expectations / "sources"
    text = (sources / "bank.yml").read_text(encoding="utf-8")
    for slug in slugs:
        address = f"https://{HOST}/{slug}.csv"
        bank.publisher.serve(address, GOOD)
        flows = (replace(FLOW, publisher=slug, requests=asks(address)), replace(STAND_IN, publisher=slug))
        monkeypatch.setitem(sys.modules, f"the_{slug}", SimpleNamespace(FLOWS=flows))
        monkeypatch.setitem(connectors.MODULES, slug, (f"the_{slug}",))
        described = text.replace("publisher: bank", f"publisher: {slug}").replace("The Bank", slug)
        (sources / f"{slug}.yml").write_text(described, encoding="utf-8")
        shutil.copytree(bank.builder.project.bundled / "bank", bank.builder.project.bundled / slug)


def asks(address: str) -> Callable[[], tuple[Request, ...]]:
    return lambda: (Request(address, "text/csv"),)


def test_publishers_are_asked_at_once_though_steps_follow_each_other(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside(bank, monkeypatch, "coop", "savings", "trust", "union")
    together, real, most, asking = threading.Barrier(4, timeout=20), live.refresh, [0], set()
    lock = threading.Lock()

    def refresh(*given: Any, publishers: list[str], **more: Any) -> tuple[live.Refreshed, ...]:  # noqa: ANN401
        (slug,) = publishers
        with lock:
            asking.add(slug)
            most[0] = max(most[0], len(asking))
        try:
            if slug != "union":
                together.wait()  # passes only if four are asked at once
            if slug == "savings":
                raise ProjectInvalid("a SELECT of savings is wrong")
            return real(*given, publishers=publishers, **more)
        finally:
            with lock:
                asking.remove(slug)

    monkeypatch.setattr(live, "refresh", refresh)
    bank.publisher.serve(f"https://{HOST}/coop.csv", Reply(b"gone", 404))
    result = execute(bank, "refresh")
    failed = [event.step_key for event in result.get_step_failure_events()]
    assert failed == ["snapshots__savings"], "its own step is red, the others go on"
    checks = verdicts(result)
    assert {
        slug for slug in ("bank", "coop", "trust", "union") if not checks[f"{slug}_rates", snapshots.REACHABLE].passed
    } == {"coop"}, "red at its own asset"
    assert {"bank_rates", "coop_rates", "trust_rates", "union_rates"} <= set(made(result))
    assert most[0] <= live.AT_ONCE
    assert len(bank.publisher.asked_for(CSV)) == 1


def test_a_job_of_one_publisher_asks_no_other(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    beside(bank, monkeypatch, "coop")
    assert execute(bank, "refresh_bank_and_release").success
    assert {one.address for one in bank.publisher.asked} == {CSV}


def test_a_run_that_is_ended_asks_nobody_any_more(bank: Bank) -> None:
    asked, begun = [], threading.Event()

    def ask(slug: str, stopped: Callable[[], bool]) -> tuple[live.Refreshed, ...]:
        asked.append(slug)
        begun.set()
        while not stopped():
            time.sleep(0.01)
        return ()

    one = Round(["a", "b", "c", "d", "e", "f"], ask)
    assert begun.wait(10)
    one.end()
    assert len(asked) <= live.AT_ONCE


def test_a_new_code_is_a_warning(bank: Bank) -> None:
    bank.publisher.serve(CSV, rates("JP,2000,10.5", "JP,2001,11.25", "XX,2001,1"))
    check = verdicts(execute(bank, "refresh"))["bank_rates", snapshots.NOTHING_NEW]
    assert (check.passed, check.severity, check.blocking) == (False, dg.AssetCheckSeverity.WARN, False)
    assert "XX" in str(check.metadata["warnings"].value)


def test_sources_wait_for_their_snapshots(bank: Bank) -> None:
    specs = {spec.key.path[-1]: spec for spec in defined(bank.builder).resolve_all_asset_specs()}
    needs = {stem: {dep.asset_key for dep in specs[stem].deps} for stem in specs}
    assert needs["source_bank_rates"] == needs["source_bank_vintages"] == needs["archive_states"] == {RATES}
    assert specs["bank_rates"].freshness_policy is not None
    assert specs["bank_rates_zip"].freshness_policy is None, "nobody asks the stand-in as long as all is well"
    assert specs["bank_rates"].tags["publisher"] == "bank"
    assert "Asked only when rates fails." in (specs["bank_rates_zip"].description or "")


def test_a_connector_that_is_not_installed_is_left_out(bank: Bank, caplog: pytest.LogCaptureFixture) -> None:
    from tradefin.sources import connectors

    connectors.MODULES["bank"] = ("no_such_module",)  # the fixture's monkeypatch puts it back
    assert execute(bank, "build_release").success
    assert "no_such_module" in caplog.text


@pytest.fixture(scope="module")
def asked() -> list[Publisher]:
    """The publishers of the real project that are asked, or will be."""
    return [one for one in read_publishers(Project.find()).values() if one.flows or one.schedule]


def test_schedules_are_those_of_the_sources(asked: list[Publisher]) -> None:
    with_flows = {one.publisher for one in asked if one.flows}
    assert {one.publisher for one in asked if one.schedule} >= with_flows
    found = {one.name: one for one in schedules.schedules(asked)}
    weo = found["refresh_weo_and_release_schedule"]
    assert weo.cron_schedule == ["0 5 3 * *", "0 6 8-24 4,10 *"]
    assert {one.execution_timezone for one in found.values()} == {"UTC"}
    assert {one.default_status for one in found.values()} == {dg.DefaultScheduleStatus.STOPPED}


def test_a_schedule_looks_as_often_as_its_source_says(asked: list[Publisher]) -> None:
    begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
    for publisher in (one for one in asked if one.flows):
        ticks: list[datetime] = []
        for cron in publisher.schedule:
            for tick in cron_string_iterator(begin.timestamp(), cron, "UTC"):
                if tick > end:
                    break
                ticks.append(tick)
        ticks.sort()
        gaps = [later - earlier for earlier, later in pairwise(ticks)]
        assert max(gaps) <= timedelta(days=publisher.checked_every_days), publisher.publisher


def test_no_two_publishers_are_due_at_once(asked: list[Publisher]) -> None:
    crons = [cron for publisher in asked for cron in publisher.schedule]
    assert len(set(crons)) == len(crons)


def test_schedules_run_when_they_are_switched_on(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEFIN_SCHEDULES", "on")
    publisher = bank.builder.publishers["bank"].model_copy(update={"schedule": ("0 5 1 * *",)})
    (one,) = schedules.schedules([publisher])
    assert one.default_status == dg.DefaultScheduleStatus.RUNNING
    assert sensors.failed_runs().default_status == dg.DefaultSensorStatus.RUNNING
    wrong = publisher.model_copy(update={"schedule": ("every day",)})
    with pytest.raises(ProjectInvalid, match=r"bank\.yml: 'schedule'"):
        schedules.schedules([wrong])


def test_windows_of_freshness(asked: list[Publisher], bank: Bank) -> None:
    from tradefin.orchestration import freshness

    publisher = bank.builder.publishers["bank"]
    assert publisher.checked_every_days == 7
    policy = freshness.of_publisher(publisher)
    assert policy == dg.FreshnessPolicy.time_window(fail_window=timedelta(days=15), warn_window=timedelta(days=8))
    assert freshness.of_release([publisher]) is None, "nothing is scheduled"
    assert freshness.of_release(asked) is not None


def test_a_stand_in_that_failed_is_well_once_it_is_not_needed(bank: Bank) -> None:
    project, store = bank.builder.project, bank.builder.store

    def stand() -> dict[str, str]:
        live.refresh(project, store)
        return {one.flow: one.state for one in live.statuses(project, store, datetime.now(UTC))}

    for address in (CSV, ZIP):
        bank.publisher.serve(address, Reply(b"gone", 404))
    assert stand() == {"rates": "failed", "rates_zip": "failed"}
    bank.publisher.serve(CSV, GOOD)
    assert stand() == {"rates": "ok", "rates_zip": "ok"}


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    with hook() as known:
        monkeypatch.setenv("TRADEFIN_WEBHOOK", known.address())
        yield known


def test_the_sensor_tells_of_a_source_once(bank: Bank, receiver: Hook) -> None:
    workshop = Workshop.of(bank.builder.project, bank.builder.store.home)
    sensor = sensors.sources(workshop)

    def look() -> str:
        with dg.DagsterInstance.ephemeral() as instance, dg.build_sensor_context(instance) as context:
            return str(sensor.evaluate_tick(context).skip_message)

    assert look() == "Nothing new of any source."
    bank.publisher.serve(CSV, Reply(b"gone", 404))
    live.refresh(bank.builder.project, bank.builder.store)
    assert look() == "bank.rates has changed"
    assert look() == "Nothing new of any source."
    bank.publisher.serve(CSV, GOOD)
    live.refresh(bank.builder.project, bank.builder.store)
    assert look() == "bank.rates is well again"
    assert [one["kind"] for one in receiver.got] == ["source_changed", "source_recovered"]
    assert "404" in receiver.got[0]["text"]
    bank.publisher.serve(CSV, GOOD.replace(b",12\n", b",1200\n"))
    assert execute(bank, "refresh_and_release").success, "what no contract accepts is left out"
    assert look() == "bank.rates has figures that no contract accepts"
    assert look() == "Nothing new of any source."
    assert "rates, column rate_pct" in receiver.got[2]["text"]


def test_the_sensor_tells_of_a_failed_run(tmp_path: Path, receiver: Hook) -> None:
    builder = make_tiny(tmp_path)
    path = builder.project.root / "bundled/bank/rates.csv"
    path.write_text(path.read_text().replace("10.5", "n/a"))
    with dg.DagsterInstance.ephemeral() as instance:
        job = defined(builder).resolve_job_def("build_release")
        result = job.execute_in_process(QUIET, instance=instance, raise_on_error=False)
        event = result.get_run_failure_event() if hasattr(result, "get_run_failure_event") else None
        event = event or next(e for e in result.all_events if e.event_type == dg.DagsterEventType.RUN_FAILURE)
        context = dg.build_run_status_sensor_context(
            sensor_name="report_failed_runs",
            dagster_event=event,
            dagster_instance=instance,
            dagster_run=result.dagster_run,
        ).for_run_failure()
        sensors.failed_runs()(context)
    (got,) = receiver.got
    assert (got["kind"], got["title"]) == ("run_failed", "build_release failed")
    assert "rate_pct" in got["text"]
    assert result.run_id in got["text"]


def test_the_daemon_is_started_with_its_schedules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    called: list[tuple[str, list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda *given: called.append(given))
    monkeypatch.delenv("TRADEFIN_SCHEDULES", raising=False)
    dev.keep_schedules(home=tmp_path)
    ((program, arguments, environment),) = called
    assert arguments[:4] == [program, "-m", "dagster._daemon", "run"]
    assert environment["TRADEFIN_SCHEDULES"] == "on"
    assert environment["DAGSTER_HOME"] == str(tmp_path / ".dagster")


OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
DEPLOY = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "deploy").iterdir()}


def test_every_setting_is_explained() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "pipelines" / "tradefin").rglob("*.py"))
    settings = set(re.findall(r"\bTRADEFIN_[A-Z_]*[A-Z]", code)) | {"TRADEFIN_SMTP_USER", "TRADEFIN_LIVE_HOME"}
    assert {one for one in settings if f"`{one}`" not in OPERATIONS} == set()
    assert set(re.findall(r"TRADEFIN_[A-Z_]*[A-Z]", "".join(DEPLOY.values()))) <= settings


def test_every_command_that_is_named_exists() -> None:
    text = "\n".join([OPERATIONS, *DEPLOY.values()])
    named = set(re.findall(r"(?:`|bin/|^|\.venv/bin/)tradefin ([a-z]+)", text, re.MULTILINE))
    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    assert named >= {"run", "refresh", "status", "snapshots", "daemon", "dev"}
    assert named <= known


def test_the_guide_tells_when_each_publisher_is_asked(asked: list[Publisher]) -> None:
    rows = set(re.findall(r"^\| ([a-z_]+) \| (?:the|every|daily)", OPERATIONS, re.MULTILINE))
    assert rows == {one.publisher for one in asked}


def test_the_guide_and_the_states_agree() -> None:
    assert set(re.findall(r"^\| `([a-z]+)` \|", OPERATIONS, re.MULTILINE)) == set(get_args(Standing))
    assert len(OPERATIONS.splitlines()) <= 500


def test_what_the_canary_doubts_is_there(asked: list[Publisher]) -> None:
    flows = {f"{one.publisher}.{flow}" for one in asked for flow in one.flows}
    assert set(DOUBTS) <= flows


def test_the_page_of_faults_is_that_of_the_tests() -> None:
    assert (ROOT / "docs" / "source-faults.md").read_text(encoding="utf-8") == page(), (
        "docs/source-faults.md: run `python -m tests.sources.faults`"
    )


def test_the_archive_names_what_dagster_shows(bank: Bank) -> None:
    shown = made(execute(bank, "refresh"))["bank_rates"].metadata
    (one,) = Archive(bank.builder.store).snapshots()
    assert one.path.name in str(shown["files"].value)
    assert shown["bytes"].value == one.size
