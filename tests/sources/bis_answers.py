"""Answers of the BIS in its real layouts, tiny, and the same figures in all of them."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Sequence

from tradefin.sources.bis import FLOWS
from tradefin.sources.bis_sdmx import UNITS_V1, UNITS_V2
from tradefin.sources.bis_series import ATTRIBUTES, DIMENSIONS
from tradefin.sources.flow import Flow, Part, Request

Figure = tuple[str, str, str, str]  # key, year, value in millions, status

WORLD = "A.U.A.B.5J.A.5J.A.TO1.TO1.A.A.3.C"
SUM = "A.U.A.B.5J.A.5J.A.TO1.TO1.A.A.3.B"
LONDON = "A.U.A.B.GB.A.5J.A.TO1.TO1.A.A.3.B"
MALTA = "A.U.A.B.MT.A.5J.A.TO1.TO1.A.A.3.B"
EURO = "A.U.A.B.5J.A.5J.A.EUR.TO1.A.A.3.C"
SPOT = "A.U.B.B.5J.A.5J.A.TO1.TO1.A.A.3.C"
OPTIONS = "A.U.R.B.5J.A.5J.A.TO1.TO1.A.A.3.C"
OTHER = "A.U.Z.B.5J.A.5J.A.TO1.TO1.A.A.3.C"
LOCAL = "A.U.A.B.5J.A.1E.A.HKD.TO1.A.A.3.C"  # nobody asked for it

FIGURES: tuple[Figure, ...] = (
    (WORLD, "2001", "1239348.5", "A"),
    (WORLD, "2002", "", "M"),
    (WORLD, "2004", "1934000.123456", "A"),
    (SUM, "2001", "1705000", "A"),
    (LONDON, "1986", "90000", "E"),
    (LONDON, "2001", "541700.05", "B"),
    (LONDON, "2002", "", "M"),
    (MALTA, "2001", "0", "A"),
    (EURO, "2001", "470443.25", "A"),
    (SPOT, "2001", "386000", "A"),
    (OPTIONS, "2001", "60000", "A"),
    (OTHER, "2001", "12.5", "A"),
)
LABELS = {
    "FREQ": "Frequency",
    "DER_INSTR": "Instrument",
    "DER_RISK": "Risk category",
    "DER_REP_CTY": "Reporting country",
    "DER_BASIS": "Basis",
    "TIME_PERIOD": "Time period or range",
    "OBS_VALUE": "Observation Value",
    "OBS_STATUS": "Observation Status",
}
UNIT_COLUMNS = ("DECIMALS", "UNIT_MEASURE", "UNIT_MULT")
UNITS = {"DECIMALS": "3", "UNIT_MEASURE": "USD", "UNIT_MULT": "6"}
FREE = ("TIME_PERIOD", "OBS_VALUE", "TITLE_TS", "OBS_PRE_BREAK")


def flow_of(name: str) -> Flow:
    """A flow of the BIS."""
    return next(flow for flow in FLOWS if flow.name == name)


def parts(*answers: bytes, units: bytes | None = None, version: int = 2) -> tuple[Part, ...]:
    """Answers as parts, and perhaps the one that states the unit."""
    found = tuple(Part(Request(f"https://stats.bis.org/{i}"), data) for i, data in enumerate(answers))
    return (*found, Part(UNITS_V2 if version == 2 else UNITS_V1, units)) if units is not None else found


def zipped(name: str, data: bytes) -> bytes:
    """A zip with one member."""
    with io.BytesIO() as sink:
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, data)
        return sink.getvalue()


def text_of(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV."""
    with io.StringIO(newline="") as sink:
        csv.writer(sink, lineterminator="\r\n").writerows(rows)
        return sink.getvalue().encode()


def wide(figures: Iterable[Figure] = (*FIGURES, (LOCAL, "2001", "7", "A")), units: bool = False) -> bytes:
    """One series a row: codes beside labels, attributes, `Series`, years."""
    figures = tuple(figures)
    years = sorted({year for _, year, _, _ in figures})
    told = {key: {y: v for k, y, v, _ in figures if k == key} for key in dict.fromkeys(k for k, *_ in figures)}
    header = [name for d in DIMENSIONS for name in (d, LABELS.get(d, d.title()))]
    attributes = ["AVAILABILITY", "Availability", "COLLECTION", "Collection", "TITLE_TS"]
    said = ["K", "Public", "S", "Summed through period", ""]
    if units:
        attributes, said = [*attributes, *UNITS], [*said, *UNITS.values()]
    rows = [
        [
            *(cell for code in key.split(".") for cell in (code, f"Label, of {code}")),
            *said,
            key.replace(".", ":"),
            *(values.get(year, "") for year in years),
        ]
        for key, values in told.items()
    ]
    return text_of([[*header, *attributes, "Series", *years], *rows])


def flat(
    figures: Iterable[Figure] = FIGURES,
    *,
    version: int = 2,
    labels: str = "id",
    units: str = "none",
    without: str = "",
    order: Sequence[str] = (*DIMENSIONS, "TIME_PERIOD", "OBS_VALUE", *ATTRIBUTES),
) -> bytes:
    """SDMX-CSV: `labels` is id, both or name; `units` none, each (row), series (a row without a period) or set."""
    names = [n for n in order if n != without and (units != "none" or n not in UNIT_COLUMNS)]
    rows: list[dict[str, str]] = []
    for key, year, value, status in figures:
        row = dict(zip(DIMENSIONS, key.split("."), strict=True))
        row |= {"AVAILABILITY": "K", "COLLECTION": "S", "TIME_PERIOD": year, "OBS_VALUE": value}
        row |= {"OBS_STATUS": status, "OBS_CONF": "F", **(UNITS if units == "each" else {})}
        rows.append(row)
    if units == "series":
        rows += [dict(zip(DIMENSIONS, key.split("."), strict=True)) | UNITS for key in {k for k, *_ in figures}]
    if units == "set":
        rows.append({"FREQ": "A", **dict.fromkeys(DIMENSIONS[1:], "~"), **UNITS})
    head = {1: ["DATAFLOW"], 2: ["STRUCTURE", "STRUCTURE_ID", "ACTION"]}[version]
    flow = "BIS:WS_DER_OTC_TOV(1.0)" + (": OTC derivatives turnover" if labels == "both" else "")
    first = {1: [flow], 2: ["dataflow", flow, "I"]}[version]
    lines = [[*head, *(cell for name in names for cell in _heading(name, labels))]]
    lines += [[*first, *(cell for name in names for cell in _cell(name, row.get(name, ""), labels))] for row in rows]
    return text_of(lines)


def _heading(name: str, labels: str) -> list[str]:
    label = LABELS.get(name, name.title())
    if labels == "name" and name not in FREE:
        return [name, label]
    return [f"{name}:{label}" if labels == "both" else name]


def _cell(name: str, text: str, labels: str) -> list[str]:
    if name in FREE or labels == "id":
        return [text]
    if labels == "name":
        return [text, f"Label, of: {text}"]
    return [f"{text}: Label, of: {text}" if text else ""]


def xml(figures: Iterable[Figure] = FIGURES, units: dict[str, str] | None = None) -> bytes:
    """SDMX-ML 2.1, structure-specific; the unit stands at the data set."""
    told = " ".join(f'{name}="{value}"' for name, value in (UNITS if units is None else units).items())
    lines = []
    for key, year, value, status in figures:
        codes = " ".join(f'{d}="{code}"' for d, code in zip(DIMENSIONS, key.split("."), strict=True))
        lines.append(f'<Series {codes} AVAILABILITY="K" COLLECTION="S"><Obs TIME_PERIOD="{year}" OBS_VALUE="{value}" ')
        lines.append(f'OBS_STATUS="{status}" OBS_CONF="F"/></Series>\n')
    root = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<message:StructureSpecificData xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:message="{root}/message"
 xmlns:ss="{root}/data/structurespecific" xmlns:common="{root}/common"
 xmlns:ns1="urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=BIS:WS_DER_OTC_TOV(1.0):ObsLevelDim:TIME_PERIOD">
<message:Header><message:ID>x</message:ID><message:Test>false</message:Test>
<message:Prepared>2026-01-01T00:00:00</message:Prepared><message:Sender id="BIS"/>
<message:Structure structureID="S" dimensionAtObservation="TIME_PERIOD"><common:StructureUsage>
<Ref agencyID="BIS" id="WS_DER_OTC_TOV" version="1.0" class="Dataflow"/></common:StructureUsage></message:Structure>
</message:Header>
<message:DataSet {told} ss:structureRef="S" xsi:type="ns1:DataSetType" action="Replace">
{"".join(lines)}</message:DataSet></message:StructureSpecificData>""".encode()


def portal(**changed: object) -> bytes:
    """Table D11.3 with one currency and the total."""

    def cell(value: str, key: str) -> dict[str, str]:
        return {"value": value, "dataflow_id": "BIS,WS_DER_OTC_TOV,1.0", "series_key": key}

    message = {
        "items": [
            {"level_1": "EUR", "3": cell("470", EURO), "4": cell("38", EURO.replace("EUR", "#"))},
            {"level_1": "ARS", "3": cell("...", EURO.replace("EUR", "ARS")), "4": {}},
            {"level_1": "Total", "3": cell("1,239", WORLD), "4": cell("200", "")},
        ],
        "columns": [
            {
                "header_name": "2001",
                "field": "2",
                "children": [{"header_name": "Amount", "field": "3"}, {"header_name": "%", "field": "4"}],
            }
        ],
        "id": "DER_D11_3",
        "description": '"Net-net" basis, April 1992-2025 daily averages, in billions of US dollars',
    }
    return json.dumps(message | changed).encode()
