"""Checking a table against its contract: all that our audit does with a file, beyond importing Great Expectations.

The two contracts are the project's own: locational banking positions (a key of twelve columns, bounds of decimals and
dates, no missing values) and official reserves (codelists, references to other tables, two dates compared), over rows
that are made up and keep every promise. The limit is the same checks as one SELECT by DuckDB alone. The peer is Great
Expectations' own engine on a pandas frame, as anybody runs the suites that a release publishes. Seconds are taken
inside each process after its imports; memory is that of the whole process.
"""

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb

from benchmarks.measure import Command, Costs
from benchmarks.row import Row
from benchmarks.workshop import HERE, ROOT, Workshop
from tradefin.audit.expectations import suite_json
from tradefin.audit.rows import Rows
from tradefin.project import Project
from tradefin.quoting import literal
from tradefin.tables.builder import Builder
from tradefin.tables.contract import Contract, read_contract
from tradefin.tables.contract import Rows as Bounds
from tradefin.tables.store import Store

BANKING, RESERVES = "bis_locational_banking", "reserves"
SIZES = {
    BANKING: {"10 thousand": 10_000, "1 million": 1_000_000, "10 million": 10_000_000},
    RESERVES: {"1 million": 1_000_000, "10 million": 10_000_000},
}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# From so many rows on a frame takes long: it runs once, and where it takes minutes for one table only.
_LARGE, _LARGEST = 1_000_000, 10_000_000


def run(workshop: Workshop) -> list[Row]:
    """Measure: ours against the limit and the peer."""
    rows = []
    for table, sizes in SIZES.items():
        for words, number in sizes.items():
            rows += _rows(table, words, _costs(workshop, table, number), number)
    return rows


def builder_of(home: Path) -> Builder:
    """The project's own contracts, codelists and tables, with a store of its own."""
    return Builder(Project.find(), Store(home))


def contract_of(builder: Builder, table: str, number: int) -> Contract:
    """A contract that lets the table have so many rows."""
    partitioned = builder.project.expectations / "partitioned" / f"{table}.yml"
    contract = read_contract(partitioned) if table == BANKING else builder.contracts[table]
    return contract.model_copy(update={"rows": Bounds(min=number, max=number, why="as many as are made up")})


def _costs(workshop: Workshop, table: str, number: int) -> dict[str, Costs]:
    home = workshop.scratch / "home"
    builder = builder_of(home)
    contract = contract_of(builder, table, number)
    made = workshop.scratch / f"{table}.parquet"
    _make(builder, contract, number, made)
    with made.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    stored = home / "tables" / table / f"{sha256}.parquet"
    stored.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(made, stored)
    suite = workshop.scratch / "suite.json"
    suite.write_text(json.dumps(suite_json(builder, contract, Rows(stored))), encoding="utf-8")
    scripts = HERE / "scripts"
    ours = (workshop.python, scripts / "validate_ours.py", table, str(number), home, sha256)
    commands = {
        "ours": Command(ours, env={"PYTHONPATH": str(ROOT)}),
        "limit": Command((workshop.python, scripts / "validate_sql.py", suite, stored)),
    }
    peer = {"frame": Command((workshop.python, scripts / "validate_frame.py", suite, stored))}
    small = number < _LARGE
    costs = workshop.compete({**commands, **(peer if small else {})}, runs=3)
    if not small and (table == BANKING or number < _LARGEST):
        costs |= workshop.compete(peer, runs=1, warm=False)
    for told in (json.loads(cost.output) for name in costs for cost in costs[name].runs if name != "limit"):
        if not told["success"]:
            raise RuntimeError(f"{table}: the rows that were made up do not keep the contract")
    stored.unlink()
    return costs


def _rows(table: str, words: str, costs: dict[str, Costs], number: int) -> list[Row]:
    what = f"{table}, {words} rows"
    ours, limit = costs["ours"], costs["limit"]
    largest = number == _LARGEST
    rows = [Row(f"{what}: time", "s", _seconds(ours), "one SELECT", _seconds(limit), 2 if largest else None)]
    if frame := costs.get("frame"):
        rows.append(Row(f"{what}: time", "s", _seconds(ours), "frame", _seconds(frame), 1))
    if number >= _LARGE:
        theirs = ("frame", frame.mebibytes) if frame else ("one SELECT", limit.mebibytes)
        rows.append(Row(f"{what}: memory", "MiB", ours.mebibytes, *theirs, 1))
    if largest:
        rows.append(Row(f"{what}: memory", "MiB", ours.mebibytes, at_most=1536, note="imports take some 330 of it"))
    return rows


def _seconds(costs: Costs) -> Sequence[float]:
    return [float(json.loads(run.output)["seconds"]) for run in costs.runs]


def _make(builder: Builder, contract: Contract, number: int, file: Path) -> None:
    """Write rows that keep a contract, in the order of its key."""
    parts, others = _BANKING if contract.table == BANKING else _reserves(builder)
    key, size = {}, 1
    for name, values in reversed(parts.items()):
        key[name] = f"({values})[1 + (i // {size}) % len({values})]"
        size *= int(duckdb.sql(f"select len({values})").fetchall()[0][0])
    if size < number:
        raise RuntimeError(f"{contract.table}: {size} keys cannot name {number} rows")
    made = ", ".join(f"{sql} as {name}" for name, sql in key.items())
    columns = ", ".join(f"({others.get(n, n)})::{c.sql_type} as {n}" for n, c in contract.columns.items())
    # Every so many-th key, so that few rows show as many values of each column as many rows do.
    query = (
        f"select {columns} from (select i, {made} from (select i * {size // number} as i from range({number}) r(i)))"
    )
    with duckdb.connect() as con:
        con.execute(f"copy ({query}) to {literal(str(file))} (format parquet, compression zstd, row_group_size 131072)")


def _texts(*values: str) -> str:
    return f"[{', '.join(literal(v) for v in values)}]"


def _reserves(builder: Builder) -> tuple[dict[str, str], dict[str, str]]:
    named = {
        "iso3": builder.table("codelist_countries").column("iso3"),
        "vintage_id": builder.table("vintages").column("vintage_id"),
        "source_id": builder.table("citations").column("source_id"),
    }
    lists = {name: _texts(*column.to_pylist()) for name, column in named.items()}
    key = {"iso3": lists["iso3"], "year": "range(1900, 2000)", "basis": _texts("with_gold", "without_gold")}
    others = {
        "publisher": "['world_bank', 'ewn', 'imf'][1 + i % 3]",
        "reserves_usd_bn": "(i * 7919) % 40000000 / 10000",
        "note": "if(i % 50 = 0, 'computed from ' || i % 1000, null)",
        "period_end": "make_date(year, 12, 31)",
        "known_on": "make_date(year + 1, 3, 1)",
    }
    return {**key, "vintage_id": lists["vintage_id"], "source_id": lists["source_id"]}, others


_BANKING: tuple[dict[str, str], dict[str, str]] = (
    {
        "reporting_country": _texts("JP"),
        "counterparty_country": _texts(*(a + b for a in _LETTERS[:10] for b in _LETTERS)),
        "measure": _texts("F", "S"),
        "position": _texts("C", "L"),
        "instrument": _texts("A", "D", "G"),
        "currency": _texts("CHF", "EUR", "GBP", "JPY", "TO1", "USD"),
        "currency_type": _texts("A", "D", "F"),
        "parent_country": _texts(*(f"{a}P" for a in _LETTERS)),
        "bank_type": _texts("A", "B", "D", "S"),
        "sector": _texts("A", "B", "F", "N"),
        "position_type": _texts("A", "N", "R"),
        "quarter_end": "[last_day(make_date(1980 + q // 4, 3 + 3 * (q % 4), 1)) for q in range(180)]",
    },
    {"amount_usd_mn": "((i * 7919) % 90000000) / 1000", "status": "['A', 'E', 'P'][1 + i % 3]"},
)
