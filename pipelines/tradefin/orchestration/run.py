"""Build a release in this process, without a server and without a word on stdout or stderr.

What belongs here: what a run tells, and the short way where nothing has changed. What does not: showing any of it (see
`cli`); Dagster (see `execute`), which takes longer to import than a run takes that has nothing to do.
"""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from tradefin.errors import Unavailable
from tradefin.orchestration import unchanged
from tradefin.project import Project, outputs_home

State = Literal["started", "done", "failed"]


@dataclass(frozen=True)
class Progress:
    """A step of the run began or ended.

    Attributes:
        state: What happened to it; a step that needs one that failed never starts.
        layer: `sources`, `codelists`, `core`, `marts` or `claims` for a table, `checks` for all checks of one table,
            `release` for the release.
        stem: The table that is made or checked; `release` for the release.
        finished: How many steps are done, this one included.
        total: How many steps the run has.
        text: What came of a step that is done: "1,626 rows", "14 checks", "14 checks, 1 failed".
    """

    state: State
    layer: str
    stem: str
    finished: int
    total: int
    text: str = ""


@dataclass(frozen=True)
class FailedCheck:
    """A check that did not hold.

    Attributes:
        table: The stem of its table.
        check: Its name.
        blocking: Whether it stops the release.
        message: What was expected and what was found.
    """

    table: str
    check: str
    blocking: bool
    message: str


@dataclass(frozen=True)
class RunOutcome:
    """A run that ended with a release.

    Attributes:
        release: Id of the release.
        path: Its folder.
        tables: Number of tables in it.
        rows: Number of rows in all of them.
        checks: Number of checks that were evaluated.
        warnings: Checks that failed without stopping the release.
        seconds: How long the run took.
        unchanged: Whether nothing had changed since the release was made, so that nothing was built.
    """

    release: str
    path: Path
    tables: int
    rows: int
    checks: int
    warnings: tuple[FailedCheck, ...]
    seconds: float
    unchanged: bool = False


def run(
    project: Project | None = None,
    home: Path | None = None,
    progress: Callable[[Progress], None] | None = None,
    threads: int = 0,
    live: bool = False,
) -> RunOutcome:
    """Make every table, check it, publish the release; or find that the current release is what would come of it.

    Args:
        project: The project; by default the one that this code runs from.
        home: The outputs folder; by default `tradefin.project.outputs_home()`.
        progress: Called when a step begins and when it ends.
        threads: Threads that DuckDB may use; 0 leaves it to DuckDB.
        live: Whether what publishers have answered so far counts, too; nobody is asked here (see `sources.live`).

    Raises:
        KeyboardInterrupt: Somebody pressed Ctrl-C.
        TradefinError: What the first failed step raised; `ContractBroken` if a blocking check failed.
        RuntimeError: A step failed with an error that tradefin does not raise on purpose; holds Dagster's trace.
    """
    began = time.monotonic()
    project, home = project or Project.find(), home or outputs_home()
    key = "" if live else unchanged.fingerprint(project)
    if key and (made := unchanged.recall(home, key)):
        return RunOutcome(**made, seconds=time.monotonic() - began, unchanged=True)
    from tradefin.orchestration.execute import execute

    outcome = replace(execute(project, home, progress, threads, live), seconds=time.monotonic() - began)
    if key and unchanged.fingerprint(project) == key:  # nobody has edited anything meanwhile
        with contextlib.suppress(Unavailable):  # it only spares the next run its work
            unchanged.note(home, key, outcome)
    return outcome
