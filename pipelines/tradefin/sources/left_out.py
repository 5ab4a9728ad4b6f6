"""Answers that a build could not use, noted for those who do not build: the status, the notices, the sensors.

The note lies at `left_out.json` of the outputs and says what the newest live build found, until the next one says
otherwise. What belongs here: writing and reading it. What does not: finding out (`trial`, `history`), what a release
says of it (`states`).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tradefin.sources.records import Fetch
from tradefin.sources.series import when
from tradefin.tables.store import Store

if TYPE_CHECKING:
    from tradefin.sources.history import History, Trouble

_FILE = "left_out.json"


@dataclass(frozen=True)
class LeftOutOfBuild:
    """What the newest live build could not use of a flow.

    Attributes:
        error: Name of the class of the error with its newest answer with new figures; empty if that is in use.
        message: What it said.
        good: Whether an earlier answer, or what was read from this one when it came, is in use.
        lost: Days of the earlier answers whose figures are not in use any more.
        why: What the error with the newest of these said.
    """

    error: str = ""
    message: str = ""
    good: bool = True
    lost: tuple[str, ...] = ()
    why: str = ""


def newest_trouble(fetches: Sequence[Fetch], troubles: "Sequence[Trouble]") -> "Trouble | None":
    """What is wrong with the newest answer with new figures; None if nothing is.

    Args:
        fetches: The fetches of a flow, the oldest first.
        troubles: What could not be read or used of them, the oldest first.
    """
    newest = next((fetch for fetch in reversed(fetches) if fetch.state == "changed"), None)
    if newest is None:
        return None
    return next((one for one in reversed(troubles) if one.at == when(newest)), None)


def note(store: Store, history: "History") -> None:
    """Note what a build could not use.

    Args:
        store: Where the note goes.
        history: What the build rests on.
    """
    found = {}
    for (slug, flow), fetches in history.answers.fetches.items():
        troubles = [one for one in history.troubles(slug) if one.flow == flow]
        changed = [fetch for fetch in fetches if fetch.state == "changed"]
        if not (troubles and changed):
            continue
        newest = newest_trouble(fetches, troubles)
        # A contract refused it when it came, and that was told then.
        lost = [t for t in troubles if t.error not in ("", "ContractBroken") and t.at != when(changed[-1])]
        unreadable = {t.at for t in troubles if t.error}
        found[f"{slug}.{flow}"] = asdict(
            LeftOutOfBuild(
                error=(newest.error or "SourceChanged") if newest else "",
                message=newest.message if newest else "",
                good=any(when(fetch) not in unreadable for fetch in changed),
                lost=tuple(sorted({t.at[:10] for t in lost})),
                why=lost[-1].message if lost else "",
            )
        )
    data = json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False).encode()
    path = store.newest(store.home / _FILE)
    if (path.read_bytes() if path.exists() else b"{}") != data:
        store.write(path, data)


def noted(store: Store) -> dict[str, LeftOutOfBuild]:
    """What the newest live build could not use, by publisher and flow; empty if it used all, or none was made."""
    try:
        found = json.loads(store.newest(store.home / _FILE).read_text(encoding="utf-8"))
        return {name: LeftOutOfBuild(**{**one, "lost": tuple(one["lost"])}) for name, one in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
