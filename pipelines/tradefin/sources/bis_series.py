"""Observations of the BIS's structure BIS_DER as one table, whichever way they came.

Which series are wanted, what counts as an observation, how attributes of whole series or data sets reach each of them.
What belongs here: that. What does not: the formats (`bis_csv`, `bis_sdmx`, `bis_portal`).
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

import pyarrow as pa

from tradefin.errors import SourceChanged
from tradefin.sources.bundled import text_table

Row = dict[str, str]
Key = tuple[str, ...]

AGENCY = "BIS"
DATAFLOW = "WS_DER_OTC_TOV"
# What the dataflow was called until 2023, and the structure that it follows.
NAMES = (DATAFLOW, "WEBSTATS_DER_DATAFLOW", "BIS_DER")

DIMENSIONS = (
    "FREQ",
    "DER_TYPE",
    "DER_INSTR",
    "DER_RISK",
    "DER_REP_CTY",
    "DER_SECTOR_CPY",
    "DER_CPC",
    "DER_SECTOR_UDL",
    "DER_CURR_LEG1",
    "DER_CURR_LEG2",
    "DER_ISSUE_MAT",
    "DER_RATING",
    "DER_EX_METHOD",
    "DER_BASIS",
)
UNITS = ("DECIMALS", "UNIT_MEASURE", "UNIT_MULT")  # of the whole data set
ATTRIBUTES = (
    "AVAILABILITY",
    "COLLECTION",
    "OBS_CONF",
    "OBS_PRE_BREAK",
    "OBS_STATUS",
    "TIME_FORMAT",
    "TITLE_TS",
    *UNITS,
)
COLUMNS = (*DIMENSIONS, "TIME_PERIOD", "OBS_VALUE", *ATTRIBUTES)

# The series that the core tables need: daily averages (U) of foreign exchange (B), all counterparties, maturities and
# execution methods. `*` stands for any code. Centres are net-gross (B), the world and its currencies net-net (C).
HEADLINE = "A.U.A.B.5J.A.5J.A.TO1.TO1.A.A.3.C"
SERIES = {
    "by country": "A.U.A.B.*.A.5J.A.TO1.TO1.A.A.3.B",
    "by currency": "A.U.A.B.5J.A.5J.A.*.TO1.A.A.3.C",
    "by instrument": "A.U.*.B.5J.A.5J.A.TO1.TO1.A.A.3.C",
}

WANTED: tuple[Key, ...] = tuple(tuple(key.split(".")) for key in SERIES.values())
ANY = frozenset(("", "~", "*"))  # what stands for all codes in a row that is about several series
_ABSENT = ("", "NaN")
_NO_VALUE = ("M", "H", "L", "Q")  # cannot exist, holiday, not collected, suppressed
_YEAR = re.compile(r"(19|20)[0-9]{2}")
NAMED = rf"{AGENCY}:(?:{'|'.join(NAMES)})(?:\([0-9.]+\))?"  # a pattern


def fits(key: Key, wanted: Iterable[Key]) -> bool:
    """Whether a series is among those wanted, where `*` stands for any code."""
    return any(all(p in ("*", code) for p, code in zip(pattern, key, strict=True)) for pattern in wanted)


def check_name(name: str, where: str) -> None:
    """Refuse the data of another dataflow.

    Args:
        name: Agency, id and version as in `BIS:WS_DER_OTC_TOV(1.0)`.
        where: What was asked, for the error.

    Raises:
        SourceChanged: It is another dataflow or structure.
    """
    if not re.fullmatch(NAMED, name):
        raise SourceChanged(f"{where}: the answer is of {name[:80]!r} where {AGENCY}:{DATAFLOW} was asked for.")


def observed(rows: Iterable[Row], where: str) -> list[Row]:
    """The observations among rows, each with the attributes of its series, group or data set.

    A row without a period says what holds for all observations of its series; where dimensions are empty too, for all
    that agree in the others. A status of missing, an empty value and NaN mean no observation; none of them is zero.

    Args:
        rows: Cells by column id.
        where: What was asked, for errors.

    Raises:
        SourceChanged: No observation at all, a dimension without a code, a period that is no year, two values of one
            observation.
    """
    found: dict[Key, Row] = {}
    apart: list[Row] = []
    seen = 0
    for seen, row in enumerate(rows, start=1):  # noqa: B007 - how many there were
        if not row.get("TIME_PERIOD"):
            apart.append(row)
        elif row.get("OBS_STATUS") not in _NO_VALUE and row.get("OBS_VALUE", "") not in _ABSENT:
            before = found.setdefault(_name(row, where), row)
            if before["OBS_VALUE"] != row["OBS_VALUE"]:
                raise SourceChanged(
                    f"{where}: {_shown(row)} has two values, {before['OBS_VALUE']} and {row['OBS_VALUE']}."
                )
    if not found:
        raise SourceChanged(f"{where}: no observation of the series asked for among {seen:,} rows.")
    kept = list(found.values())
    _inherit(kept, apart)
    return kept


def unit_is_stated(rows: Iterable[Row]) -> bool:
    """Whether every observation says what it is counted in."""
    return all(row.get("UNIT_MULT") and row.get("UNIT_MEASURE") for row in rows)


def with_units(rows: Iterable[Row], evidence: Sequence[Row], where: str) -> list[Row]:
    """Observations with the units of the data set, where they do not state their own.

    Args:
        rows: Observations.
        evidence: Observations of the same data set, from an answer that states its units.
        where: What was asked, for errors.

    Raises:
        SourceChanged: The evidence states no single unit, or the same observation is of another size there.
    """
    units = {name: {row.get(name, "") for row in evidence} for name in UNITS}
    if any(len(values) != 1 or "" in values for name, values in units.items() if name != "DECIMALS"):
        found = ", ".join(f"{name}={'/'.join(sorted(values))}" for name, values in units.items())
        raise SourceChanged(f"{where}: the message that should state the unit says {found}.")
    stated = {name: next(iter(values)) for name, values in units.items() if len(values) == 1}
    there = {_name(row, where): row for row in evidence}
    completed = []
    for row in rows:
        twin = there.get(_name(row, where))
        if twin is not None and not _same_size(row["OBS_VALUE"], twin["OBS_VALUE"]):
            raise SourceChanged(
                f"{where}: {_shown(row)} is {row['OBS_VALUE']}, but {twin['OBS_VALUE']} in the message that states the "
                f"unit (UNIT_MULT={stated['UNIT_MULT']}): they are not in the same unit."
            )
        completed.append({**row, **{name: row.get(name) or value for name, value in stated.items()}})
    return completed


def table_of(rows: Sequence[Row], where: str) -> pa.Table:
    """Observations as a table: the columns of BIS_DER, then any that it does not have, under their own names.

    Args:
        rows: Observations.
        where: What was asked, for the error.

    Raises:
        SourceChanged: Some do not say what they are counted in.
    """
    for name in ("UNIT_MULT", "UNIT_MEASURE"):
        silent = [row for row in rows if not row.get(name)]
        if silent:
            raise SourceChanged(
                f"{where}: the unit is not stated: {name} is missing in {len(silent):,} of {len(rows):,} observations, "
                f"first {_shown(silent[0])}."
            )
    header = list(dict.fromkeys((*COLUMNS, *(name for row in rows for name in row))))
    return text_table(header, [[row.get(name, "") for name in header] for row in rows])


def _name(row: Row, where: str) -> Key:
    """Series and period."""
    codes = tuple([row.get(dimension, "") for dimension in DIMENSIONS])
    if not ANY.isdisjoint(codes):
        dimension = next(d for d, code in zip(DIMENSIONS, codes, strict=True) if code in ANY)
        raise SourceChanged(f"{where}: an observation of {row['TIME_PERIOD']} has no {dimension}: {_shown(row)}.")
    if not _YEAR.fullmatch(row["TIME_PERIOD"]):
        raise SourceChanged(f"{where}: the period of {_shown(row)} is no year.")
    return (*codes, row["TIME_PERIOD"])


def _shown(row: Row) -> str:
    return f"{'.'.join(row.get(d, '') for d in DIMENSIONS)[:80]} in {row['TIME_PERIOD'][:20]}"


def _inherit(observations: list[Row], apart: Iterable[Row]) -> None:
    """Give observations what rows without a period say; the narrower row wins, the observation's own word above all."""
    by_level: dict[Key, dict[Key, Row]] = {}
    for row in apart:
        level = tuple(d for d in DIMENSIONS if row.get(d, "") not in ANY)
        said = {n: v for n, v in row.items() if v and n not in DIMENSIONS and n not in ("TIME_PERIOD", "OBS_VALUE")}
        of_level = by_level.setdefault(level, {})
        codes = tuple(row[d] for d in level)
        of_level[codes] = {**of_level.get(codes, {}), **said}
    for level in sorted(by_level, key=len, reverse=True):
        for row in observations:
            for name, value in by_level[level].get(tuple(row[d] for d in level), {}).items():
                row[name] = row.get(name) or value


def _same_size(one: str, other: str) -> bool:
    """Whether two figures can be the same but for a revision."""
    try:
        a, b = abs(Decimal(one)), abs(Decimal(other))
    except InvalidOperation:
        return True  # drift says that it is no number
    return a == b or (b < 5 * a and a < 5 * b)
