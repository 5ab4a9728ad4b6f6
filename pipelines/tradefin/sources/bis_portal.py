"""The table service behind the BIS's data portal: tables D11.2 (by country) and D11.3 (by currency).

Each cell carries the key of its series; it shows whole billions where the series has millions with decimals. What
belongs here: this layout. What does not: what counts as an observation (`bis_series`).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from tradefin.errors import SourceChanged
from tradefin.sources.bis_series import AGENCY, DATAFLOW, DIMENSIONS, Row, observed, table_of
from tradefin.sources.flow import Part, Request
from tradefin.sources.text import decode_text, html_title, looks_like_html

PERCENT = "PERCENT"  # of the survey's total, as printed beside the amount

_TABLES = {"DER_D11_2": "B", "DER_D11_3": "C"}  # and the code of the basis that each of them names
_BASES = {"net-gross": "B", "net-net": "C"}
_MULTIPLIERS = {"millions": "6", "billions": "9", "trillions": "12"}
_ABOUT = re.compile(r'"(?P<basis>[A-Za-z-]+)" basis, .* in (?P<size>[a-z]+) of US dollars')
_NUMBER = re.compile(r"-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?")
_YEAR = re.compile(r"(19|20)[0-9]{2}")
_MISSING = "..."
_CELL = {"value", "dataflow_id", "series_key"}
_NAME = "level_1"


@dataclass(frozen=True)
class _Columns:
    """Where a table has what.

    Attributes:
        amounts: Year by field.
        shares: Field by year.
        others: Fields that only hold others.
    """

    amounts: dict[str, str]
    shares: dict[str, str]
    others: frozenset[str]

    @property
    def fields(self) -> set[str]:
        """All that a line may have."""
        return {_NAME, *self.amounts, *self.shares.values(), *self.others}


def by_portal() -> tuple[Request, ...]:
    """The two tables."""
    service = "https://data.bis.org/api/v0/publication_tables"
    return tuple(
        Request(f"{service}/{AGENCY},{table},1.0", accept="application/json", suffix=".json") for table in _TABLES
    )


def parse_portal(parts: tuple[Part, ...]) -> pa.Table:
    """The tables as one table of observations, in billions as shown.

    Raises:
        SourceChanged: A table has another layout, unit or basis.
    """
    rows: list[Row] = []
    for part in parts:
        where = f"bis ({part.request.address})"
        rows += observed(_rows(_message(part.data, where), where), where)
    return table_of(observed(rows, "bis"), "bis")


def _message(data: bytes, where: str) -> dict[str, Any]:
    if not data.strip():
        raise SourceChanged(f"{where}: the answer is empty.")
    if looks_like_html(data):
        raise SourceChanged(f"{where}: a page of HTML ({html_title(data)}) came where JSON was due.")
    try:
        message = json.loads(decode_text(data, where), parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise SourceChanged(f"{where}: not readable as JSON: {error}.") from error
    if not isinstance(message, dict):
        raise SourceChanged(f"{where}: the JSON is no object but {str(message)[:80]!r}.")
    for name, kind in (("id", str), ("description", str), ("columns", list), ("items", list)):
        if not isinstance(message.get(name), kind):
            raise SourceChanged(f"{where}: no '{name}' in the JSON. It has: {', '.join(map(str, message))[:200]}.")
    return message


def _rows(message: dict[str, Any], where: str) -> Iterator[Row]:
    """Rows for all cells that show something; `...` and an empty cell show nothing."""
    table = message["id"]
    if table not in _TABLES:
        raise SourceChanged(f"{where}: the answer is table {table[:40]!r}; known are {', '.join(_TABLES)}.")
    fixed = _unit(message["description"], table, where)
    columns = _columns(message["columns"], where)
    for item in message["items"]:
        if not isinstance(item, dict) or not isinstance(item.get(_NAME), str):
            raise SourceChanged(f"{where}: a line of {table} has no name: {str(item)[:80]!r}.")
        name = f"the line {item[_NAME][:40]!r}"
        if unknown := sorted(set(item) - columns.fields):
            raise SourceChanged(f"{where}: {name} has unknown fields: {', '.join(unknown)[:200]}.")
        for field, year in columns.amounts.items():
            if row := _row(item, field, columns.shares.get(year, ""), f"{where}: {name}"):
                if row["DER_BASIS"] != _TABLES[table]:
                    raise SourceChanged(
                        f"{where}: {name} shows a series of DER_BASIS {row['DER_BASIS']!r} where {table} is of "
                        f"{_TABLES[table]!r}."
                    )
                yield {**row, **fixed, "TIME_PERIOD": year}


def _unit(description: str, table: str, where: str) -> Row:
    """The unit that a table says it is in; its basis must be the one known."""
    about = _ABOUT.search(description)
    if about is None or about["size"] not in _MULTIPLIERS or _BASES.get(about["basis"].lower()) != _TABLES[table]:
        raise SourceChanged(f"{where}: basis or unit of {table} are others than known: {description[:200]!r}.")
    return {"UNIT_MULT": _MULTIPLIERS[about["size"]], "UNIT_MEASURE": "USD"}


def _columns(columns: list[Any], where: str) -> _Columns:
    amounts: dict[str, str] = {}
    shares: dict[str, str] = {}
    others = set()
    try:
        for column in columns:
            year, field = str(column["header_name"]), str(column["field"])
            inside = {str(child["header_name"]): str(child["field"]) for child in column.get("children") or ()}
            if not _YEAR.fullmatch(year):
                raise SourceChanged(f"{where}: the column {year[:40]!r} is no year.")
            if inside and ("Amount" not in inside or set(inside) - {"Amount", "%"}):
                raise SourceChanged(f"{where}: {year} has the columns {', '.join(inside)[:200]}, not Amount and %.")
            others |= {field} if inside else set()
            amounts[inside.get("Amount", field)] = year
            if "%" in inside:
                shares[year] = inside["%"]
    except (KeyError, TypeError, AttributeError) as error:
        raise SourceChanged(f"{where}: the columns have another layout: {str(columns)[:120]!r}.") from error
    if len(set(amounts.values())) != len(columns):
        raise SourceChanged(f"{where}: a year or a field stands twice among the columns.")
    return _Columns(amounts, shares, frozenset(others))


def _row(item: dict[str, Any], field: str, share: str, where: str) -> Row | None:
    """Series, value and printed share of one cell; None if it shows nothing."""
    cell = item.get(field) or {}
    value = _number(cell, where)
    if not value:
        return None
    key = str(cell.get("series_key", "")).split(".")
    flow = str(cell.get("dataflow_id", ""))
    if len(key) != len(DIMENSIONS) or not all(key) or flow.split(",")[:2] != [AGENCY, DATAFLOW]:
        raise SourceChanged(
            f"{where} has a cell of the series {'.'.join(key)[:80]!r} in {flow[:40]!r}; {len(DIMENSIONS)} codes of "
            f"{AGENCY},{DATAFLOW} are expected."
        )
    return {
        **dict(zip(DIMENSIONS, key, strict=True)),
        "OBS_VALUE": value,
        "DECIMALS": str(len(value.partition(".")[2])),
        PERCENT: _number(item.get(share) or {}, where),
    }


def _number(cell: Any, where: str) -> str:  # noqa: ANN401 - JSON
    """What a cell shows, without the commas between thousands; empty if nothing."""
    if not isinstance(cell, dict) or set(cell) - _CELL:
        raise SourceChanged(f"{where} has a cell of another layout: {str(cell)[:120]!r}.")
    shown = str(cell.get("value") or "").strip()
    if shown in ("", _MISSING):
        return ""
    if not _NUMBER.fullmatch(shown):
        raise SourceChanged(f"{where} shows {shown[:40]!r}, which is no number.")
    return shown.replace(",", "")
