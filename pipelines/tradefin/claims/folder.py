"""Claims that somebody keeps in a folder of their own, and the project's: their files, found and checked.

A folder holds, for each claim, `<id>.yml`, `<id>.sql` and `<id>/<case>/` with golden cases; the project keeps the same
three in `expectations/claims/`, `sql/claims/` and `tests/sql/`. What belongs here: finding, checking, measuring,
running cases. What does not: the tables, which are a release's (`published`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from tradefin import yamlfile
from tradefin.claims import golden, readings
from tradefin.claims import tables as ledger
from tradefin.claims.check import check_figures, check_rules
from tradefin.claims.claim import Claim
from tradefin.claims.ledger import Entry, entries_of
from tradefin.claims.measure import Measurement, measure, register_statistics
from tradefin.claims.published import Published
from tradefin.errors import NotFound, ProjectInvalid
from tradefin.project import Project
from tradefin.releases.release import suggest
from tradefin.tables.asof import View, connect
from tradefin.tables.sql import upstream
from tradefin.tables.sqlerrors import check_binds, check_syntax, place_of

_KIT = "docs/claims-kit.md tells what belongs in such a folder; `tradefin claims new ID --claims DIR` starts one."


@dataclass(frozen=True)
class Files:
    """A claim and where it is written.

    Attributes:
        claim: The claim.
        file: Its claim file.
        query: Its query; None for a claim that cannot be tested.
        cases: Its golden cases.
    """

    claim: Claim
    file: Path
    query: Path | None
    cases: tuple[Path, ...]


def in_folder(folder: Path, verdicts: Collection[str]) -> dict[str, Files]:
    """The claims of a folder by id.

    Args:
        folder: The folder.
        verdicts: Codes that a rule may give.

    Raises:
        NotFound: There is no such folder, or no claim in it.
        ProjectInvalid: A file departs from the rules; names file, line and column.
    """
    if not folder.is_dir():
        raise NotFound(f"No folder {folder}. {_KIT}")
    files = {f.stem: f for f in sorted(folder.glob("*.yml"))}
    queries = {f.stem: f for f in sorted(folder.glob("*.sql"))}
    if not files:
        raise NotFound(f"{folder} holds no claim file (<id>.yml). {_KIT}")
    if orphans := sorted(set(queries) - set(files)):
        raise ProjectInvalid(f"{queries[orphans[0]]} measures a claim that has no file {orphans[0]}.yml beside it.")
    return {
        name: _files(path, queries.get(name), golden.cases_in(folder / name), verdicts) for name, path in files.items()
    }


def in_project(project: Project, verdicts: Collection[str]) -> dict[str, Files]:
    """The project's own claims by id.

    Raises:
        ProjectInvalid: A file departs from the rules; names file, line and column.
    """
    cases = project.root / "tests" / "sql"
    return {
        name: _files(path, project.claim_sql_files.get(name), golden.cases_in(cases / name), verdicts)
        for name, path in project.claim_files.items()
    }


def _files(path: Path, query: Path | None, cases: list[Path], verdicts: Collection[str]) -> Files:
    claim = yamlfile.read(path, Claim)
    if claim.claim != path.stem:
        at = yamlfile.place(path, ("claim",))
        raise ProjectInvalid(f"{path}: {at}: the claim is called '{claim.claim}' but the file '{path.stem}'.")
    if claim.not_testable and query:
        at = yamlfile.place(path, ("not_testable",))
        raise ProjectInvalid(f"{path}: {at}: a claim that cannot be tested has no query, but there is {query}.")
    if not claim.not_testable and query is None:
        raise ProjectInvalid(
            f"{path}: line 1, column 1: the query {path.stem}.sql is missing; a claim without one says why under "
            "'not_testable'."
        )
    check_rules(claim, path, verdicts)
    if query:
        check_syntax(query)
    return Files(claim, path, query, tuple(cases))


def only(found: Mapping[str, Files], claim: str | None) -> dict[str, Files]:
    """One of some claims, or all of them.

    Raises:
        NotFound: None is called so.
    """
    if claim is None:
        return dict(found)
    if claim not in found:
        raise NotFound(f"No claim is called '{claim}'. {suggest(claim, list(found))}")
    return {claim: found[claim]}


def measured(found: Mapping[str, Files], tables: Published, day: date | None = None) -> list[Entry]:
    """Claims measured against a release and judged: when they were made, on each anniversary, and today.

    Against a release that does not hold the SQL of its marts, from which they could be made as of a day, only today.

    Args:
        found: The claims.
        tables: The release's tables.
        day: Measure as of this day alone.

    Raises:
        NotFound: A day is asked for, of a release that knows only its own.
        ProjectInvalid: A query fails, or a claim file names figures that its query does not return.
    """
    claims = {name: one.claim for name, one in found.items()}
    queries = {name: one.query for name, one in found.items() if one.query}
    today = readings.newest_day(tables)
    made = {name: {View(today, "latest"): _checked(found[name], q, tables, today)} for name, q in queries.items()}
    past = all(tables.has_past(upstream(query)) for query in queries.values())
    if day and not past:
        raise NotFound(
            f"Release {tables.release.id} does not hold the SQL of its marts, so it knows no day but its own."
        )
    if past:
        made = readings.measure_all(tables, claims, queries, today, day)
    rows: dict[str, list[dict[str, Any]]] = {
        "claims": [ledger.claim_row(c) for c in claims.values()],
        "claim_measurements": ledger.measurement_rows(made),
        "claim_sensitivity": ledger.sensitivity_rows(claims, made),
        "claim_verdicts": ledger.verdict_rows(claims, made),
    }
    return entries_of(lambda stem: _as_table(tables, stem, rows[stem]))


def _checked(one: Files, query: Path, tables: Published, today: date) -> list[Measurement]:
    """Measure with all that is known, and say what is wrong with the claim before anything is made of it."""
    view = View(today, "latest")
    reads = upstream(query)
    if unknown := [stem for stem in reads if not tables.has(stem)]:
        said = f"the release has no table or codelist '{unknown[0]}'. {tables.suggest(unknown[0])}"
        raise ProjectInvalid(f"{query}: {place_of(query, unknown[0])}: {said}")
    with connect(tables, reads, view) as con:
        register_statistics(con)
        check_binds(con, query)
        found = measure(con, one.claim, query)
    check_figures(one.claim, one.file, found)
    return found


def _as_table(tables: Published, stem: str, rows: list[dict[str, Any]]) -> pa.Table:
    columns = tables.contracts[stem].columns
    return pa.Table.from_pylist(rows, schema=pa.schema([pa.field(n, c.arrow_type) for n, c in columns.items()]))


def run_cases(found: Mapping[str, Files], tables: Published) -> list[golden.Outcome]:
    """The golden cases of some claims.

    Raises:
        ProjectInvalid: A file of a case is not what it should be, a query fails, or a testable claim has no case.
    """
    outcomes = []
    for one in found.values():
        if one.query is None:
            continue
        if not one.cases:
            wanted = f"{one.claim.claim}/<case>/{golden.EXPECTED}"
            raise ProjectInvalid(f"{one.file}: line 1, column 1: the claim has no golden case ({wanted}).")
        outcomes += [golden.run_claim(tables, one.claim, one.query, case) for case in one.cases]
    return outcomes
