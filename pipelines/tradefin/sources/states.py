"""How each flow stands, as the archive tells it: live, stale, failed, or never asked.

Nothing here depends on what time it is, and nothing moves when a publisher only says that nothing has changed. What
belongs here: the state that a release shows. What does not: when to ask again (`live`).
"""

from typing import TYPE_CHECKING

from tradefin.sources.description import Publisher
from tradefin.sources.fold import Cells
from tradefin.sources.history import History, Trouble
from tradefin.sources.records import Fetch
from tradefin.sources.series import day_of, when

if TYPE_CHECKING:
    from tradefin.tables.builder import Builder


def states(builder: "Builder", history: History) -> list[Cells]:
    """Publisher, flow, state, newest good day, failing since, error, message and warnings, of every described flow."""
    rows: list[Cells] = []
    for slug, publisher in builder.publishers.items():
        troubles = history.troubles(slug)
        rows += [
            (slug, flow, *_state(publisher, flow, history, [t for t in troubles if t.flow == flow]))
            for flow in publisher.flows
        ]
    return rows


def _state(publisher: Publisher, flow: str, history: History, troubles: list[Trouble]) -> Cells:
    fetches = history.answers.fetches.get((publisher.publisher, flow), ())
    if not fetches:
        return ("bundled", None, None, None, None, None)
    unreadable = {t.at for t in troubles}
    changed = [fetch for fetch in fetches if fetch.state == "changed"]
    good = [fetch for fetch in changed if when(fetch) not in unreadable]
    newest_good = str(day_of(good[-1])) if good else None
    warnings = [*(changed[-1].warnings if changed else ()), *(_says(t) for t in troubles)]
    shown = "\n".join(dict.fromkeys(warnings)) or None
    failing = _failing(fetches)
    if failing:
        first = next(fetch for fetch in failing if fetch.error == failing[-1].error)
        since, error, message = str(day_of(failing[0])), first.error, first.message
    elif changed and when(changed[-1]) in unreadable:
        last = troubles[-1]
        since, error, message = last.at[:10], last.error, last.message
    else:
        return ("live", newest_good, None, None, None, shown)
    return ("stale" if good else "failed", newest_good, since, error, message, shown)


def _failing(fetches: tuple[Fetch, ...]) -> list[Fetch]:
    """The fetches since the last good one, the oldest first."""
    found: list[Fetch] = []
    for fetch in reversed(fetches):
        if fetch.state != "failed":
            break
        found.append(fetch)
    return found[::-1]


def _says(trouble: Trouble) -> str:
    what = f"gives no rows for {trouble.stem}" if trouble.stem else "is left out"
    return f"The answer of {trouble.at[:10]} {what}: {trouble.message}"
