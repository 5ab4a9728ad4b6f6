"""How politely to ask: never more requests a minute to one host than its publisher's description allows.

What belongs here: waiting, in one process or in all that share a Redis. What does not: asking (`http`).
"""

import os
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from functools import cache

from tradefin.errors import ProjectInvalid, Unavailable

PACE = "TRADEFIN_PACE"

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

        Raises:
            Unavailable: Nobody tells what others have asked, so nothing may be asked.
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


class PaceOfAll(Pace):
    """Remembers it in a Redis, for the processes of every machine that name the same one.

    Args:
        address: The Redis, as `redis://host:6379/1`.
        sleep: Waits that many seconds.

    Raises:
        ProjectInvalid: The address is none, or the package that speaks to it is not installed.
    """

    def __init__(self, address: str, sleep: Callable[[float], None] = time.sleep) -> None:
        super().__init__(sleep=sleep)
        try:
            from limits import storage, strategies
            from limits.errors import ConfigurationError

            self._limiter = strategies.MovingWindowRateLimiter(storage.storage_from_string(address))
        except ImportError as error:
            raise ProjectInvalid(f"{PACE} needs the package {error.name}: install the extra `scale`.") from error
        except (ConfigurationError, ValueError) as error:
            raise ProjectInvalid(f"{PACE} is {address!r}, which is no address of a Redis ({error}).") from error

    def _book(self, host: str, per_minute: int) -> float:
        from limits import RateLimitItemPerMinute
        from redis.exceptions import RedisError

        allowed = RateLimitItemPerMinute(per_minute)
        try:
            if self._limiter.hit(allowed, PACE, host):
                return 0.0
            free_at = self._limiter.get_window_stats(allowed, PACE, host).reset_time
        except RedisError as error:
            raise Unavailable(
                f"{PACE} does not answer ({error}), so nobody can tell whether {host} may be asked. Nothing is lost; a "
                "later run asks again."
            ) from error
        return max(free_at - time.time(), 0.05)


@cache
def shared() -> Pace:
    """The one of this process, since two publishers' files may name the same host: in Redis if `TRADEFIN_PACE` is set.

    Raises:
        ProjectInvalid: That setting is of no use.
    """
    address = os.environ.get(PACE, "").strip()
    return PaceOfAll(address) if address else Pace()
