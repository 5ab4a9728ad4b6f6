"""Golden cases: a folder of small CSV files in, `expect.csv` out, and for a claim its verdict in `verdict.txt`.

What belongs here: running a case. What does not: which cases there are (`folder`), what a test runner makes of them.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from tradefin.claims.claim import Claim
from tradefin.claims.measure import measure, register_statistics
from tradefin.claims.verdict import judge
from tradefin.errors import ProjectInvalid
from tradefin.quoting import quote
from tradefin.tables.contract import Contract
from tradefin.tables.sql import upstream
from tradefin.tables.typed import to_contract

EXPECTED, VERDICT = "expect.csv", "verdict.txt"
_MEASURED = pa.schema(
    [
        ("definition", pa.string()),
        ("measure", pa.string()),
        ("period", pa.string()),
        ("value", pa.decimal128(28, 6)),
        ("unit", pa.string()),
        ("claimed_value", pa.decimal128(28, 6)),
        ("note", pa.string()),
    ]
)

Cells = list[tuple[str, ...]]


class Tables(Protocol):
    """What a case needs of the project or release that its claim is about."""

    @property
    def contracts(self) -> Mapping[str, Contract]:
        """Contracts of the tables by stem."""

    def table(self, stem: str) -> pa.Table:
        """A whole table; of codelists, the real one."""

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A private in-memory DuckDB."""


@dataclass(frozen=True)
class Outcome:
    """What came of one case of a claim.

    Attributes:
        claim: Id of the claim.
        case: Name of the case.
        found: Measurements as sorted texts, on the columns and measures that `expect.csv` has.
        expected: What `expect.csv` has.
        verdict: What the rules say of the case.
        expected_verdict: What `verdict.txt` has; None where there is none.
    """

    claim: str
    case: str
    found: Cells
    expected: Cells
    verdict: str
    expected_verdict: str | None

    @property
    def passes(self) -> bool:
        """Whether measurements and verdict are as expected."""
        return self.found == self.expected and self.expected_verdict in (None, self.verdict)

    @property
    def differences(self) -> list[str]:
        """One line for each row that is missing or should not be there, and for another verdict."""
        lines = [f"expected, not measured: {', '.join(row)}" for row in self.expected if row not in self.found]
        lines += [f"measured, not expected: {', '.join(row)}" for row in self.found if row not in self.expected]
        if self.expected_verdict not in (None, self.verdict):
            lines.append(f"the verdict is '{self.verdict}', not '{self.expected_verdict}'")
        return lines


def cases_in(folder: Path) -> list[Path]:
    """The cases below a folder, by name."""
    return sorted(p.parent for p in folder.glob(f"*/{EXPECTED}"))


def run_claim(tables: Tables, claim: Claim, query: Path, case: Path) -> Outcome:
    """Measure one case of a claim and judge it, as if its figures were all that is known.

    Args:
        tables: Contracts of the tables that the query reads, and the real codelists.
        claim: The claim.
        query: Its query.
        case: Folder of the case.

    Raises:
        ProjectInvalid: A file of the case is not what it should be, or the query fails.
    """
    with tables.connect() as con:
        load_inputs(con, tables, upstream(query), case)
        register_statistics(con)
        measured = measure(con, claim, query)
        rows = [{name: getattr(m, name) for name in _MEASURED.names} for m in measured]
        found, expected = compare(con, pa.Table.from_pylist(rows, schema=_MEASURED), None, case / EXPECTED)
    path = case / VERDICT
    wanted = path.read_text(encoding="utf-8").strip() if path.exists() else None
    return Outcome(claim.claim, case.name, found, expected, judge(claim, {"latest": measured}).verdict, wanted)


def read_csv(path: Path) -> tuple[list[str], list[list[str | None]]]:
    """Header and rows; the empty cell is missing.

    Raises:
        ProjectInvalid: The file is no CSV, is empty, or has rows of different length.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            rows = [(reader.line_num, row) for row in reader if row]
    except (OSError, ValueError, csv.Error) as error:
        raise ProjectInvalid(f"{path}: cannot be read as CSV in UTF-8: {error}") from error
    if not rows:
        raise ProjectInvalid(f"{path}: line 1: a header with the names of the columns is missing.")
    header = rows[0][1]
    for line, row in rows:
        if len(row) != len(header):
            raise ProjectInvalid(f"{path}: line {line}: {len(row)} cells, but the header has {len(header)} columns.")
    return header, [[cell or None for cell in row] for _, row in rows[1:]]


def load_inputs(con: duckdb.DuckDBPyConnection, tables: Tables, needs: tuple[str, ...], case: Path) -> None:
    """Register each upstream table of a case: from its CSV, else empty; codelists default to the real ones.

    Raises:
        ProjectInvalid: A CSV is of no table that the query reads, or has a column that the table does not have.
    """
    unknown = sorted({f.stem for f in case.glob("*.csv")} - {*needs, Path(EXPECTED).stem})
    if unknown:
        reads = ", ".join(needs) or "nothing"
        raise ProjectInvalid(f"{case / unknown[0]}.csv: the query does not read '{unknown[0]}'; it reads {reads}.")
    for need in needs:
        path = case / f"{need}.csv"
        if need.startswith("codelist_") and not path.exists():
            con.register(need, tables.table(need))
            continue
        header, rows = read_csv(path) if path.exists() else ([], [])
        contract = tables.contracts.get(need)
        columns = list(contract.columns) if contract else list(tables.table(need).column_names)
        if extra := sorted(set(header) - set(columns)):
            raise ProjectInvalid(f"{path}: line 1: the table {need} has no column '{extra[0]}'.")
        cells = {c: [row[header.index(c)] if c in header else None for row in rows] for c in columns}
        text = pa.table({c: pa.array(v, pa.string()) for c, v in cells.items()})
        if contract is None:
            con.register(need, text)
        else:
            con.register("given", text)
            con.register(need, to_contract(con, contract, "given"))


def compare(
    con: duckdb.DuckDBPyConnection, found: pa.Table, contract: Contract | None, path: Path
) -> tuple[Cells, Cells]:
    """Both sides cast to the same types and written as texts, on the columns that `expect.csv` has.

    Args:
        con: A connection.
        found: What the SQL returned.
        contract: Of a table, whose rows must all be expected; None for a claim, of which a case may show only some
            definitions and measures.
        path: The file with what is expected.

    Raises:
        ProjectInvalid: The file has a column that was not returned, or a cell of another type.
    """
    header, rows = read_csv(path)
    if extra := sorted(set(header) - set(found.column_names)):
        raise ProjectInvalid(f"{path}: line 1: unknown column '{extra[0]}'.")
    con.register("found", found)
    con.register("expected", pa.table({h: pa.array([r[i] for r in rows], pa.string()) for i, h in enumerate(header)}))
    types = {r[0]: r[1] for r in con.execute("describe found").fetchall()}
    fields = ", ".join(f"coalesce({quote(h)}::{types[h]}::varchar, '')" for h in header)
    keep = [h for h in ("definition", "measure", "period") if h in header] if contract is None else []
    listed = ", ".join(keep)
    only = f"where ({listed}) in (select ({listed}) from expected)" if keep else ""
    try:
        left = con.execute(f"select {fields} from found {only}").fetchall()
        right = con.execute(f"select {fields} from expected").fetchall()
    except duckdb.ConversionException as error:
        raise ProjectInvalid(f"{path}: {str(error).splitlines()[0]}") from error
    return sorted(left), sorted(right)
