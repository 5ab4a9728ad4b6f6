"""A round of the publishers and a release of what they gave, without a server: what the live commands do.

What belongs here: the order of asking, telling and building. What does not: any of the three.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tradefin.errors import TradefinError
from tradefin.project import Project, outputs_home
from tradefin.sources import live
from tradefin.sources.description import Publisher
from tradefin.sources.flow import principal
from tradefin.sources.http import Client
from tradefin.sources.live import Refreshed
from tradefin.sources.notices import Notice, report
from tradefin.sources.reporting import tell
from tradefin.tables.store import Store

if TYPE_CHECKING:
    from tradefin.orchestration.run import Progress, RunOutcome


@dataclass(frozen=True)
class LiveOutcome:
    """A live run that ended with a release.

    Attributes:
        run: The release.
        sources: What came of asking for each flow.
    """

    run: "RunOutcome"
    sources: tuple[Refreshed, ...]


def ask(
    project: Project,
    store: Store,
    publishers: Collection[str] | None = None,
    client_for: Callable[[Publisher], Client] | None = None,
    progress: Callable[[Refreshed], None] | None = None,
) -> tuple[Refreshed, ...]:
    """Ask the publishers and report what is new of any of them over the channels that the environment names.

    Args:
        project: The project's files.
        store: Where answers are kept.
        publishers: Slugs of those to ask; by default all that serve something.
        client_for: Makes the client of a publisher; a test gives its own.
        progress: Called with each result as it comes.

    Raises:
        NotFound: A publisher that was named serves nothing.
        ProjectInvalid: The project itself is wrong, or there is no contact.
    """
    found = live.refresh(project, store, publishers=publishers, client_for=client_for, progress=progress)
    tell(store, live.statuses(project, store, datetime.now(UTC)))
    return found


def run_live(
    project: Project | None = None,
    home: Path | None = None,
    publishers: Collection[str] | None = None,
    *,
    client_for: Callable[[Publisher], Client] | None = None,
    asked: Callable[[Refreshed], None] | None = None,
    progress: "Callable[[Progress], None] | None" = None,
    threads: int = 0,
) -> LiveOutcome:
    """Ask the publishers, then make a release of the bundled figures and of all that publishers have answered so far.

    A publisher that is down or has changed stops nothing: its last good figures stay.

    Args:
        project: The project; by default the one that this code runs from.
        home: The outputs folder; by default `tradefin.project.outputs_home()`.
        publishers: Slugs of those to ask; by default all that serve something.
        client_for: Makes the client of a publisher; a test gives its own.
        asked: Called with what came of each flow.
        progress: Called when a step of the build begins and when it ends.
        threads: Threads that DuckDB may use; 0 leaves it to DuckDB.

    Raises:
        TradefinError: As `orchestration.run.run`; it has been reported.
    """
    project, home = project or Project.find(), home or outputs_home()
    sources = ask(project, Store(home), publishers, client_for, asked)
    from tradefin.orchestration.run import run

    try:
        done = LiveOutcome(run(project, home, progress, threads, live=True), sources)
        tell(Store(home), live.statuses(project, Store(home), datetime.now(UTC)))  # what no contract accepts shows now
        return done
    except (TradefinError, RuntimeError) as error:
        report(Notice("run_failed", "tradefin run --live failed", f"{error}\nWhat was released before stays."))
        raise


def unserved(refreshed: Collection[Refreshed], project: Project) -> tuple[Refreshed, ...]:
    """The failures that nothing stood in for.

    Args:
        refreshed: What came of a round.
        project: The project's files.
    """
    flows = live.connectors(project)

    def line(one: Refreshed) -> tuple[str, str]:
        return one.publisher, principal(one.flow, flows[one.publisher])

    served = {line(one) for one in refreshed if one.state in ("changed", "unchanged")}
    return tuple(one for one in refreshed if one.state == "failed" and line(one) not in served)
