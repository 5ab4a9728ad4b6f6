"""Guesses which column was renamed into which.

What belongs here: the guess. What does not: whether a column may be missing (`drift`).
"""

import difflib
from collections.abc import Callable, Sequence

_ALIKE = 0.6
_SAME = 0.5


def renamed(
    gone: Sequence[str], new: Sequence[str], same_content: Callable[[str, str], float]
) -> list[tuple[str, str]]:
    """Pairs of an old and a new name that are likely one column, the likeliest first.

    Args:
        gone: Names that are no longer there.
        new: Names that were not there before.
        same_content: How much of the content of an old column a new one has, from 0 to 1.
    """
    scored = sorted(
        ((max(_alike(old, found), _content(old, found, same_content)), old, found) for old in gone for found in new),
        key=lambda one: (-one[0], one[1], one[2]),
    )
    pairs: list[tuple[str, str]] = []
    for score, old, found in scored:
        if score > 0 and all(old != o and found != f for o, f in pairs):
            pairs.append((old, found))
    return pairs


def _alike(old: str, new: str) -> float:
    old, new = old.casefold(), new.casefold()
    ratio = difflib.SequenceMatcher(None, old, new, autojunk=False).ratio()
    return ratio if ratio >= _ALIKE else 0.0


def _content(old: str, new: str, same_content: Callable[[str, str], float]) -> float:
    share = same_content(old, new)
    return share if share >= _SAME else 0.0
