"""What of the sources is worth telling: once when one fails, changes or grows stale, once when it is well again.

What has been told lies in `told.json` of the outputs, so that neither a weekly command nor a sensor that looks every
ten minutes says the same thing twice. What belongs here: choosing. What does not: sending (`notices`).
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tradefin.sources.notices import Notice, report
from tradefin.tables.store import Store, digest

if TYPE_CHECKING:
    from tradefin.sources.live import Status

_GUIDE = "See docs/operations.md."
_ADVICE = {
    "source_refused": "It answers as described, but its new figures break a contract: they are left out, those before "
    f"them stay in use. Look whether they can be true; then adapt the contract, or wait. {_GUIDE}",
    "source_unreadable": "Figures that only these answers had are missing, also as of earlier days. Mend the connector "
    f"so that it reads them, or bring back their files. {_GUIDE}",
    "source_changed": "The last good figures stay in use. Read the difference, then adapt the connector or its "
    f"description. {_GUIDE}",
    "source_failed": f"The last good figures stay in use; the next run asks again. {_GUIDE}",
    "source_stale": f"Nobody has asked for longer than the publisher's file allows. Does the schedule run? {_GUIDE}",
}
_TITLES = {
    "source_refused": ("has figures that no contract accepts", "have figures that no contract accepts"),
    "source_unreadable": ("has earlier answers that are not in use any more",) * 2,
    "source_changed": ("has changed", "have changed"),
    "source_failed": ("could not be fetched", "could not be fetched"),
    "source_stale": ("has not been asked for too long", "have not been asked for too long"),
    "source_recovered": ("is well again", "are well again"),
}
_KINDS = {"SourceChanged": "source_changed", "ContractBroken": "source_refused"}


@dataclass(frozen=True)
class _News:
    """A flow that does not stand as it was last told."""

    publisher: str
    flow: str
    kind: str
    signature: str
    message: str

    @property
    def name(self) -> str:
        return f"{self.publisher}.{self.flow}"


def tell(
    store: Store, statuses: "Iterable[Status]", send: Callable[[Notice], tuple[str, ...]] = report
) -> list[Notice]:
    """Report what is new since the last call, one notice a publisher and kind.

    What a channel did not take is told again next time.

    Args:
        store: Whose archive the states are of.
        statuses: How each flow stands now.
        send: Takes a notice, returns what went wrong.

    Returns:
        What was reported.
    """
    path = store.newest(store.home / "told.json")
    told = _read(path.read_bytes() if path.exists() else b"{}")
    now, reported = dict(told), []
    together: dict[tuple[str, str], list[_News]] = {}
    for one in _news(statuses, told):
        together.setdefault((one.publisher, one.kind), []).append(one)
    for news in together.values():
        notice = _notice(news)
        reported.append(notice)
        if not send(notice):
            now |= {one.name: one.signature for one in news}
    now = {name: signature for name, signature in now.items() if signature}
    if now != told:
        store.write(path, json.dumps(now, indent=1, sort_keys=True).encode())
    return reported


def _news(statuses: "Iterable[Status]", told: Mapping[str, str]) -> Iterator[_News]:
    for status in statuses:
        kind = _kind(status)
        # An outage is told once, however its text varies; each new difference is news.
        varies = kind in ("source_changed", "source_refused", "source_unreadable")
        signature = f"{kind} {digest(status.message.encode())[:12]}" if varies else kind
        if signature != told.get(f"{status.publisher}.{status.flow}", ""):
            message = status.message if kind else "It answered as described."
            yield _News(status.publisher, status.flow, kind or "source_recovered", signature, message)


def _notice(news: list[_News]) -> Notice:
    """One notice of flows of one publisher of which the same is to be told."""
    first = news[0]
    one, several = _TITLES[first.kind]
    advice = _ADVICE.get(first.kind, "")
    if len(news) == 1:
        said = [first.message]
        return Notice(first.kind, f"{first.name} {one}", "\n".join(filter(None, [*said, advice])), first.name)
    said = [f"{item.flow}: {item.message}" for item in news]
    title = f"{len(news)} sources of {first.publisher} {several}"
    return Notice(first.kind, title, "\n".join(filter(None, [*said, advice])), first.publisher)


def _kind(status: "Status") -> str:
    if status.state in ("failed", "stale") and status.error:
        return _KINDS.get(status.error, "source_failed")
    if status.state == "stale":
        return "source_stale"
    return "source_unreadable" if status.lost else ""


def _read(data: bytes) -> dict[str, str]:
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
