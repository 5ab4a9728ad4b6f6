"""Asking the BIS's SDMX service, versions 1 and 2, and reading what it answers: SDMX-CSV 1.0 or 2.0, or SDMX-ML.

The service is known to answer in another form than it was asked for, so the bytes decide. What belongs here: addresses
and SDMX-ML. What does not: CSV (`bis_csv`), what counts as an observation (`bis_series`).
"""

import io
from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from tradefin.sources import sdmx
from tradefin.sources.bis_csv import sdmx_csv
from tradefin.sources.bis_series import (
    AGENCY,
    DATAFLOW,
    HEADLINE,
    SERIES,
    Row,
    check_name,
    observed,
    table_of,
    unit_is_stated,
    with_units,
)
from tradefin.sources.flow import Part, Request
from tradefin.sources.lines import Strict

_V1 = f"https://stats.bis.org/api/v1/data/{AGENCY},{DATAFLOW},1.0"
_V2 = f"https://stats.bis.org/api/v2/data/dataflow/{AGENCY}/{DATAFLOW}/1.0"
_CSV = "application/vnd.sdmx.data+csv;version=2.0.0"
_XML = "application/vnd.sdmx.structurespecificdata+xml;version=2.1"

Read = Callable[[tuple[Part, ...]], list[Row]]

# One series in SDMX-ML, whose head states the unit; CSV leaves out what holds for a whole data set.
UNITS_V1 = Request(f"{_V1}/{HEADLINE}/all?detail=full&lastNObservations=1", accept=_XML, suffix=".xml")
UNITS_V2 = Request(f"{_V2}/{HEADLINE}?lastNObservations=1", accept=_XML, suffix=".xml")


def by_v1() -> tuple[Request, ...]:
    """The wanted series by version 1, in SDMX-ML; an empty place in a key means any code."""
    keys = (key.replace("*", "") for key in SERIES.values())
    return tuple(Request(f"{_V1}/{key}/all?detail=full", accept=_XML, suffix=".xml") for key in keys)


def by_v2() -> tuple[Request, ...]:
    """The wanted series by version 2, in SDMX-CSV; `*` in a key means any code."""
    return tuple(Request(f"{_V2}/{key}", accept=_CSV) for key in SERIES.values())


def units_if_unstated(units: Request, read: Read) -> Callable[[tuple[Part, ...]], tuple[Request, ...]]:
    """The `follow` of a flow: ask for the unit when the answers so far do not state it.

    Args:
        units: The question for the unit.
        read: Reads the other answers.
    """

    def follow(parts: tuple[Part, ...]) -> tuple[Request, ...]:
        if any(part.request == units for part in parts) or unit_is_stated(read(parts)):
            return ()
        return (units,)

    return follow


def parse_with_units(parts: tuple[Part, ...], read: Read) -> pa.Table:
    """Answers as a table, with the unit from the answer that was asked for it, if any.

    Args:
        parts: The answers.
        read: Reads those that are not about the unit.

    Raises:
        SourceChanged: The answers are not what they should be.
    """
    about_units = [part for part in parts if part.request in (UNITS_V1, UNITS_V2)]
    rows = read(tuple(part for part in parts if part not in about_units))
    for part in about_units:
        where = f"bis ({part.request.address})"
        rows = with_units(rows, observed(rows_of(part.data, where), where), where)
    return table_of(rows, "bis")


def read_answers(parts: tuple[Part, ...]) -> list[Row]:
    """The observations of all answers of the service.

    Raises:
        SourceChanged: One of them holds none, or is not SDMX.
    """
    found: list[Row] = []
    for part in parts:
        where = f"bis ({part.request.address})"
        found += observed(rows_of(part.data, where), where)
    return observed(found, "bis")


def parse_sdmx(parts: tuple[Part, ...]) -> pa.Table:
    """Answers of the service as a table.

    Raises:
        SourceChanged: They are not what they should be.
    """
    return parse_with_units(parts, read_answers)


def rows_of(data: bytes, where: str) -> Iterator[Row]:
    """The rows of one SDMX answer, in CSV or ML as its first byte says.

    Args:
        data: The bytes of its body.
        where: What was asked, for errors.

    Raises:
        SourceChanged: Empty, an HTML page, or not readable.
    """
    start = sdmx.begins(data, where, "data were")
    if start == b"<":
        return iter(_from_xml(data, where))
    return sdmx_csv(Strict(io.BytesIO(data), where), where)


def _from_xml(data: bytes, where: str) -> Sequence[Row]:
    """SDMX-ML: the attributes of a data set go to each of its rows."""
    rows: list[Row] = []
    for dataset in sdmx.datasets(data, where):
        check_name(str(dataset.structure).rpartition("=")[2], where)  # `DataStructure=BIS:BIS_DER(1.0)`
        fixed = {str(name): str(value) for name, value in dataset.attributes.items()}
        for record in dataset.data.fillna("").to_dict("records"):
            own = {str(name): str(value) for name, value in record.items()}
            rows.append({**own, **{name: own.get(name) or value for name, value in fixed.items()}})
    return rows
