"""Two workers build the release that one process builds; killed in the middle of a step, nothing is lost."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from tests.scale.conftest import FULL
from tests.scale.fleet import Fleet, Worker, end, fleet, until
from tradefin.orchestration.checks import CHECKS
from tradefin.orchestration.jobs import BUILD_RELEASE
from tradefin.orchestration.run import run
from tradefin.project import Project
from tradefin.releases.release import Release
from tradefin.releases.verify import problems_of


def alone(project: Project, home: Path) -> str:
    """Id of the release that one process makes."""
    return run(project, home).release


def finished(made: Fleet, process: "subprocess.Popen[bytes]") -> str:
    """The run ends well, with a release of which every byte is right; gives its id."""
    try:
        assert process.wait(1200) == 0, made.told()
    finally:
        end(process)
    release = Release.open(made.home)
    assert not problems_of(release.folder, release.manifest)
    return release.id


@pytest.mark.skipif(not FULL, reason="the short form sees it in the run of which a worker is killed")
def test_two_workers_build_the_release_of_one_process(scaled: Project, place: Path) -> None:
    with fleet(place, workers=2, TRADEFIN_PROJECT=str(scaled.root)) as made:
        together = finished(made, made.start_run(BUILD_RELEASE))
        did = [worker for workers in made.steps().values() for worker in workers]
    assert together == alone(scaled, place / "alone")
    assert set(did) == {"worker1", "worker2"}
    assert min(did.count("worker1"), did.count("worker2")) > len(did) / 5


@pytest.mark.parametrize("kill", [Worker.kill, Worker.kill_child][: 2 if FULL else 1], ids=lambda kill: kill.__name__)
def test_a_worker_killed_in_the_middle_of_a_step(scaled: Project, place: Path, kill: Callable[[Worker], None]) -> None:
    with fleet(place, workers=2, TRADEFIN_PROJECT=str(scaled.root)) as made:
        process = made.start_run(BUILD_RELEASE)
        victim = made.workers[0]
        lost = _killed_in_a_step(made, victim, kill)
        assert lost not in made.succeeded(), "the step was over before its worker was killed"
        release = finished(made, process)
        begun, succeeded = made.steps(), made.succeeded()
    assert release == alone(scaled, place / "alone")
    assert begun[lost][0] == victim.name
    assert len(begun[lost]) == 2, f"{lost} was begun by {begun[lost]}"
    assert succeeded == {*begun}


@pytest.mark.skipif(not FULL, reason="the store is away for ten seconds: part of the full form")
def test_the_store_does_not_answer_for_ten_seconds(scaled: Project, place: Path) -> None:
    with fleet(place, workers=2, TRADEFIN_PROJECT=str(scaled.root)) as made:
        process = made.start_run(BUILD_RELEASE)
        until(lambda: made.has_runs() and len(made.succeeded()) > 5, 300, made.told)
        away = made.home.rename(made.home.with_name("away"))
        made.home.touch()  # whoever reads or writes there is refused
        time.sleep(10)
        made.home.unlink()
        away.rename(made.home)
        release = finished(made, process)
        with made.instance() as instance:
            (run,) = instance.get_runs()
            again = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_UP_FOR_RETRY)
        assert again, "no step met the store while it was away"
        assert made.succeeded() == {*made.steps()}
    assert release == alone(scaled, place / "alone")


def tables(home: Path) -> dict[str, int]:
    """Every table that was made, and when."""
    return {path.name: path.stat().st_mtime_ns for path in home.glob("tables/*/*.parquet")}


def _killed_in_a_step(made: Fleet, victim: Worker, kill: Callable[[Worker], None]) -> str:
    """Kill a worker in its first audit, which takes seconds since Great Expectations is imported; tells which."""
    began: list[str] = []

    def auditing() -> bool:
        steps = made.steps() if made.has_runs() else {}
        began[:] = [step for step, by in steps.items() if step.startswith(f"{CHECKS}__") and victim.name in by]
        return bool(began)

    until(auditing, 300, made.told)
    kill(victim)
    return began[0]


@pytest.mark.skipif(not FULL, reason="the daemon looks after runs only every so often: part of the full form")
def test_the_process_of_a_run_killed(scaled: Project, place: Path) -> None:
    with fleet(place, workers=2, TRADEFIN_PROJECT=str(scaled.root)) as made:
        made.start_daemon()
        made.queue_run(BUILD_RELEASE)
        until(lambda: made.has_runs() and len(made.succeeded()) > 5, 300, made.told)
        with made.instance() as instance:
            (killed,) = (run.run_id for run in instance.get_runs())
            told = instance.all_logs(killed, of_type=dg.DagsterEventType.ENGINE_EVENT)
        started = next(entry.message for entry in told if "Started process for run" in entry.message)
        made_before = tables(made.home)
        os.kill(int(re.findall(r"pid: (\d+)", started)[0]), signal.SIGKILL)

        def again() -> bool:
            with made.instance() as instance:
                return any(run.is_success for run in instance.get_runs())

        until(again, 900, made.told, pause=1)
        with made.instance() as instance:
            newest, first = instance.get_runs()
        assert first.run_id == killed and first.is_failure and newest.parent_run_id == killed
        assert made_before.items() <= tables(made.home).items(), "what was made is found, not made again"
        release = Release.open(made.home)
    assert release.id == alone(scaled, place / "alone")
