"""SDMX messages through pysdmx, whoever sent them.

What belongs here: what can be wrong with any of them. What does not: CSV, and what a publisher's message must hold.
"""

import io
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError

from tradefin.errors import SourceChanged
from tradefin.sources.text import decode_text, html_title, looks_like_html

if TYPE_CHECKING:
    from pysdmx.io.pd import PandasDataset
    from pysdmx.model.message import Message


def begins(data: bytes, where: str, due: str) -> bytes:
    """The first byte that says something, by which the formats are told apart.

    Args:
        data: The bytes of an answer's body.
        where: What was asked, for errors.
        due: What should have come, for errors.

    Raises:
        SourceChanged: Empty, or an HTML page.
    """
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if not start:
        raise SourceChanged(f"{where}: the answer is empty.")
    if looks_like_html(data):
        raise SourceChanged(f"{where}: a page of HTML ({html_title(data)}) came where {due} due.")
    return start


def message(data: bytes, where: str, form: str = "SDMX-ML") -> "Message":
    """A message as pysdmx reads it.

    Args:
        data: XML or JSON.
        where: What was asked, for errors.
        form: What it should be, for errors.

    Raises:
        SourceChanged: Not readable, not in UTF-8, or with a document type: no SDMX message defines entities.
    """
    from pysdmx.io import read_sdmx  # brings pandas, which only these formats need

    if "<!DOCTYPE" in decode_text(data, where).upper():
        raise SourceChanged(f"{where}: the XML has a document type, which no SDMX message has. It was not read.")
    try:
        return read_sdmx(io.BytesIO(data), validate=False)
    except ExpatError as error:
        raise SourceChanged(f"{where}: not well-formed XML: {error}.") from error
    except Exception as error:  # pysdmx meets the unexpected with whatever Python raises there, StopIteration among it
        raise SourceChanged(f"{where}: not readable as {form}: {error or type(error).__name__}") from error


def datasets(data: bytes, where: str) -> "list[PandasDataset]":
    """The data sets of an SDMX-ML message.

    Raises:
        SourceChanged: As `message`.
    """
    from pysdmx.io.pd import PandasDataset

    return [one for one in message(data, where).data or () if isinstance(one, PandasDataset)]
