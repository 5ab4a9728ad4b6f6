"""Growth: one project with 10 and 100 times the figures, and with 10 and 100 vintages of each figure.

The project is the small one of the tests, with 10 thousand made-up figures, each in one vintage; it grows to a million
rows either way. Each size is a process of its own that goes through the stages of a release one after another. A stage
that grows linearly takes 10 times as long at 100 times the rows as at 10 times; where the fixed part is small the ratio
comes near to that, and the target leaves a fifth for caches that no longer hold everything. Memory is the largest
resident set up to the end of the stage. The audit's imports are not counted.
"""

import json

from benchmarks.measure import Command, Costs
from benchmarks.row import Row
from benchmarks.workshop import HERE, ROOT, Workshop

BASE = 10_000
_STAGES = {
    "read": "bundled CSV to source table",
    "core": "core table by SQL",
    "mart": "mart by SQL",
    "claims": "claims measured as of every day",
    "as_of": "mart as of a day",
    "audit": "all checks of all tables",
    "publish": "release written, hashed and verified",
    "load": "core table loaded from the release",
    "columns": "two of its columns loaded",
    "fold": "answers of a publisher told as vintages",
}
_WAYS = {"rows": "figures", "vintages": "vintages"}
_LINEAR = 10
_TARGET = 1.2 * _LINEAR


def run(workshop: Workshop) -> list[Row]:
    """Grow both ways."""
    rows = []
    for way, words in _WAYS.items():
        script = (workshop.python, HERE / "scripts" / "growth.py", way)
        commands = {
            str(times): Command((*script, str(times), workshop.scratch), env={"PYTHONPATH": str(ROOT)})
            for times in (1, 10, 100)
        }
        costs = workshop.compete(commands, runs=3, warm=False)
        rows += [_row(stage, f"{text}, {words}", costs) for stage, text in _STAGES.items()]
        hundred, ten, one = (costs[times].mebibytes for times in ("100", "10", "1"))
        note = f"{min(one):,.0f} MiB at 1 time, most of it imports"
        rows.append(Row(f"all stages, {words}: memory", "MiB", hundred, "10 times", ten, _TARGET, note))
    return rows


def _row(stage: str, what: str, costs: dict[str, Costs]) -> Row:
    one, ten, hundred = ([float(json.loads(r.output)[stage]) for r in costs[n].runs] for n in ("1", "10", "100"))
    return Row(f"{what}: 100 times", "s", hundred, "10 times", ten, _TARGET, f"{min(one):.3f} s at 1 time")
