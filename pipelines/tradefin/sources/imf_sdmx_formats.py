"""SDMX answers as rows of texts, whichever format the service chose: CSV 1.0 and 2.0, structure-specific XML, JSON.

api.imf.org is known to answer in another format than it was asked for, so the bytes decide, not the request.
What belongs here: the formats. What does not: what a dataflow must contain.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tradefin.errors import SourceChanged
from tradefin.sources import sdmx
from tradefin.sources.text import decode_text


@dataclass(frozen=True)
class Rows:
    """An answer as it stands.

    Attributes:
        columns: Ids of dimensions and attributes; none where XML or JSON has no observations, and so names none.
        cells: The texts, row by row; empty where there is none.
    """

    columns: list[str]
    cells: Iterator[list[str]]


def rows_of(data: bytes, where: str) -> Rows:
    """The observations of one answer.

    Args:
        data: The bytes of its body.
        where: What was asked, for errors.

    Raises:
        SourceChanged: Empty, an HTML page, or not what its first byte promises.
    """
    start = sdmx.begins(data, where, "data were")
    if start == b"<":
        return _from_xml(data, where)
    return _from_json(data, where) if start == b"{" else _from_csv(data, where)


def _from_csv(data: bytes, where: str) -> Rows:
    lines = csv.reader(io.StringIO(decode_text(data, where, ","), newline=""), strict=True)
    try:
        columns = [column.strip() for column in next(lines)]
    except csv.Error as error:
        raise SourceChanged(f"{where}, line 1: {error}.") from error
    if columns[:1] not in (["DATAFLOW"], ["STRUCTURE"], ["STRUCTURE[;]"]):
        raise SourceChanged(
            f"{where}: not SDMX-CSV, which starts with DATAFLOW or STRUCTURE, but '{','.join(columns)[:80]}'."
        )
    doubled = sorted({column for column in columns if columns.count(column) > 1})
    if doubled:
        raise SourceChanged(f"{where}: column {', '.join(doubled)} stands twice.")

    def cells() -> Iterator[list[str]]:
        try:
            for row in lines:
                if row and len(row) != len(columns):
                    raise SourceChanged(
                        f"{where}, line {lines.line_num}: {len(row)} cells where the header has {len(columns)}."
                    )
                if row:
                    yield row
        except csv.Error as error:
            raise SourceChanged(f"{where}, line {lines.line_num}: {error}.") from error

    return Rows(columns, cells())


def _from_xml(data: bytes, where: str) -> Rows:
    frames = [(one.data.fillna(""), dict(one.attributes)) for one in sdmx.datasets(data, where) if len(one.data)]
    columns = list(dict.fromkeys(str(name) for frame, fixed in frames for name in (*frame.columns, *fixed)))

    def cells() -> Iterator[list[str]]:
        for frame, fixed in frames:
            for record in frame.to_dict("records"):
                row: dict[str, object] = {**fixed, **{str(name): value for name, value in record.items()}}
                yield [str(row.get(column, "")) for column in columns]

    return Rows(columns, cells())


def _from_json(data: bytes, where: str) -> Rows:
    try:
        message = json.loads(decode_text(data, where), parse_float=str)
        body = message.get("data", message)
        datasets = body["dataSets"]
        structure = (body.get("structures") or [body.get("structure")])[0]
        series, observed = structure["dimensions"]["series"], structure["dimensions"]["observation"]
        columns = [dimension["id"] for dimension in (*series, *observed)]
        fixed = _json_attributes(structure.get("attributes", {}), datasets)
        rows = list(_json_rows(datasets, series, observed))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise SourceChanged(f"{where}: not readable as SDMX-JSON: {type(error).__name__} {error}") from error
    return Rows([*columns, "OBS_VALUE", *fixed] if rows else [], ([*row, *fixed.values()] for row in rows))


def _json_rows(datasets: Any, series: Any, observed: Any) -> Iterator[list[str]]:  # noqa: ANN401 - JSON
    for dataset in datasets:
        for key, one in dataset.get("series", {}).items():
            codes = [str(d["values"][int(i)]["id"]) for d, i in zip(series, key.split(":"), strict=True)]
            for place, values in one.get("observations", {}).items():
                period = observed[0]["values"][int(place)]
                figure = "" if not values or values[0] is None else str(values[0])
                yield [*codes, str(period.get("id", period.get("value"))), figure]


def _json_attributes(attributes: Any, datasets: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    """The attributes of the whole data set: a number points into the list of values, a text stands for itself."""
    known = attributes.get("dataSet", [])
    given = datasets[0].get("attributes", []) if datasets else []
    found = {}
    for attribute, value in zip(known, given, strict=False):
        values = attribute.get("values", [])
        plain = value[0] if isinstance(value, list) and value else value
        if isinstance(plain, int):
            entry = values[plain]
            plain = entry.get("id", entry.get("value")) if isinstance(entry, dict) else entry
        if plain is not None:
            found[str(attribute["id"])] = str(plain)
    return found
