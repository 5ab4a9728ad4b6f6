"""Freshness: how old a snapshot or a release may grow before Dagster shows it amber, then red.

What belongs here: the windows, from `checked_every_days` of each publisher. What does not: whether a publisher answered
well (the check `reachable_and_unchanged` of `snapshots`); these windows tell that nobody has asked.
"""

from collections.abc import Iterable
from datetime import timedelta

import dagster as dg

from tradefin.sources.description import Publisher

# A run on the last day of the window takes its time.
_GRACE = timedelta(days=1)


def of_publisher(publisher: Publisher) -> dg.FreshnessPolicy:
    """Amber after the longest gap between two looks, red after twice that."""
    every = timedelta(days=publisher.checked_every_days)
    return dg.FreshnessPolicy.time_window(fail_window=2 * every + _GRACE, warn_window=every + _GRACE)


def of_release(publishers: Iterable[Publisher]) -> dg.FreshnessPolicy | None:
    """As the publisher that is asked most often, since each of its runs makes a release; None without one."""
    asked = [publisher for publisher in publishers if publisher.flows and publisher.schedule]
    return of_publisher(min(asked, key=lambda publisher: publisher.checked_every_days)) if asked else None
