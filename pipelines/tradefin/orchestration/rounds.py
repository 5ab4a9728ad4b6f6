"""A round of several publishers behind the steps of one run: asked at once, though the steps follow each other.

Dagster's in-process executor, which is the fast one, runs one step at a time, and a publisher that is asked politely
takes many minutes. So the first step of a run that asks begins the round for all of them; each takes what came of its
own. What belongs here: the threads. What does not: asking (`sources.live`), steps (`snapshots`).
"""

import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradefin.sources.live import Refreshed

Ask = Callable[[str, Callable[[], bool]], "tuple[Refreshed, ...]"]


class Round:
    """Asks several publishers, a thread each, no more of them at once than the command does.

    Args:
        publishers: Slugs of those to ask.
        ask: Asks one; is told how to see that it should end.
    """

    def __init__(self, publishers: Collection[str], ask: Ask) -> None:
        from tradefin.sources.live import AT_ONCE

        self._ending = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="round")
        self._asked: dict[str, Future[tuple[Refreshed, ...]]] = {
            slug: self._pool.submit(ask, slug, self._ending.is_set) for slug in publishers
        }

    def __contains__(self, publisher: str) -> bool:
        return publisher in self._asked

    def of(self, publisher: str) -> "tuple[Refreshed, ...]":
        """What came of a publisher; waits for it, and raises what asking it has raised."""
        return self._asked[publisher].result()

    def end(self) -> None:
        """Ask nobody any more: each publisher's question on its way is the last."""
        self._ending.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
