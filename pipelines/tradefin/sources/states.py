"""How each flow stands, as the archive tells it: live, stale, failed, resting, or never asked.

Nothing here depends on what time it is, and nothing moves when a publisher only says that nothing has changed. What
belongs here: the state that a release shows. What does not: when to ask again (`standing`).
"""

from typing import TYPE_CHECKING

from tradefin.errors import ReleaseDamaged
from tradefin.sources.archive import Archive
from tradefin.sources.connectors import flows_of
from tradefin.sources.description import Publisher
from tradefin.sources.flow import line_before
from tradefin.sources.fold import Cells
from tradefin.sources.history import History, Trouble
from tradefin.sources.left_out import newest_trouble
from tradefin.sources.records import Fetch
from tradefin.sources.series import day_of, when

if TYPE_CHECKING:
    from tradefin.tables.builder import Builder


def states(builder: "Builder", history: History) -> list[Cells]:
    """Publisher, flow, state, newest good day, failing since, error, message and warnings, of every described flow."""
    archive = Archive(builder.store)
    rows: list[Cells] = []
    for slug, publisher in builder.publishers.items():
        troubles = history.troubles(slug)
        rows += [
            (slug, flow, *_state(archive, publisher, flow, history, [t for t in troubles if t.flow == flow]))
            for flow in publisher.flows
        ]
    return rows


def _state(archive: Archive, publisher: Publisher, flow: str, history: History, troubles: list[Trouble]) -> Cells:
    fetches = history.answers.fetches.get((publisher.publisher, flow), ())
    if not fetches:
        return ("bundled", None, None, None, None, None)
    unreadable = {t.at for t in troubles if t.error}
    changed = [fetch for fetch in fetches if fetch.state == "changed"]
    good = [fetch for fetch in changed if when(fetch) not in unreadable]
    newest_good = str(day_of(good[-1])) if good else None
    doubts = history.notes(publisher.publisher, flow)
    told = (_says(archive, trouble, fetches) for trouble in troubles)
    warnings = [*(changed[-1].warnings if changed else ()), *doubts, *told]
    shown = "\n".join(dict.fromkeys(warnings)) or None
    if _rests(publisher, flow, fetches[-1], history):
        return ("resting", newest_good, None, None, None, shown)
    failing = _failing(fetches)
    if failing:
        first = next(fetch for fetch in failing if fetch.error == failing[-1].error)
        since, error, message = str(day_of(failing[0])), first.error, first.message
    elif (last := newest_trouble(fetches, troubles)) is not None:
        since, error, message = last.at[:10], last.error or "SourceChanged", last.message
    else:
        return ("live", newest_good, None, None, None, shown)
    return ("stale" if good else "failed", newest_good, since, error, message, shown)


def _rests(publisher: Publisher, flow: str, newest: Fetch, history: History) -> bool:
    """Whether a flow before it in its line has answered since it was last asked."""
    earlier = (
        fetch
        for one in line_before(flow, flows_of(publisher))
        for fetch in history.answers.fetches.get((publisher.publisher, one), ())
    )
    return any(one.state != "failed" and one.checked_at > newest.checked_at for one in earlier)


def _failing(fetches: tuple[Fetch, ...]) -> list[Fetch]:
    """The fetches since the last good one, the oldest first."""
    found: list[Fetch] = []
    for fetch in reversed(fetches):
        if fetch.state != "failed":
            break
        found.append(fetch)
    return found[::-1]


def _says(archive: Archive, trouble: Trouble, fetches: tuple[Fetch, ...]) -> str:
    """What is wrong with an answer, which it is, and how much was read from it when it came."""
    fetch = next(fetch for fetch in fetches if when(fetch) == trouble.at)
    (name, *others) = (one.path.name for one in fetch.snapshots)
    which = f"{name} and {len(others)} more, see fetches/{fetch.publisher}/{fetch.flow}/{fetch.record.name}"
    rows = sum(_count(archive, fetch, stem) for stem in ([trouble.stem] if trouble.stem else fetch.rows))
    then = f" When it came, {rows:,} rows were read from it." if rows else ""
    if not trouble.error:
        what = f"can no longer be read for {trouble.stem}; what was read from it when it came stays in use"
    else:
        what = f"gives no rows for {trouble.stem}" if trouble.stem else "is left out"
    message = trouble.message.rstrip(".")
    return f"The answer of {trouble.at[:10]} {what}: {message}. It is {which if others else name}.{then}"


def _count(archive: Archive, fetch: Fetch, stem: str) -> int:
    try:
        table = archive.rows_of(fetch, stem)
    except ReleaseDamaged:
        return 0
    return table.num_rows if table is not None else 0
