"""A fleet on this machine: Dagster's storage on Postgres, steps by Redis to Celery workers in processes of their own.

What belongs here: starting, watching, killing and ending those processes. What does not: servers (`servers`), what must
be true of them (the tests).
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg

from tests.scale import servers

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SETTINGS = ROOT / "deploy" / "dagster.celery.yaml"

# A lost step is taken up again after so long; above what the steps of these tests take.
REDELIVER_SECONDS = 15


@dataclass
class Worker:
    """A Celery worker: a parent process that talks to the broker, a child that does steps.

    Attributes:
        name: As Dagster's events name it.
        process: The parent; leads a process group.
        log: What it says.
    """

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """As if its machine had lost power: `kill -9` of parent and child."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def child(self) -> int:
        """The process that does steps."""
        return int(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()[0])

    def peak_mebibytes(self) -> float:
        """The largest resident set that its child has had."""
        status = Path(f"/proc/{self.child()}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def kill_child(self) -> None:
        """As when memory runs out: `kill -9` of the process that does the step, while its parent lives."""
        os.kill(self.child(), signal.SIGKILL)

    def end(self) -> None:
        """After the step that it is at."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


@dataclass
class Fleet:
    """The environment that every process of a fleet has, and the processes.

    Attributes:
        folder: Everything lies here.
        environment: For each process.
        app: Module of the Celery app that workers run.
        workers: Those that were started.
        others: Other processes that end with the fleet.
    """

    folder: Path
    environment: dict[str, str]
    app: str = "tradefin.orchestration.workers"
    workers: list[Worker] = field(default_factory=list)
    others: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def start_worker(self, **more: str) -> Worker:
        """Start another worker and wait until it takes steps.

        Args:
            more: Variables of its environment.
        """
        name = f"worker{len(self.workers) + 1}"
        log = self.folder / f"{name}.log"
        argv = [
            str(BIN / "celery"), "-A", self.app, "worker",
            "--concurrency", "1", "-n", f"{name}@here", "-l", "info", "--without-mingle", "--without-gossip",
        ]  # fmt: skip
        process = self._start(argv, log, more)
        worker = Worker(name, process, log)
        self.workers.append(worker)
        until(lambda: "ready." in log.read_text(), 60, lambda: f"{name} is not ready:\n{log.read_text()}")
        return worker

    def start_run(self, job: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start the process of a run, which hands its steps out and waits."""
        argv = [str(BIN / "dagster"), "job", "execute", "-m", "tradefin.definitions", "-j", job, *arguments]
        return self._start(argv, self.folder / "run.log", {})

    def queue_run(self, job: str, *arguments: str) -> None:
        """Ask for a run, which the daemon starts."""
        argv = [str(BIN / "dagster"), "job", "launch", "-m", "tradefin.definitions", "-j", job, *arguments]
        subprocess.run(argv, check=True, capture_output=True, cwd=self.folder, env=self.environment)

    def start_daemon(self) -> subprocess.Popen[bytes]:
        """Start Dagster's daemon: it launches what is queued, sees to backfills, and looks after runs that died."""
        argv = [str(BIN / "dagster-daemon"), "run", "-m", "tradefin.definitions"]
        daemon = self._start(argv, self.folder / "daemon.log", {})
        self.others.append(daemon)
        return daemon

    def run(self, job: str, *arguments: str, seconds: float = 600) -> None:
        """Do a job to its end, which must be a good one."""
        process = self.start_run(job, *arguments)
        try:
            assert process.wait(seconds) == 0, self.told()
        finally:
            end(process)

    @contextmanager
    def instance(self) -> Iterator[dg.DagsterInstance]:
        """What Dagster has written down."""
        with dg.DagsterInstance.from_config(str(self.folder / "dagster")) as found:
            yield found

    def steps(self, run_id: str | None = None) -> dict[str, list[str]]:
        """Workers that have begun each step of a run, the newest by default, in order."""
        with self.instance() as instance:
            run_id = run_id or instance.get_runs(limit=1)[0].run_id
            found: dict[str, list[str]] = {}
            for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
                event = entry.get_dagster_event()
                told = event.engine_event_data.metadata
                if "Celery worker" in told:
                    found.setdefault(str(event.step_key), []).append(str(told["Celery worker"].value).split("@")[0])
            return found

    def has_runs(self) -> bool:
        """Whether Dagster knows of a run."""
        with self.instance() as instance:
            return instance.get_runs_count() > 0

    def succeeded(self) -> set[str]:
        """Steps of the only run that have ended well."""
        with self.instance() as instance:
            (run_id,) = (one.run_id for one in instance.get_runs())
            logs = instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_SUCCESS)
            return {str(entry.step_key) for entry in logs}

    def told(self) -> str:
        """The end of every log."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}" for log in logs)

    def _start(self, argv: list[str], log: Path, more: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with log.open("ab") as told:
            return subprocess.Popen(
                argv, stdout=told, stderr=told, cwd=self.folder, start_new_session=True,
                env={**self.environment, **more},
            )  # fmt: skip


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it has started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until(holds: Callable[[], object], seconds: float, or_say: Callable[[], str], pause: float = 0.05) -> None:
    """Wait until something holds.

    Raises:
        AssertionError: It does not hold in time.
    """
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, or_say()
        time.sleep(pause)


@contextmanager
def fleet(folder: Path, workers: int = 0, **more: str) -> Iterator[Fleet]:
    """Servers, and workers that are ready; ended with all that they have started.

    Args:
        folder: An empty folder that any user of this machine may enter.
        workers: How many to start.
        more: Variables of every process.
    """
    for name in ("postgres", "redis", "dagster"):
        (folder / name).mkdir()
    settings = SETTINGS.read_text(encoding="utf-8").replace("poll_interval_seconds: 30", "poll_interval_seconds: 5")
    (folder / "dagster" / "dagster.yaml").write_text(settings, encoding="utf-8")
    with ExitStack() as stack:
        environment = {
            **os.environ,
            "DAGSTER_POSTGRES_URL": stack.enter_context(servers.postgres(folder / "postgres")),
            "TRADEFIN_BROKER": stack.enter_context(servers.redis(folder / "redis")),
            "TRADEFIN_EXECUTOR": "celery",
            "TRADEFIN_REDELIVER_SECONDS": str(REDELIVER_SECONDS),
            "TRADEFIN_HOME": str(folder / "home"),
            "DAGSTER_HOME": str(folder / "dagster"),
            "DAGSTER_DISABLE_TELEMETRY": "1",
            "PYTHONPATH": str(ROOT),
            **more,
        }
        made = Fleet(folder, environment)
        try:
            with _environment(environment):  # dagster.yaml names variables of it
                with made.instance() as instance:  # as docs/scale.md says: two first users at once would both write it
                    instance.event_log_storage.set_concurrency_slots("bis", 1)
                for _ in range(workers):
                    made.start_worker()
                yield made
        finally:
            for process in made.others:
                end(process)
            for worker in made.workers:
                worker.end()


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    names = ("DAGSTER_POSTGRES_URL", "TRADEFIN_BROKER")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update({name: wanted[name] for name in names})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
