"""How politely to ask: never more requests a minute to one host than its publisher's description allows.

What belongs here: waiting. What does not: asking (`http`).
"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable

_MINUTE = 60.0


class Pace:
    """Remembers when each host was asked, for all clients and threads that share it.

    Args:
        clock: Seconds that only grow.
        sleep: Waits that many seconds.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._asked: dict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def wait(self, host: str, per_minute: int) -> None:
        """Wait until one more request to the host is polite, and count it.

        Args:
            host: The host's name.
            per_minute: Requests that it may get in any sixty seconds.
        """
        while (pause := self._book(host, max(1, per_minute))) > 0:
            self._sleep(pause)

    def _book(self, host: str, per_minute: int) -> float:
        """Seconds still to wait; zero if the request was counted."""
        with self._lock:
            now, asked = self._clock(), self._asked[host]
            while asked and asked[0] <= now - _MINUTE:
                asked.popleft()
            if len(asked) >= per_minute:
                return asked[len(asked) - per_minute] + _MINUTE - now
            asked.append(now)
            return 0.0


# One for the whole process: two publishers' files may name the same host.
SHARED = Pace()
