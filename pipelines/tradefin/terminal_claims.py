"""How golden cases and a new claim look on a terminal."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradefin.claims.golden import Outcome


def print_cases(outcomes: "Sequence[Outcome]") -> None:
    """One line a case, and what differs below those that fail."""
    for outcome in outcomes:
        checked = f"{len(outcome.expected)} figures" + (f", {outcome.verdict}" if outcome.expected_verdict else "")
        print(f"{'passes' if outcome.passes else 'FAILS '}  {outcome.claim}/{outcome.case}: {checked}")
        for line in outcome.differences:
            print(f"          {line}")
    failed = sum(not o.passes for o in outcomes)
    print(f"{len(outcomes) - failed} of {len(outcomes)} cases pass.")


def print_new_claim(claim: str, written: Sequence[Path], folder: Path | None) -> None:
    """What was written, and what to do next."""
    here = Path.cwd()
    for path in written:
        print(path.relative_to(here) if path.is_relative_to(here) else path)
    option = f" --claims {folder}" if folder else ""
    print(f"\nNext: tradefin claims test {claim}{option}")
    if folder:
        print(f"then: tradefin claims {claim}{option}")
    else:
        print("then: make run, which measures it with the others, and make docs, which makes its page")
