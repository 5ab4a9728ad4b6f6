"""Expectations: every table of the project goes wrong in every listed way; Great Expectations must refuse each.

The tables are the real ones; one that has no rows at present is represented by its golden examples. A mutation that
changes no cell is left out, every other counts. Caught is what a critical check of the table itself refuses, or one of
a table that refers to it. That each check is needed is proven in `tests/test_expectations.py`: each has a change of a
row that no other check notices.
"""

import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from tests.campaigns.figure import Figure, Progress
from tests.campaigns.spoiling import KINDS, SLICE, Spoilt, spoil, ways
from tests.golden import examples
from tradefin.audit.expectations import suite_json
from tradefin.audit.run import examine
from tradefin.audit.suite import checks
from tradefin.project import CODELIST, CODELISTS, LAYERS, Project
from tradefin.tables.builder import Builder
from tradefin.tables.contract import Contract
from tradefin.tables.store import Store, TableRef

# Kinds of which the goal is 100 percent as well, and how much of them is caught: values that slid by a row or changed
# columns keep their type, range and code, so that only a relation to another column tells. Most columns have none.
FLOORS = {"swapped": 75, "shifted": 15}
ENOUGH = 300  # fewer are no measure of a share

CELLS = ("null", "wrong code")
FEW = 200  # below that, only codelists: they are there at once, the other tables take a minute to build


class Judge:
    """The suites of the project."""

    def __init__(self, builder: Builder, layers: tuple[str, ...] = LAYERS) -> None:
        self.builder = builder
        self.contracts: dict[str, Contract] = {s: c for s, c in builder.contracts.items() if c.layer in layers}
        self.tables: dict[str, pa.Table] = {}

    def table(self, stem: str) -> pa.Table:
        """A table as published, or its examples while it has no rows."""
        if stem not in self.tables:
            table = self.builder.table(stem)
            table = table if table.num_rows else examples(self.builder, stem)
            self.tables[stem] = table.replace_schema_metadata(None)
        return self.tables[stem]

    @cached_property
    def referring(self) -> dict[tuple[str, str], list[tuple[str, str]]]:
        """For a column that others refer to, who does: a table and its column."""
        found: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for stem, contract in self.contracts.items():
            for name, column in contract.columns.items():
                if column.codelist:
                    of = CODELIST + column.codelist
                    first = self.builder.table(of).column_names[0]
                    found.setdefault((of, first), []).append((stem, name))
                if column.references:
                    table, _, referred = column.references.partition(".")
                    found.setdefault((table, referred), []).append((stem, name))
        return found

    def mutated(self, way: Spoilt, chance: random.Random) -> pa.Table | None:
        """What a way makes of the table, or None if nothing."""
        table = self.table(way.table)
        if way.kind in CELLS:
            filled = table.filter(pa.compute.is_valid(table.column(way.columns[0])))
            table = filled.slice(chance.randrange(max(1, filled.num_rows - SLICE + 1)), SLICE)
        return spoil(way, self.contracts[way.table], table, chance)

    def caught(self, way: Spoilt, table: pa.Table) -> set[str]:
        """Critical checks that refuse a table, of those that look at what was spoilt."""
        contract = self.contracts[way.table]
        about = {
            c.name for c in checks(contract) if {*c.columns, c.per} & set(way.columns) and c.severity == "critical"
        }
        suite = suite_json(self.builder, contract, table)
        return self._failed(contract, suite, table, about) | self._orphans(way, table)

    def _failed(self, contract: Contract, suite: dict[str, Any], table: pa.Table, about: set[str]) -> set[str]:
        wanted = {**suite, "expectations": [e for e in suite["expectations"] if e["meta"]["check"] in about]}
        audit = examine(contract, wanted, table, TableRef(contract.table, "", table.num_rows))
        return {r.check.name for r in audit.blocking if r.check.name in about}

    def _orphans(self, way: Spoilt, table: pa.Table) -> set[str]:
        """Checks of other tables that no longer find a code or a row that they refer to."""
        if way.kind in CELLS:
            return set()
        found = set()
        for column in way.columns:
            known = set(table.column(column).to_pylist())
            for stem, name in self.referring.get((way.table, column), []):
                used = set(pa.compute.unique(self.table(stem).column(name)).drop_null().to_pylist())
                if used - known:
                    found.add(f"{stem}.{name}")
        return found


def every_way(judge: Judge) -> Iterator[Spoilt]:
    for contract in judge.contracts.values():
        yield from ways(contract)


def run(size: int, seed: int, progress: Progress) -> Figure:
    """Try `size` ways of going wrong, by chance; all of them if there are no more."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    tried: Counter[str] = Counter()
    missed: list[Spoilt] = []
    with tempfile.TemporaryDirectory(prefix="tradefin-expectations-") as folder:
        judge = Judge(Builder(Project.find(), Store(Path(folder))), (CODELISTS,) if size < FEW else LAYERS)
        chosen = list(every_way(judge))
        if size < len(chosen):
            chosen = chance.sample(chosen, size)
        for number, way in enumerate(chosen, start=1):
            table = judge.mutated(way, chance)
            if table is not None:
                tried[way.kind] += 1
                if not judge.caught(way, table):
                    missed.append(way)
            progress(number, len(chosen))
    return figure(tried, missed)


def figure(tried: Counter[str], missed: list[Spoilt]) -> Figure:
    """What was caught, in percent: all of the kinds that must be, and a share of those that no suite sees in full.

    Args:
        tried: Mutations by kind.
        missed: Those that nothing caught.
    """
    lost = Counter(w.kind for w in missed)
    must = [k for k in KINDS if k not in FLOORS]
    total, gone = sum(tried[k] for k in must), sum(lost[k] for k in must)
    failures = [str(w) for w in missed if w.kind in must]
    for kind, floor in FLOORS.items():
        share = 100 * (1 - lost[kind] / tried[kind]) if tried[kind] else 100
        if share < floor and tried[kind] >= ENOUGH:
            failures.append(f"{kind}: {share:.1f} % caught, less than the {floor} % of before")
    kinds = ", ".join(f"{k} {tried[k] - lost[k]:,} of {tried[k]:,}" for k in KINDS if tried[k])
    detail = (
        f"% of spoilt tables that a suite refuses, but for swapped and shifted columns; by kind: {kinds}. Missed are "
        "figures whose bounds must fit claims and disagreements yet to come; values that changed place keep type, "
        "range and code, and only a relation to another column, where there is one, tells"
    )
    return Figure("expectations", 100, 100 * (1 - gone / total) if total else 0, detail, tuple(failures))
