"""A publisher small enough to hold in the head, with one table as CSV, as zip and in pages."""

import csv
import io
import zipfile

import pyarrow as pa

from tests.sources.loopback import Reply
from tradefin.errors import SourceChanged
from tradefin.sources.bundled import text_table
from tradefin.sources.description import FlowDescription, Publisher
from tradefin.sources.flow import Flow, Part, Request
from tradefin.sources.text import decode_text
from tradefin.sources.zipfiles import ZipLimits, members

HOST, MIRROR, ELSEWHERE = "data.bank.example", "mirror.bank.example", "elsewhere.example"
CSV = f"https://{HOST}/rates.csv"
ZIP = f"https://{HOST}/rates.zip"

HEADER = "COUNTRY,TIME_PERIOD,UNIT_MULT,OBS_VALUE"
ROWS = [f"{country},{year},6,{year - 1990}.50" for country in ("JP", "NA") for year in range(2000, 2010)]
GOOD = "\n".join([HEADER, *ROWS, ""]).encode()

DESCRIPTION = {
    "text": "one rate",
    "licence": "bank-terms",
    "rows": {"min": 5, "max": 100},
    "columns": {
        "COUNTRY": {"values": ["JP", "NA"], "new": "warn"},
        "TIME_PERIOD": {},
        "UNIT_MULT": {"values": ["6"]},
        "OBS_VALUE": {"number": True},
        "NOTE": {"optional": True},
    },
}
PUBLISHER = Publisher.model_validate(
    {
        "publisher": "bank",
        "name": "The Bank",
        "landing_page": f"https://{HOST}",
        "cadence": "yearly",
        "tables": {},
        "hosts": [HOST, MIRROR],
        "requests_per_minute": 10,
        "flows": {
            "rates": DESCRIPTION,
            "rates_zip": DESCRIPTION,
            "rates_pages": DESCRIPTION,
            "rates_sheets": DESCRIPTION,
        },
    }
)
RATES: FlowDescription = PUBLISHER.flows["rates"]


def parse(parts: tuple[Part, ...]) -> pa.Table:
    """All pages as one table."""
    rows: list[list[str]] = []
    header: list[str] = []
    for part in parts:
        lines = decode_text(part.data, part.request.address, delimiter=",").splitlines()
        header, *found = [line for line in csv.reader(lines) if line and not line[0].startswith("next:")]
        rows += found
    if not rows:
        raise SourceChanged(f"{parts[0].request.address}: the answer has a header and no rows.")
    return text_table(header, rows)


def parse_zip(parts: tuple[Part, ...]) -> pa.Table:
    """The one member that is asked for."""
    (part,) = parts
    found = members(part.data, ["rates.csv"], part.request.address, ZipLimits(entries=10, bytes=8 << 20))
    return parse((Part(part.request, found["rates.csv"]),))


def next_page(parts: tuple[Part, ...]) -> tuple[Request, ...]:
    """The address on the last line of the last page, if it has one."""
    *_, last = parts[-1].data.decode().splitlines()
    return (Request(last.removeprefix("next:")),) if last.startswith("next:") else ()


FLOW = Flow("bank", "rates", lambda: (Request(CSV, "text/csv"),), parse)
ZIP_FLOW = Flow("bank", "rates_zip", lambda: (Request(ZIP, suffix=".zip"),), parse_zip)
PAGES = Flow("bank", "rates_pages", lambda: (Request(f"https://{HOST}/1"),), parse, next_page)
INDEX = f"https://{HOST}/index"


def sheet(number: int) -> str:
    """Address of one of the pages that the index names."""
    return f"https://{HOST}/sheets/{number}"


def sheets(parts: tuple[Part, ...]) -> tuple[Request, ...]:
    """The pages that the index names, once; the flow makes sense without any one of them."""
    numbers = parts[0].data.decode().split() if len(parts) == 1 else []
    return tuple(Request(sheet(int(number)), optional=True) for number in numbers)


def sheet_only(part: Part) -> pa.Table:
    """One page."""
    return parse((part,))


SHEETS = Flow(
    "bank",
    "rates_sheets",
    lambda: (Request(INDEX, suffix=".txt"),),
    lambda parts: parse(parts[1:]),
    sheets,
    legible=sheet_only,
)


def sheet_data(number: int) -> bytes:
    """A page with two rows."""
    return "\n".join([HEADER, f"JP,{1900 + number},6,{number}.5", f"NA,{1900 + number},6,{number}.25", ""]).encode()


def pages() -> dict[str, bytes]:
    """The table in two pages, by address."""
    first, second = f"https://{HOST}/1", f"https://{HOST}/2"
    return {
        first: "\n".join([HEADER, *ROWS[:10], f"next:{second}"]).encode(),
        second: "\n".join([HEADER, *ROWS[10:]]).encode(),
    }


def zipped(files: dict[str, bytes] | None = None) -> bytes:
    """A zip of these files; of the good table if none are given."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (files if files is not None else {"rates.csv": GOOD}).items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def text(old: str, new: str) -> Reply:
    """The good table with a text replaced."""
    return Reply(GOOD.replace(old.encode(), new.encode()))
