"""World Bank, World Development Indicators: reserves, gross domestic product, trade, by its API and by its zips of CSV.

Both ways give the same table: one row per economy or group, indicator and year that has a figure, with the API's ids.
What belongs here: asking for the indicators, reading the two layouts. What does not: units and codes (`sql/sources/`).
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from tradefin.errors import SourceChanged, Unavailable
from tradefin.sources.bundled import text_table
from tradefin.sources.flow import Flow, Part, Request
from tradefin.sources.text import decode_text, html_title, looks_like_html
from tradefin.sources.zipfiles import members

API = "https://api.worldbank.org/v2"
COLUMNS = ["indicator.id", "indicator.value", "countryiso3code", "country.value", "date", "value", "lastupdated"]

RESERVES = ("FI.RES.TOTL.CD", "FI.RES.XGLD.CD")
GDP = ("NY.GDP.MKTP.CD", "NY.GDP.MKTP.PP.CD")
TRADE = (
    "NE.IMP.GNFS.CD",
    "NE.EXP.GNFS.CD",
    "NE.EXP.GNFS.ZS",
    "NE.IMP.GNFS.ZS",
    "NE.TRD.GNFS.ZS",
    "NY.GDP.MKTP.CD",
)

_PER_PAGE = 20000
_MOST_PAGES = 100
_NUMBER = re.compile(r"[0-9]{1,9}")
_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
_YEAR = re.compile(r"(19|20)[0-9]{2}")
_CSV_HEADER = ("Country Name", "Country Code", "Indicator Name", "Indicator Code")


@dataclass(frozen=True)
class Page:
    """One page of the API's answer.

    Attributes:
        number: Which page.
        pages: Of how many.
        total: How many records all pages hold.
        updated: Day of the last update.
        records: The records.
    """

    number: int
    pages: int
    total: int
    updated: str
    records: list[Any]


def by_api(indicators: tuple[str, ...]) -> tuple[Request, ...]:
    """The first page of each indicator, all economies and years."""
    return tuple(_page_request(indicator, 1) for indicator in indicators)


def by_zip(indicators: tuple[str, ...]) -> tuple[Request, ...]:
    """The zip of each indicator."""
    return tuple(Request(f"{API}/en/indicator/{one}?downloadformat=csv", suffix=".zip") for one in indicators)


def further_pages(parts: tuple[Part, ...]) -> tuple[Request, ...]:
    """The pages that the pages so far tell of and that have not been asked for."""
    asked = {part.request.address for part in parts}
    wanted = [
        _page_request(_indicator_asked(part), number) for part in parts for number in range(2, _page(part).pages + 1)
    ]
    return tuple(dict.fromkeys(request for request in wanted if request.address not in asked))


def parse_api(parts: tuple[Part, ...]) -> pa.Table:
    """All pages of all indicators as one table.

    Raises:
        SourceChanged: Not the API's layout, a message instead of figures, records missing, another indicator than
            asked for, or no figure.
        Unavailable: The figures were updated while the pages came.
    """
    rows: list[list[str]] = []
    for indicator in dict.fromkeys(_indicator_asked(part) for part in parts):
        pages = [_page(part) for part in parts if _indicator_asked(part) == indicator]
        where = f"World Bank, {indicator}"
        days = sorted({page.updated for page in pages})
        if len(days) > 1:
            raise Unavailable(f"{where}: updated while its pages came ({', '.join(days)}); ask again.")
        records = sum(len(page.records) for page in pages)
        if records != pages[0].total:
            raise SourceChanged(
                f"{where}: {len(pages)} pages hold {records} records where {pages[0].total} are announced."
            )
        figures = [row for page in pages for row in _api_rows(page, indicator, where)]
        rows += _some(figures, where)
    return _table(rows)


def parse_zips(parts: tuple[Part, ...]) -> pa.Table:
    """The CSV of each indicator's zip as one table.

    Raises:
        SourceChanged: No such member, or not the layout of the CSV, or another indicator than asked for, or no figure.
        Unavailable: A zip is cut short.
    """
    rows: list[list[str]] = []
    for part in parts:
        indicator = _indicator_asked(part)
        where = f"World Bank, zip of {indicator}"
        found = members(part.data, [f"API_{indicator}_*.csv"], where)
        if len(found) > 1:
            raise SourceChanged(f"{where}: several members could be the table: {', '.join(found)}.")
        ((name, data),) = found.items()
        rows += _some(list(_csv_rows(data, indicator, f"{where}, {name}")), f"{where}, {name}")
    return _table(rows)


def _page_request(indicator: str, number: int) -> Request:
    address = f"{API}/country/all/indicator/{indicator}?format=json&per_page={_PER_PAGE}&page={number}"
    return Request(address, accept="application/json", suffix=".json")


def _indicator_asked(part: Part) -> str:
    found = re.search(r"/indicator/([A-Z0-9.]+)\?", part.request.address)
    return found[1] if found else ""


def _page(part: Part) -> Page:
    where = f"World Bank, {part.request.address}"
    if looks_like_html(part.data):
        raise SourceChanged(f"{where}: a page of HTML ({html_title(part.data)}) came where JSON was due.")
    try:
        answer = json.loads(decode_text(part.data, where), parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise SourceChanged(f"{where}: not JSON: {error}.") from error
    if isinstance(answer, list) and len(answer) == 1 and isinstance(answer[0], dict) and "message" in answer[0]:
        raise SourceChanged(
            f"{where}: the API answers with a message instead of figures: {str(answer[0]['message'])[:300]}"
        )
    if not (isinstance(answer, list) and len(answer) == 2 and isinstance(answer[0], dict)):
        raise SourceChanged(f"{where}: not a list of a header and records but {str(answer)[:120]}.")
    header, records = answer
    missing = [key for key in ("page", "pages", "total", "lastupdated") if not header.get(key)]
    if missing or not all(_NUMBER.fullmatch(str(header[key])) for key in ("page", "pages", "total")):
        raise SourceChanged(f"{where}: the header lacks {', '.join(missing) or 'a number'}: {str(header)[:300]}.")
    if int(header["pages"]) > _MOST_PAGES:
        raise SourceChanged(f"{where}: {int(header['pages']):,} pages where at most {_MOST_PAGES} are put up with.")
    if not _DAY.fullmatch(str(header["lastupdated"])):
        raise SourceChanged(f"{where}: lastupdated '{header['lastupdated']}' is not a day.")
    if not isinstance(records, list) or not records:
        raise SourceChanged(f"{where}: no records; the header says {str(header)[:300]}.")
    return Page(int(header["page"]), int(header["pages"]), int(header["total"]), header["lastupdated"], records)


def _api_rows(page: Page, indicator: str, where: str) -> Iterator[list[str]]:
    for record in page.records:
        flat = _flat(record)
        missing = [column for column in COLUMNS[:-1] if column not in flat]
        if missing:
            raise SourceChanged(f"{where}: a record lacks {', '.join(missing)}; it has {', '.join(flat)}.")
        if flat["indicator.id"] != indicator:
            raise SourceChanged(f"{where}: a record is of {flat['indicator.id']}.")
        if flat["value"]:
            yield [*(flat[column] for column in COLUMNS[:-1]), page.updated]


def _flat(record: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    flat: dict[str, str] = {}
    for key, value in record.items() if isinstance(record, dict) else ():
        if isinstance(value, dict):
            flat |= {f"{key}.{inner}": "" if text is None else str(text) for inner, text in value.items()}
        else:
            flat[key] = "" if value is None else str(value)
    return flat


def _csv_rows(data: bytes, indicator: str, where: str) -> Iterator[list[str]]:
    """The rows below the lines of metadata; every line ends with a comma, so the last column has no name."""
    reader = csv.reader(io.StringIO(decode_text(data, where, ","), newline=""))
    try:
        lines = [row for row in reader if any(row)]
    except csv.Error as error:
        raise SourceChanged(f"{where}, line {reader.line_num}: {error}.") from error
    at = next((i for i, row in enumerate(lines[:10]) if row[0] == _CSV_HEADER[0]), None)
    if at is None:
        raise SourceChanged(f"{where}: no header that starts with '{_CSV_HEADER[0]}'. First lines: {lines[:5]}.")
    updated = dict(row[:2] for row in lines[:at] if len(row) > 1).get("Last Updated Date", "")
    if not _DAY.fullmatch(updated):
        raise SourceChanged(f"{where}: 'Last Updated Date' is '{updated}', not a day.")
    header = lines[at][:-1] if lines[at][-1] == "" else lines[at]
    years = header[len(_CSV_HEADER) :]
    if tuple(header[: len(_CSV_HEADER)]) != _CSV_HEADER or not years or not all(map(_YEAR.fullmatch, years)):
        raise SourceChanged(
            f"{where}: the header should be {', '.join(_CSV_HEADER)} and years; it is {', '.join(header[:6])} ... "
            f"{', '.join(header[-2:])}."
        )
    for row in lines[at + 1 :]:
        if len(row) != len(lines[at]):
            raise SourceChanged(f"{where}, {row[0]}: {len(row)} cells where the header has {len(lines[at])}.")
        name, code, title, which = row[: len(_CSV_HEADER)]
        if which != indicator:
            raise SourceChanged(f"{where}, {name}: the row is of {which}.")
        for year, value in zip(years, row[len(_CSV_HEADER) :], strict=False):
            if value:
                yield [which, title, code, name, year, value, updated]


def _some(rows: list[list[str]], where: str) -> list[list[str]]:
    if not rows:
        raise SourceChanged(f"{where}: well-formed, but without a single figure.")
    return rows


def _table(rows: list[list[str]]) -> pa.Table:
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        key = (row[0], row[2], row[3], row[4])
        if key in seen:
            raise SourceChanged(f"World Bank: two figures for {', '.join(key)}.")
        seen.add(key)
    return text_table(COLUMNS, rows)


def _asks(
    ask: Callable[[tuple[str, ...]], tuple[Request, ...]], indicators: tuple[str, ...]
) -> Callable[[], tuple[Request, ...]]:
    return lambda: ask(indicators)


FLOWS: tuple[Flow, ...] = tuple(
    flow
    for name, indicators in (("reserves", RESERVES), ("gdp", GDP), ("trade", TRADE))
    for flow in (
        Flow("world_bank", name, _asks(by_api, indicators), parse_api, further_pages),
        Flow("world_bank", f"{name}_zip", _asks(by_zip, indicators), parse_zips, fallback_for=name),
    )
)
