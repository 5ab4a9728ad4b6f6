"""The WTO's database of trade agreements: its export is read by the names of its columns and gives the bundled rows."""

import io
import zipfile
from pathlib import Path

import pytest

from tests.conftest import SHARED
from tests.sources.mapping import accepted, bundled, differences, mapped, same_keys
from tradefin.errors import SourceChanged, Unavailable
from tradefin.project import Project
from tradefin.sources import rta
from tradefin.sources.address import why_refused
from tradefin.sources.description import read_publishers
from tradefin.sources.flow import Part

(FLOW,) = rta.FLOWS
STEM = "source_rta_agreements"


@pytest.fixture(scope="module")
def raw() -> bytes:
    path: Path = SHARED / "raw" / "wto" / "AllRTAs.xlsx"
    if not path.is_file():
        pytest.skip(f"no export of RTA-IS at {path}: reading its real bytes needs that file")
    return path.read_bytes()


def part(data: bytes) -> Part:
    return Part(rta.asks()[0], data)


def workbook(rows: list[list[str]], sheet: str = "AllRTAs") -> bytes:
    """An xlsx with texts in its cells, as few files as a reader needs."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    cells = "".join(
        f'<row r="{r}">'
        + "".join(f'<c r="{chr(65 + c)}{r}" t="inlineStr"><is><t>{text}</t></is></c>' for c, text in enumerate(row))
        + "</row>"
        for r, row in enumerate(rows, 1)
    )
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{links}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {space} xmlns:r="{links}"><sheets><sheet name="{sheet}" sheetId="1" '
        'r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{links}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet {space}><sheetData>{cells}</sheetData></worksheet>",
    }
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return sink.getvalue()


HEADER = ["RTA ID", "RTA Name", "Status", *rta.DATES]
JAPAN = ["1", "Japan - Thailand ", "In Force", "2007-04-03", "", "2007-10-25", "", "2007-11-01 00:00:00", "", ""]


def fails(data: bytes) -> str:
    with pytest.raises(SourceChanged) as error:
        rta.parse((part(data),))
    return str(error.value)


def test_every_request_is_allowed_and_described(project: Project) -> None:
    publisher = read_publishers(project)["rta"]
    assert set(publisher.flows) == {FLOW.name}
    assert [why_refused(one.address, publisher.hosts) for one in FLOW.requests()] == [""]


def test_columns_are_found_by_name() -> None:
    straight, turned = workbook([HEADER, JAPAN]), workbook([HEADER[::-1], JAPAN[::-1]])
    one, two = (rta.parse((part(data),)).to_pylist() for data in (straight, turned))
    assert one == two and one[0]["Date of Entry into Force (G)"] == "2007-11-01"
    assert one[0]["RTA Name"] == "Japan - Thailand" and one[0]["Inactive Date"] is None


def test_what_may_come_instead() -> None:
    assert "no sheet is called AllRTAs or it is empty. There are: Data" in fails(workbook([HEADER, JAPAN], "Data"))
    assert "lacks Status" in fails(workbook([[c.replace("Status", "State") for c in HEADER], JAPAN]))
    assert "not a single agreement" in fails(workbook([HEADER]))
    assert "RTA ID stands twice: 1" in fails(workbook([HEADER, JAPAN, JAPAN]))
    assert "row 2: RTA ID is 'one', not a number" in fails(workbook([HEADER, ["one", *JAPAN[1:]]]))
    assert "(G) is '3-Apr-07', not a date" in fails(workbook([HEADER, [*JAPAN[:3], "3-Apr-07", *JAPAN[4:]]]))
    assert "a page of HTML (titled 'Sorry')" in fails(b"<html><title>Sorry</title></html>")
    assert "not readable as an Excel file" in fails(b"RTA ID,RTA Name\n")
    with pytest.raises(Unavailable, match="cut short"):
        rta.parse((part(workbook([HEADER, JAPAN])[:300]),))


def test_real_agreements_are_the_bundled_ones(raw: bytes, project: Project) -> None:
    table = rta.parse((part(raw),))
    assert accepted(project, table, FLOW) == []
    live, old = mapped(project, table, STEM, FLOW), bundled(project, "rta", "agreements")
    assert len(live) == 655 and same_keys(live, old, ("rta_id",)) == (set(), set())
    assert {column: differences(live, old, ("rta_id",), column) for column in live[0]} == {c: {} for c in live[0]}


def test_a_new_status_and_a_lost_column_are_refused(raw: bytes, project: Project) -> None:
    table = rta.parse((part(raw),))
    at = table.column_names.index("Status")
    with pytest.raises(SourceChanged, match="Status is empty in every row"):
        accepted(project, table.set_column(at, "Status", [[None] * table.num_rows]).cast(table.schema), FLOW)
    with pytest.raises(SourceChanged, match="column is gone: Status"):
        accepted(project, table.remove_column(at), FLOW)
