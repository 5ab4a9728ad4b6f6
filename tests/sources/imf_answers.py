"""Answers of the IMF in the layouts of its service, its pages and its workbooks, made small by the tests."""

import io
import zipfile
from decimal import Decimal
from xml.sax.saxutils import escape

import pytest

from tests.sources.mapping import bundled
from tradefin.errors import SourceChanged
from tradefin.project import Project
from tradefin.sources import imf, weo
from tradefin.sources.flow import Part, Request

FLOWS = {flow.name: flow for flow in (*imf.FLOWS, *weo.FLOWS)}
WEO_HEADER = "DATAFLOW,COUNTRY,INDICATOR,FREQUENCY,TIME_PERIOD,OBS_VALUE,UNIT,SCALE,SERIES_NAME,PUBLICATION_DATE"
FA_HEADER = "DATAFLOW,COUNTRY,INDICATOR,FREQUENCY,TIME_PERIOD,OBS_VALUE,UNIT,SCALE,UPDATE_DATE"
XML_START = (
    "<?xml version='1.0' encoding='UTF-8'?><message:StructureSpecificData "
    'xmlns:ss="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/structurespecific" '
    'xmlns:ns1="urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=IMF.RES:WEO(9.0.0):ObsLevelDim:TIME_PERIOD" '
    'xmlns:message="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message" '
    'xmlns:common="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><message:Header><message:ID>DS1</message:ID>'
    "<message:Test>false</message:Test><message:Prepared>2026-07-27T01:04:06Z</message:Prepared>"
    '<message:Sender id="iData"/><message:Structure structureID="IMF.RES_WEO_9_0_0" '
    'namespace="urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=IMF.RES:WEO(9.0.0):ObsLevelDim:TIME_PERIOD" '
    'dimensionAtObservation="TIME_PERIOD"><common:StructureUsage><Ref agencyID="IMF.RES" id="WEO" version="9.0.0"/>'
    "</common:StructureUsage></message:Structure><message:DataSetAction>Replace</message:DataSetAction></message:Header>"
    '<message:DataSet ss:dataScope="DataStructure" xsi:type="ns1:DataSetType" ss:structureRef="IMF.RES_WEO_9_0_0" '
    'action="Replace" PUBLISHER="IMF" PUBLICATION_DATE="2026-04-14T13:00:00Z">'
)
XML_END = "</message:DataSet></message:StructureSpecificData>"


def fails(name: str, *answers: bytes) -> str:
    """What the connector says of these answers."""
    with pytest.raises(SourceChanged) as error:
        FLOWS[name].parse(tuple(Part(Request(f"https://api.imf.org/{i}"), data) for i, data in enumerate(answers)))
    return str(error.value)


def outlook(*rows: str, header: str = WEO_HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def weo_row(country: str, indicator: str, year: str, value: str, published: str = "2026-04-14T13:00:00Z") -> str:
    return (
        f'IMF.RES:WEO(9.0.0),{country},{indicator},A,{year},{value},USD,9,"Gross domestic product, prices",{published}'
    )


USA = weo_row("USA", "NGDPD", "2024", "29298012345678")


def fund_accounts(project: Project, *periods: str, header: str = FA_HEADER, factor: int = 10**6) -> bytes:
    rows = bundled(project, "imf", "quotas", vintage_id="imf-quarterly-report-2024-01")
    lines = [
        f"IMF.STA:FA(8.0.0),{row['iso3']},IMFQ_XDR,{'M' if 'M' in period else 'A'},{period},"
        f"{Decimal(str(row['quota_sdr_mn'])) * factor:f},XDR,6,2026-10-01"
        for period in periods
        for row in rows
    ]
    return "\n".join([header, *lines, ""]).encode()


PAGE = """<!DOCTYPE html><html><head><title>IMF Members' Quotas</title><meta name="Date" content="2021-07-31" />
</head><body><p class="disclaimer">Last Updated: October 2, 2022</p>
<table><thead><tr><th>Member</th></tr></thead><tbody>{rows}</tbody></table><table>
<tbody><tr><th colspan="6"><a name="total">TOTALS</a>: General Department</th></tr>
<tr valign="top"><td>&nbsp;</td><td class="text-right">{total}</td><td>100.0<sup>4</sup></td></tr></tbody></table>
</body></html>"""


def member(number: int, quota: str = "2,500.5") -> str:
    code = f"{chr(65 + number // 26)}{chr(65 + number % 26)}X"
    return f"""<tr valign="top"><td data-label="Member">
    <input type="hidden" name="rptVandQ$ctl{number:02}$hdISOCODE" value="{code}"> Land of {code}
    <sup><a href="#3">3</a></sup></td><td data-label="Millions of SDRs" class="text-right"> {quota} </td>
    <td data-label="Percent of Total Quota">0.53</td><td data-label="Governor/Alternate">Vacant<br><i>Vacant</i></td>
    <td data-label="Number">26,464</td><td data-label="Percent of Total Votes">0.52</td></tr>"""


def page(members: int = 190, total: str = "475,095") -> bytes:
    return PAGE.format(rows="".join(member(n) for n in range(members)), total=total).encode()


def book(rows: list[list[object]], title: str = "Sheet1") -> bytes:
    """An .xlsx of one sheet, as small as the format allows."""
    office = "http://schemas.openxmlformats.org"
    package, relations = f"{office}/package/2006", f"{office}/officeDocument/2006/relationships"
    main = f"{office}/spreadsheetml/2006/main"
    lines = "".join(f"<row>{''.join(cell(value) for value in row)}</row>" for row in rows)
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
        f'<sheet name="{title}" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>',
    }
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return sink.getvalue()


def cell(value: object) -> str:
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    return "<c/>" if value is None else f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
