"""For every check of every contract there is a row that only that check catches.

A check that nothing trips alone is redundant: another one says the same already. Many changes are tried in one run of
Great Expectations, each in rows (and, where sums are checked, groups) of its own, so that each failure has one cause.
"""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.golden import examples
from tests.mutations import MAX, SUM, Change, Mutation, apply, mutations, row_count
from tests.mutations import Rows as Sample
from tradefin.audit import engine
from tradefin.audit.expectations import suite_json
from tradefin.audit.rows import Rows as Asked
from tradefin.audit.suite import checks
from tradefin.project import Project
from tradefin.tables.builder import Builder
from tradefin.tables.contract import Contract, Expectation, Rows, read_contracts

SAMPLE = 300
ROUNDS = 24

# Checks that cannot be tripped alone and stay all the same: (table, mutation) -> reason.
COVERED: dict[tuple[str, str], str] = {
    ("reserves_cover", "survey_year_between (low)"): "the year of the reserves, never later, is missing in no row yet",
    ("codelist_wto_joint_reports", "key_unique"): "it has one row, so no other row's key to take",
}

Failures = dict[str, tuple[set[int], set[str]]]  # check -> failing rows, failing groups


def sample(contract: Contract, table: pa.Table) -> pa.Table:
    """Some 300 rows that show every column at work; tables with sums keep whole groups."""
    if any(c.per for c in checks(contract)) or table.num_rows <= SAMPLE:
        return table
    keep = set(range(0, table.num_rows, table.num_rows // SAMPLE))
    groups = [[c] for c in contract.columns] + [
        [c.kwargs["column_A"], c.kwargs["column_B"]] for c in checks(contract) if "column_A" in c.kwargs
    ]
    for check in checks(contract):
        if check.type == MAX:
            keep |= set(
                pc.select_k_unstable(table, k=3, sort_keys=[(check.kwargs["column"], "descending")]).to_pylist()
            )
    for columns in groups:
        mask = pc.is_valid(table.column(columns[0]))
        for column in columns[1:]:
            mask = pc.and_(mask, pc.is_valid(table.column(column)))
        keep |= set(pc.indices_nonzero(mask)[:5].to_pylist())
    return table.take(pa.array(sorted(keep), pa.int64()))


class Trial:
    """One table's sample, what fails in it untouched, and what fails after changes."""

    def __init__(self, builder: Builder, contract: Contract, table: pa.Table) -> None:
        self.builder = builder
        self.table = sample(contract, table).replace_schema_metadata(None)
        # The contract's bounds are those of the whole table; here they are the sample's exact number of rows.
        exact = Rows(min=self.table.num_rows, max=self.table.num_rows, why="the sample")
        self.contract = contract.model_copy(update={"rows": exact})
        self.checks = checks(self.contract)
        self.rows: Sample = self.table.to_pylist()
        self.sums = [c for c in self.checks if (c.type == SUM and c.per) or c.type == MAX]
        self.before = self.failures(self.table)
        self.failing = {r for rows, _ in self.before.values() for r in rows}

    def failures(self, table: pa.Table) -> Failures:
        """What fails in a table, row by row and group by group."""
        suite = suite_json(self.builder, self.contract, table)
        validation = engine.validate(Asked(table), suite)
        found: Failures = {}
        for part in validation["results"]:
            meta = part["expectation_config"]["meta"]
            assert not engine.problem(part), f"{self.contract.table}, {meta}: {engine.problem(part)}"
            if not part["success"]:
                rows, groups = found.setdefault(meta["check"], (set(), set()))
                rows |= set(part["result"].get("unexpected_index_list") or [])
                groups.add(meta.get("group", ""))
        return found

    def touched(self, change: Change) -> set[tuple[str, str]]:
        """(check, group) of every sum and every largest that a change has to do with, before and after it."""
        found = set()
        for check in self.sums:
            for r in change.rows:
                cells = change.edits.get(r, {})
                if change.drop == r or {check.per, check.kwargs["column"]} & set(cells):
                    groups = {row.get(check.per, "") for row in (self.rows[r], {**self.rows[r], **cells})}
                    found |= {(check.name, str(g)) for g in groups}
        return found

    def tripped(self, change: Change, after: Failures) -> set[str]:
        """Checks that a change has made fail."""
        rows = {
            n for n, (failing, _) in after.items() if (failing - self.before.get(n, (set(), set()))[0]) & change.rows
        }
        return rows | {n for n, g in self.touched(change) if g in after.get(n, (set(), set()))[1]}

    def may(self, change: Change, used: set[int], groups: set[tuple[str, str]]) -> bool:
        """Whether a change keeps clear of the others and of rows that fail untouched."""
        rows = change.rows | set(change.needs)
        return rows.isdisjoint(used | self.failing) and (not self.sums or self.touched(change).isdisjoint(groups))


def survivors(trial: Trial, pending: list[Mutation]) -> dict[str, str]:
    """Try every mutation, many at a time; what is left over was never caught by its own check alone."""
    last = {m.name: "no row of the table can be changed in that way" for m in pending}
    for _ in range(ROUNDS):
        chosen: list[tuple[Mutation, Change]] = []
        used: set[int] = set()
        groups: set[tuple[str, str]] = set()
        for mutation in pending:
            change = next((c for c in mutation.candidates if trial.may(c, used, groups)), None)
            if change is not None:
                mutation.candidates.remove(change)
                chosen.append((mutation, change))
                used |= change.rows | set(change.needs)
                groups |= trial.touched(change)
        if not chosen:
            break
        after = trial.failures(apply(trial.table, trial.rows, [c for _, c in chosen]))
        waiting = [m for m in pending if m not in [c for c, _ in chosen]]
        pending = [*waiting, *(m for m, _ in chosen)]  # who had to wait goes first
        for mutation, change in chosen:
            if (found := trial.tripped(change, after)) == {mutation.check.name}:
                pending = [m for m in pending if m is not mutation]
                del last[mutation.name]
            else:
                last[mutation.name] = f"{change} trips {sorted(found) or 'nothing'}"
    return last


@pytest.mark.parametrize("stem", list(read_contracts(Project.find())))
def test_every_check_catches_a_row_that_no_other_check_catches(
    stem: str, builder: Builder, built: Callable[[str], pa.Table]
) -> None:
    table = built(stem)
    trial = Trial(builder, builder.contracts[stem], table if table.num_rows else examples(builder, stem))
    of_cells = tuple(c for c in trial.checks if c.name not in ("columns", "row_count"))
    alone = survivors(trial, mutations(trial.contract, of_cells, trial.rows))
    unexplained = {name: why for name, why in alone.items() if (stem, name) not in COVERED}
    assert not unexplained, (
        "\n".join(f"{stem}: {name} never fails alone. {why}" for name, why in unexplained.items())
        + "\nA check that never fails alone is redundant: drop it, or name it in COVERED with the reason."
    )
    assert not {name for table, name in COVERED if table == stem} - set(alone), "COVERED names a check that fails alone"
    shape_is_checked(trial)


def shape_is_checked(trial: Trial) -> None:
    """A row too few, a column too many, missing or misplaced: the checks of the table's shape see it, no other does."""
    count = next(c for c in trial.checks if c.name == "row_count")
    caught: list[set[str]] = []
    for change, _ in zip(row_count(trial.contract, count, trial.rows, ""), range(ROUNDS), strict=False):
        caught.append(new(trial, apply(trial.table, trial.rows, [change])))
        if caught[-1] == {"row_count"}:
            break
    assert caught[-1] == {"row_count"}, f"dropping a row trips {caught}"
    extra = trial.table.append_column("extra", pa.nulls(trial.table.num_rows, pa.string()))
    assert new(trial, extra) == {"columns"}
    names = trial.table.column_names
    if len(names) > 1:
        assert new(trial, trial.table.select([*names[1:], names[0]])) == {"columns"}


def new(trial: Trial, table: pa.Table) -> set[str]:
    """Checks that fail in a table and did not before."""

    def groups(failures: Failures) -> set[tuple[str, str]]:
        return {(name, g) for name, (_, found) in failures.items() for g in found}

    return {name for name, _ in groups(trial.failures(table)) - groups(trial.before)}


def test_a_redundant_check_is_found(builder: Builder, built: Callable[[str], pa.Table]) -> None:
    """The test above can fail: a check that repeats another in other words never fails alone."""
    contract = builder.contracts["countries"]
    again = Expectation(type="expect_column_values_to_not_be_null", kwargs={"column": "iso3", "mostly": 1}, why="again")
    repeating = contract.model_copy(update={"expectations": (*contract.expectations, again)})
    trial = Trial(builder, repeating, built("countries"))
    added = trial.checks[-1]
    assert list(survivors(trial, mutations(trial.contract, (added,), trial.rows))) == [added.name]
