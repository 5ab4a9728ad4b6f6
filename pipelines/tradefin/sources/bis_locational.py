"""The BIS's locational banking statistics, one reporting country at a time: where to ask and how to read the answer.

The flow has some 600,000 series and is too large for one answer that a process could hold. Real answers to the same
address with narrower keys have been seen, so columns and their order are known; none for a whole country. What belongs
here: asking and reading. What does not: what a row means (`sql/partitioned`).
"""

from functools import partial
from pathlib import Path

import pyarrow as pa

from tradefin.errors import SourceChanged
from tradefin.sources.flow import Body, Flow, Part, Request, beginning
from tradefin.sources.text import decode_text

_FLOW = "https://stats.bis.org/api/v2/data/dataflow/BIS/WS_LBS_D_PUB/1.0"
_DIMENSIONS = 12
_REPORTING_COUNTRY = 8  # place of L_REP_CTY in a key


def locational_banking(country: str) -> Flow:
    """The flow of one reporting country.

    Args:
        country: The BIS's code of it.
    """
    return Flow("bis", f"locational_banking.{country}", partial(_requests, country), partial(parse, country))


def _requests(country: str) -> tuple[Request, ...]:
    key = ["*"] * _DIMENSIONS
    key[_REPORTING_COUNTRY] = country
    return (Request(f"{_FLOW}/{'.'.join(key)}?format=csv", accept="text/csv", large=True),)


def parse(country: str, parts: tuple[Part, ...]) -> pa.Table:
    """The answer as a table of texts; an empty cell is missing.

    Args:
        country: Whose answer it is.
        parts: The answer.

    Raises:
        SourceChanged: It is no CSV, or of another country.
    """
    (part,) = parts
    where = f"bis.locational_banking ({part.request.address})"
    table = _read(part.body, where)
    if "L_REP_CTY" in table.column_names:
        others = set(table["L_REP_CTY"].unique().to_pylist()) - {country}
        if others:
            raise SourceChanged(
                f"{where}: the answer has the reporting country {', '.join(map(repr, sorted(map(str, others))[:5]))}; "
                f"only {country} was asked for."
            )
    return table


def _read(body: Body, where: str) -> pa.Table:
    from pyarrow import csv

    head = beginning(body).partition(b"\n")[0]
    names = decode_text(head, where, ",").removeprefix("\ufeff").rstrip("\r").split(",")
    texts = csv.ConvertOptions(
        column_types={name.strip('"'): pa.string() for name in names}, strings_can_be_null=True, null_values=[""]
    )
    try:
        return csv.read_csv(body if isinstance(body, Path) else pa.BufferReader(body), convert_options=texts)
    except pa.ArrowInvalid as error:  # names the row, and how many cells were due
        raise SourceChanged(f"{where}: {error}") from error


PARTITIONED = {"locational_banking": locational_banking}
