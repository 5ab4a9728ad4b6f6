"""Conditions over figures, as claim files write them: SQL, evaluated where nothing else can be reached."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp

from tradefin import locked
from tradefin.claims.claim import Claim
from tradefin.errors import ProjectInvalid

Figures = Mapping[str, Decimal | None]


def names_in(claim: Claim, condition: str) -> set[str]:
    """The figures that a condition uses.

    Raises:
        ProjectInvalid: It is no condition.
    """
    try:
        tree = sqlglot.parse_one(condition, dialect="duckdb")
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise ProjectInvalid(f"Claim {claim.claim}: the rule '{condition}' is not a condition: {error}") from error
    return {c.name for c in tree.find_all(exp.Column)}


def evaluate(claim: Claim, condition: str, rows: Sequence[Figures]) -> list[bool | None]:
    """Whether a condition holds over each row of figures; None where one that it needs is missing.

    Raises:
        ProjectInvalid: DuckDB cannot evaluate it.
    """
    names = sorted(names_in(claim, condition))
    kind = pa.decimal128(28, 6)
    columns = {n: pa.array([row.get(n) for row in rows], kind) for n in names}
    table = pa.table({"number": pa.array(range(len(rows)), pa.int32()), **columns})
    with beside_nothing() as con:
        con.register("figures", table)
        try:
            found = con.execute(f"select ({condition})::boolean from figures order by number").fetchall()
        except duckdb.Error as error:
            raise ProjectInvalid(f"Claim {claim.claim}: the rule '{condition}' cannot be evaluated: {error}") from error
    return [row[0] for row in found]


def beside_nothing() -> duckdb.DuckDBPyConnection:
    """A connection for a condition, which reads what it is given: a locked database that stays empty is behind all."""
    return _alone().cursor()


@cache
def _alone() -> duckdb.DuckDBPyConnection:
    """One database for all conditions: to open one takes longer than to evaluate a hundred."""
    return locked.private()
