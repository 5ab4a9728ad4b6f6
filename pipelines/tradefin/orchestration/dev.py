"""`tradefin dev` and `tradefin daemon`: Dagster's user interface and its scheduler on this machine.

What belongs here: where Dagster keeps its runs, and how its processes are started. What does not: the definitions that
they show and run (see `tradefin.definitions`).
"""

import os
import sys
from pathlib import Path
from typing import NoReturn

from tradefin.project import outputs_home

# Runs start at once in a process of their own; the default queue would wait for a daemon that nobody has started.
_SETTINGS = """\
telemetry: {enabled: false}
nux: {enabled: false}
run_coordinator: {module: dagster.core.run_coordinator, class: DefaultRunCoordinator}
freshness: {enabled: true}
"""


def prepare(home: Path) -> dict[str, str]:
    """Make the folder in which Dagster keeps its runs; returns the environment that points to it.

    Args:
        home: The outputs folder.
    """
    folder = home.resolve() / ".dagster"
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "dagster.yaml"
    if not settings.exists():  # whoever wants another storage or a queue writes it there
        settings.write_text(_SETTINGS, encoding="utf-8")
    return {"DAGSTER_HOME": str(folder), "DAGSTER_DISABLE_TELEMETRY": "1", "TRADEFIN_HOME": str(home.resolve())}


def command(port: int, host: str) -> list[str]:
    """The web server's command line."""
    return [
        sys.executable, "-m", "dagster_webserver", "--host", host, "--port", str(port),
        "--module-name", "tradefin.definitions", "--log-level", "warning",
    ]  # fmt: skip


def serve(port: int = 3000, host: str = "127.0.0.1", home: Path | None = None) -> NoReturn:
    """Become Dagster's web server; ends when that is stopped.

    Args:
        port: Port to listen on.
        host: Address to listen on; anybody who can reach it can start runs.
        home: The outputs folder; by default `tradefin.project.outputs_home()`.
    """
    environment = os.environ | prepare(home or outputs_home())
    _become(command(port, host), environment)


def keep_schedules(home: Path | None = None) -> NoReturn:
    """Become Dagster's daemon, which starts what is due and looks at the sensors; ends when that is stopped.

    Args:
        home: The outputs folder; by default `tradefin.project.outputs_home()`.
    """
    environment = os.environ | prepare(home or outputs_home())
    environment.setdefault("TRADEFIN_SCHEDULES", "on")
    _become([sys.executable, "-m", "dagster._daemon", "run", "--module-name", "tradefin.definitions"], environment)


def _become(arguments: list[str], environment: dict[str, str]) -> NoReturn:
    os.execve(arguments[0], arguments, environment)  # noqa: S606 - our own interpreter, no shell
