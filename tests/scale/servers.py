"""Postgres and Redis from Debian's packages, started on loopback in a temporary folder, and ended.

What belongs here: servers. What does not: what is done with them (`fleet`).
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_PATIENCE = 30.0
PACKAGES = "apt-get install -y postgresql redis-server"


def missing() -> str:
    """Names of the programs that are not there; empty where all are."""
    found = {"postgres": _postgres_folder(), "redis-server": shutil.which("redis-server")}
    return ", ".join(name for name, place in found.items() if place is None)


def _postgres_folder() -> Path | None:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    return versions[-1] if versions else None


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A Postgres with an empty database; gives its URL.

    Args:
        folder: An empty folder that any user of this machine may enter.
    """
    programs = _postgres_folder()
    assert programs is not None, PACKAGES
    owner = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    if owner:
        shutil.chown(folder, owner)
    data, port = folder / "data", free_port()
    made = [programs / "initdb", "-D", data, "-U", "dagster", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(list(map(str, made)), check=True, capture_output=True, user=owner, cwd=folder)
    options = ["-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", str(folder), "-c", "fsync=off"]
    with _started([str(programs / "postgres"), *options], folder / "postgres.log", owner) as alive:
        ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        _until(lambda: subprocess.run(ready, check=False).returncode == 0, alive)
        yield f"postgresql://dagster@127.0.0.1:{port}/postgres"


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis that keeps nothing; gives its URL.

    Args:
        folder: For its log.
    """
    program, port = shutil.which("redis-server"), free_port()
    assert program is not None, PACKAGES
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    with _started([program, *options], folder / "redis.log") as alive:
        _until(lambda: _listens(port), alive)
        yield f"redis://127.0.0.1:{port}/0"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _started(argv: list[str], log: Path, owner: str | None = None) -> Iterator[Callable[[], bool]]:
    with log.open("wb") as told:
        server = subprocess.Popen(argv, stdout=told, stderr=told, user=owner, cwd=log.parent)
        try:
            yield lambda: server.poll() is None
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _until(ready: Callable[[], bool], alive: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not ready():
        if not alive() or time.monotonic() - began > _PATIENCE:
            raise AssertionError("a server did not come up")
        time.sleep(0.05)
