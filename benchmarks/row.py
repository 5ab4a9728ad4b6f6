"""One line of the results: what we cost, what the peer or the limit costs, and the target for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Row:
    """One comparison.

    Attributes:
        what: What was measured.
        unit: Of the figures: s, MiB, times.
        ours: Our figure in each run; their median counts.
        against: The peer or limit, and `theirs`: its figure in each run. Both empty where a bound alone counts.
        theirs: See there.
        at_most: The target: bound of the ratio ours / theirs, or of our figure where there is no peer; None for none.
        note: What else must be known; of a target that is missed, what was tried.
    """

    what: str
    unit: str
    ours: Sequence[float]
    against: str = ""
    theirs: Sequence[float] = ()
    at_most: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours by theirs, of the medians."""
        return median(self.ours) / median(self.theirs) if self.theirs else None

    @property
    def off(self) -> float | None:
        """What counts by its bound: above one, the target is missed."""
        if self.at_most is None:
            return None
        return (median(self.ours) if self.ratio is None else self.ratio) / self.at_most

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if there is none."""
        return None if self.off is None else self.off <= 1
