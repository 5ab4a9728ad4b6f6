"""Run a claim's query over a view of the tables; each row it returns is one measurement."""

import contextlib
import threading
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

import duckdb
from duckdb.func import FunctionNullHandling

from tradefin import limits
from tradefin.claims.claim import Claim
from tradefin.errors import ProjectInvalid
from tradefin.tables.sql import read_sql
from tradefin.tables.sqlerrors import placed

_COLUMNS = ("definition", "measure", "period", "value", "unit", "claimed_value", "note")
_SIX_PLACES = Decimal("0.000001")
_REGISTERING = threading.Lock()


@dataclass(frozen=True)
class Measurement:
    """One figure: see the contract of `claim_measurements` for what each part means."""

    definition: str
    measure: str
    period: str
    value: Decimal | None
    unit: str
    claimed_value: Decimal | None
    note: str | None
    known_by: str | None = None

    @property
    def ratio_to_claim(self) -> Decimal | None:
        """Value over claimed value, to six places; None where either is missing or the claim is zero."""
        if self.value is None or not self.claimed_value:
            return None
        return (self.value / self.claimed_value).quantize(_SIX_PLACES)


def measure(con: duckdb.DuckDBPyConnection, claim: Claim, path: Path) -> list[Measurement]:
    """All measurements of one claim, in the order definition, measure, period.

    Args:
        con: Connection that holds the tables which the query reads, and the statistics.
        claim: The claim.
        path: Its query.

    Raises:
        ProjectInvalid: The query fails, returns other columns, repeats a measurement or uses a definition that the
            claim file does not explain.
    """
    statement = f"create or replace temp table measured as {read_sql(path)}"
    try:
        with limits.bounded(con):
            con.execute(statement)
        found = [row[0] for row in con.execute("describe measured").fetchall()]
    except duckdb.InterruptException as error:
        raise ProjectInvalid(f"{path}: stopped after {limits.SECONDS:g} seconds; a query takes a few.") from error
    except duckdb.Error as error:
        raise ProjectInvalid(placed(error, path, statement)) from error
    if sorted(found) != sorted(_COLUMNS):
        raise ProjectInvalid(f"{path}: must return the columns {', '.join(_COLUMNS)}; it returns {', '.join(found)}.")
    rows = con.execute(
        "select definition, measure, period::varchar, value::decimal(28,6), unit, claimed_value::decimal(28,6), note "
        "from measured order by definition, measure, period, value"
    ).fetchall()
    measurements = [Measurement(*row) for row in rows]
    _check(measurements, claim, path)
    return measurements


def _check(measurements: list[Measurement], claim: Claim, path: Path) -> None:
    seen: set[tuple[str, str, str]] = set()
    for m in measurements:
        name = (m.definition, m.measure, m.period)
        if None in name:
            raise ProjectInvalid(f"{path}: definition, measure and period must not be missing; found {name}.")
        if name in seen:
            raise ProjectInvalid(f"{path}: measured twice: {', '.join(name)}.")
        seen.add(name)
    if unexplained := sorted({m.definition for m in measurements} - set(claim.definitions)):
        raise ProjectInvalid(f"{path}: the definition '{unexplained[0]}' is not explained in the claim file.")


def register_statistics(con: duckdb.DuckDBPyConnection) -> None:
    """Make the exact (Clopper-Pearson) 95 % bounds available to claims' queries on every connection to a database."""
    with _REGISTERING:
        for name, bound in (("exact_interval_low_pct", _low), ("exact_interval_high_pct", _high)):
            with contextlib.suppress(duckdb.CatalogException):  # another connection has made them available
                con.create_function(
                    name, bound, ["BIGINT", "BIGINT"], "DOUBLE", null_handling=FunctionNullHandling.SPECIAL
                )


def _low(successes: int | None, trials: int | None) -> float | None:
    return _interval(successes, trials)[0]


def _high(successes: int | None, trials: int | None) -> float | None:
    return _interval(successes, trials)[1]


@cache
def _interval(successes: int | None, trials: int | None) -> tuple[float | None, float | None]:
    """In percent, by quantiles of the beta distribution; the same few counts come again for each definition and day."""
    from scipy.special import betaincinv

    if successes is None or not trials:
        return None, None
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes in {trials} trials")
    low = betaincinv(successes, trials - successes + 1, 0.025) if successes else 0
    high = betaincinv(successes + 1, trials - successes, 0.975) if successes < trials else 1
    return 100 * float(low), 100 * float(high)
