"""What a query from people may take of this machine: time and memory.

DuckDB stops a query that is told to, though not within a function that makes one large value, and counts the memory of
its tables, though not of such values. So a command that runs such queries, and only that, bounds its whole process too.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

SECONDS = 60.0
MEGABYTES = 2048  # for DuckDB; the process gets twice that, beside what it has and what Python needs

_GRACE = 5.0  # seconds for DuckDB to hear that it must stop
_OWN_MEGABYTES = 512


class _Command:
    """The command that this process runs, if that has bounded it: how it ends when a query does not."""

    exit_code: int | None = None


@contextlib.contextmanager
def process(exit_code: int, megabytes: int = MEGABYTES) -> Iterator[None]:
    """Bound this process while it runs queries from people and nothing else: its memory, and whoever cannot be stopped.

    Where the system offers no limit on memory (it does on Linux), only DuckDB's own holds.

    Args:
        exit_code: Ends the process when a query does not stop.
        megabytes: What DuckDB may use.
    """
    _Command.exit_code = exit_code
    try:
        with _more_memory((_OWN_MEGABYTES + 2 * megabytes) << 20):
            yield
    finally:
        _Command.exit_code = None


@contextlib.contextmanager
def _more_memory(more: int) -> Iterator[None]:
    if sys.platform != "linux":
        yield
        return
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)
    hard, pages = before[1], int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    most = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


@contextlib.contextmanager
def bounded(con: "duckdb.DuckDBPyConnection", seconds: float = SECONDS) -> Iterator[None]:
    """Stop what a connection runs after so many seconds: DuckDB raises `InterruptException`."""
    timers = [threading.Timer(seconds, con.interrupt), threading.Timer(seconds + _GRACE, _give_up, (seconds,))]
    for timer in timers:
        timer.daemon = True
        timer.start()
    try:
        yield
    finally:
        for timer in timers:
            timer.cancel()


def _give_up(seconds: float) -> None:
    if _Command.exit_code is not None:
        print(f"tradefin: the query was stopped after {seconds:g} seconds and with it the command.", file=sys.stderr)
        sys.stderr.flush()
        os._exit(_Command.exit_code)
