"""The structure of the BIS's turnover: components, and the codes of each with their labels.

What belongs here: reading a structure message, in SDMX-ML or SDMX-JSON, by pysdmx. What does not: data.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from tradefin.errors import SourceChanged
from tradefin.sources import sdmx
from tradefin.sources.bis_series import AGENCY, DATAFLOW, DIMENSIONS
from tradefin.sources.bundled import text_table
from tradefin.sources.flow import Part, Request
from tradefin.sources.text import decode_text

if TYPE_CHECKING:
    from pysdmx.model import Component, DataStructureDefinition
    from pysdmx.model.message import Message

STRUCTURE = "BIS_DER"
COLUMNS = ["COMPONENT", "NAME", "ROLE", "ATTACHED_TO", "CODELIST", "CODE", "LABEL"]

_XML = "application/vnd.sdmx.structure+xml;version=2.1"
_LEVELS = {"O": "observation", "D": "data set"}


def structure_by_v1() -> tuple[Request, ...]:
    """The dataflow with all that it refers to, by version 1."""
    address = f"https://stats.bis.org/api/v1/dataflow/{AGENCY}/{DATAFLOW}/1.0?references=descendants"
    return (Request(address, accept=_XML, suffix=".xml"),)


def structure_by_v2() -> tuple[Request, ...]:
    """The dataflow with all that it refers to, by version 2."""
    address = f"https://stats.bis.org/api/v2/structure/dataflow/{AGENCY}/{DATAFLOW}/1.0?references=descendants"
    return (Request(address, accept=_XML, suffix=".xml"),)


def parse_structure(parts: tuple[Part, ...]) -> pa.Table:
    """A structure message as a table: one row for each component and code; one without a code where none is listed.

    Raises:
        SourceChanged: Not such a message, or the structure has lost a dimension or has them in another order.
    """
    (part,) = parts
    where = f"bis ({part.request.address})"
    message = _message(part.data, where)
    found = [s for s in message.get_data_structure_definitions() if s.id == STRUCTURE]
    if not found:
        raise SourceChanged(f"{where}: no structure {STRUCTURE} in the message.")
    _check_dimensions(found[0], where)
    codes = {one.id: {code.id: " ".join((code.name or "").split()) for code in one} for one in message.get_codelists()}
    return text_table(COLUMNS, [row for one in found[0].components for row in _rows(one, codes)])


def _message(data: bytes, where: str) -> "Message":
    if sdmx.begins(data, where, "a structure was") == b"{":
        data = _without_constraints(data, where)
    return sdmx.message(data, where, "an SDMX structure")


def _without_constraints(data: bytes, where: str) -> bytes:
    """Constraints say what data there are; the BIS writes them in a way that pysdmx refuses, and nobody needs them."""
    try:
        message = json.loads(decode_text(data, where))
        message["data"].pop("dataConstraints", None)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SourceChanged(f"{where}: not readable as an SDMX structure: {error}") from error
    return json.dumps(message).encode()


def _check_dimensions(structure: "DataStructureDefinition", where: str) -> None:
    """The order matters: the keys of series have no names."""
    given = [one.id for one in structure.components.dimensions if one.id != "TIME_PERIOD"]
    if given[: len(DIMENSIONS)] != list(DIMENSIONS):
        raise SourceChanged(
            f"{where}: the dimensions of {STRUCTURE} are {', '.join(given)} where {', '.join(DIMENSIONS)} are expected."
        )


def _rows(component: "Component", codes: dict[str, dict[str, str]]) -> Iterator[list[str]]:
    from pysdmx.model import Concept

    name = component.concept.name if isinstance(component.concept, Concept) else ""
    level = component.attachment_level or ""
    codelist = (component.local_enum_ref or "").rpartition(":")[2].partition("(")[0]
    about = [
        component.id,
        name or "",
        component.role.name.lower(),
        _LEVELS.get(level, "series" if level else ""),
        codelist,
    ]
    for code, label in (codes.get(codelist) or {"": ""}).items():
        yield [*about, code, label]
