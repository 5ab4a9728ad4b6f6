"""World Economic Outlook: by service in each of its formats, and by the DataMapper's export."""

import csv
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from tests.conftest import SHARED
from tests.sources.imf_answers import FLOWS, USA, WEO_HEADER, XML_END, XML_START, book, fails, outlook, weo_row
from tests.sources.mapping import accepted, bundled, differences, in_doubt, mapped, same_keys
from tradefin.project import Project
from tradefin.sources import weo
from tradefin.sources.flow import Part, Request


@pytest.fixture(scope="module")
def raw() -> Path:
    folder = SHARED / "raw" / "imf"
    if not folder.is_dir():
        pytest.skip(f"no files of the IMF at {folder}: reading its real bytes needs that folder")
    return folder


def test_csv_of_both_generations_xml_and_json_give_one_table() -> None:
    one = outlook(USA, weo_row("ITA", "NGDP_RPCH", "2024", "0.783024"), weo_row("ITA", "NGDP_RPCH", "2031", ""))
    two = one.replace(b"DATAFLOW,", b"STRUCTURE[;],STRUCTURE_ID,ACTION,").replace(
        b"IMF.RES:WEO(9.0.0),", b"dataflow,IMF.RES:WEO(9.0.0),R,"
    )
    series = (
        '<Series COUNTRY="USA" INDICATOR="NGDPD" FREQUENCY="A" SCALE="9" UNIT="USD">'
        '<Obs TIME_PERIOD="2024" OBS_VALUE="29298012345678"/><Obs TIME_PERIOD="2025"/></Series>'
        '<Series COUNTRY="ITA" INDICATOR="NGDP_RPCH" FREQUENCY="A" SCALE="9" UNIT="USD">'
        '<Obs TIME_PERIOD="2024" OBS_VALUE="0.783024"/></Series>'
    )
    xml = (XML_START + series + XML_END).encode()
    json = b"""{"data": {"dataSets": [{"attributes": [0, ["2026-04-14T13:00:00Z"], "9", ["USD"]], "series": {
        "0:0:0": {"observations": {"0": [29298012345678], "1": [null]}},
        "1:1:0": {"observations": {"0": ["0.783024"]}}}}],
        "structures": [{"dimensions": {"series": [
            {"id": "COUNTRY", "values": [{"id": "USA"}, {"id": "ITA"}]},
            {"id": "INDICATOR", "values": [{"id": "NGDPD"}, {"id": "NGDP_RPCH"}]},
            {"id": "FREQUENCY", "values": [{"id": "A"}]}],
          "observation": [{"id": "TIME_PERIOD", "values": [{"value": "2024"}, {"id": "2025"}]}]},
          "attributes": {"dataSet": [{"id": "PUBLISHER", "values": [{"id": "IMF"}]}, {"id": "PUBLICATION_DATE"},
            {"id": "SCALE"}, {"id": "UNIT"}]}}]}}"""
    tables = [weo.parse_gdp((Part(Request("https://api.imf.org/x"), data),)) for data in (one, two, xml, json)]
    assert tables[0].num_rows == 2
    assert tables[0].column_names == [
        *("COUNTRY", "INDICATOR", "FREQUENCY", "TIME_PERIOD", "OBS_VALUE", "UNIT", "SCALE"),
        *("PUBLICATION_DATE", "LATEST_ACTUAL_ANNUAL_DATA"),
    ]
    assert all(table.equals(tables[0]) for table in tables), [table.to_pylist() for table in tables]


def test_an_answer_without_series_is_a_failure_in_every_format() -> None:
    header_only, blank_row = outlook(), outlook("," * WEO_HEADER.count(","))
    json = b'{"data": {"dataSets": [{}], "structures": [{"dimensions": {"series": [], "observation": []}}]}}'
    for data in (header_only, blank_row, (XML_START + XML_END).encode(), json):
        assert "has no figures" in fails("outlook", data)
    assert "key with a code or an order" in fails("fund_accounts", header_only.replace(b"WEO", b"FA"), header_only)


def test_what_the_service_may_answer_instead() -> None:
    assert "the answer is empty" in fails("outlook", b"\xef\xbb\xbf \n")
    assert "titled 'Access Denied'" in fails("outlook", b"<html><head><title>Access Denied</title></head></html>")
    assert "no column OBS_VALUE. It has: DATAFLOW, COUNTRY" in fails(
        "outlook", outlook(USA).replace(b"OBS_VALUE", b"VALUE")
    )
    assert "no column COUNTRY" in fails("outlook", outlook(USA).replace(b",COUNTRY", b",REF_AREA"))
    assert "no column PUBLICATION_DATE" in fails("outlook", outlook(USA).replace(b"PUBLICATION_DATE", b"RELEASED"))
    assert "a semicolon seems to" in fails("outlook", outlook(USA).replace(b",", b";"))
    assert "not SDMX-CSV" in fails("outlook", b"Country,Year\nUSA,2024\n")
    assert "Windows-1252" in fails("outlook", outlook(USA).replace(b"prices", b"prices \x96 x"))
    assert "2: 3 cells where the header has 10" in fails("outlook", outlook("a,b,c"))
    assert "SERIES_NAME stands twice" in fails(
        "outlook", outlook(USA, header=WEO_HEADER.replace("SCALE", "SERIES_NAME"))
    )
    assert "COUNTRY 'NGDPD' was not asked for" not in fails("outlook", outlook(weo_row("NGDPD", "USA", "2024", "1")))
    assert "INDICATOR 'USA' was not asked for" in fails("outlook", outlook(weo_row("NGDPD", "USA", "2024", "1")))
    assert "TIME_PERIOD '1999.0' is not a year" in fails("outlook", outlook(weo_row("USA", "NGDPD", "1999.0", "1")))
    assert "has two figures, 29298012345678 and 1" in fails(
        "outlook", outlook(USA, weo_row("USA", "NGDPD", "2024", "1"))
    )
    assert "PUBLICATION_DATE is empty for USA.NGDPD.A.2024" in fails(
        "outlook", outlook(USA.replace("2026-04-14T13:00:00Z", ""))
    )
    assert "but is 4/14/2026" in fails("outlook", outlook(USA.replace("2026-04-14T13:00:00Z", "4/14/2026")))
    later = weo_row("USA", "NGDPD", "2025", "30298012345678", "2026-10-13")
    assert "but is 2026-04-14T13:00:00Z, 2026-10-13" in fails("outlook", outlook(USA, later))


def test_broken_or_hostile_xml_and_json() -> None:
    whole = (XML_START + '<Series COUNTRY="USA"/>' + XML_END).encode()
    assert "not well-formed XML" in fails("outlook", whole[:-40])
    bomb = whole.replace(b"<message:Str", b"<!DOCTYPE a [<!ENTITY b 'USA'>]><message:Str", 1).replace(
        b'"USA"', b'"&b;"'
    )
    assert "has a document type" in fails("outlook", bomb)
    assert "not readable as SDMX-ML" in fails("outlook", b"<message/>")
    assert "not readable as SDMX-JSON" in fails("outlook", b'{"data": {"dataSets": [')
    assert "not readable as SDMX-JSON" in fails("outlook", b'{"status": 404}')


def test_the_datamapper_in_another_layout() -> None:
    title = "GDP, current prices (Billions of U.S. dollars)"
    good = book(
        [[title, 1980, 1981], [None, None, None], ["Japan", 1129.4, "no data"], ["©IMF, 2025", None, None]], "NGDPD"
    )
    assert weo.parse_datamapper((Part(Request("https://x"), good),)).to_pylist() == [
        {"indicator": "NGDPD", "title": title, "area": "Japan", "year": "1980", "value": "1129.4"}
    ]
    assert "first row is not a title and years" in fails("datamapper", book([["Japan", "x"]]))
    assert "no figures" in fails("datamapper", book([[title, 1980], ["Japan", "no data"]]))
    assert "Japan 1980: 'many' is not a number" in fails("datamapper", book([[title, 1980], ["Japan", "many"]]))


def test_the_outlook_in_billions(project: Project) -> None:
    data = outlook(
        USA,
        weo_row("USA", "NGDP_RPCH", "2024", "2.793"),
        weo_row("G001", "NGDPD", "2024", "111332661000000"),
        weo_row("G505", "NGDPD", "2024", "27000000000000"),
        weo_row("KOS", "PPPGDP", "2024", "28000000000"),
    )
    table = weo.parse_gdp((Part(Request("https://x"), data),))
    rows = {row["area"]: row for row in mapped(project, table, "source_weo_gdp", FLOWS["outlook_xml"])}
    assert set(rows) == {"USA", "WLD", "XKX"}
    (told,) = in_doubt(project, table, "source_weo_gdp", FLOWS["outlook_xml"])
    assert told.startswith("weo.outlook_xml: 1 figure left out of source_weo_gdp") and "area=G505|year=2024" in told
    assert rows["USA"]["gdp_usd_bn"] == "29298.012345678" and rows["USA"]["real_growth_pct"] == "2.793"
    assert rows["XKX"]["gdp_ppp_intl_bn"] == "28" and rows["WLD"]["gdp_usd_bn"] == "111332.661"
    assert {row["known_on"] for row in rows.values()} == {"2026-04-14"}


def test_real_export_gives_the_bundled_gdp(raw: Path, project: Project) -> None:
    flow = FLOWS["datamapper"]
    data = (raw / "imf-dm-export-20251119_MER.xls").read_bytes()
    table = flow.parse((Part(flow.requests()[0], data),))
    assert accepted(project, table, flow) == []
    live = mapped(project, table, "source_weo_gdp", flow)
    old = [row for row in bundled(project, "weo", "gdp", vintage_id="weo-2025-10") if row["gdp_usd_bn"]]
    assert len(live) == 10810 and same_keys(live, old, ("area", "year")) == (set(), set())
    assert differences(live, old, ("area", "year"), "gdp_usd_bn") == {}


MEASURES = {
    "ngdpd": ("NGDPD", "gdp_usd_bn", 9),
    "pppgdp": ("PPPGDP", "gdp_ppp_intl_bn", 9),
    "ngdp": ("NGDP", "gdp_lcu_bn", 9),
    "ngdp_r": ("NGDP_R", "real_gdp_lcu_bn", 9),
    "ngdp_rpch": ("NGDP_RPCH", "real_growth_pct", 0),
    "pppsh": ("PPPSH", "ppp_world_share_pct", 0),
}


def real_figures(raw: Path) -> list[tuple[str, str, str, str]]:
    """Country, year, indicator and figure in units, as the service would give the edition of April 2019."""
    figures = []
    for name, (indicator, _, scale) in MEASURES.items():
        with (raw / f"ddf_weo_apr2019_{name}.csv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                if row[name] not in ("", "--", "n/a"):
                    value = Decimal(row[name]).scaleb(scale)
                    figures.append((row["country"].upper(), row["year"], indicator, f"{value:f}"))
    return figures


def test_the_outlook_of_april_2019_by_service_gives_the_bundled_gdp(raw: Path, project: Project) -> None:
    """The figures are real, the layout of the service is put around them, as CSV and as SDMX-ML."""
    figures = real_figures(raw)
    plain = outlook(*(weo_row(c, i, y, v, "2019-04-09") for c, y, i, v in figures))
    series: dict[tuple[str, str], list[str]] = {}
    for country, year, indicator, value in figures:
        series.setdefault((country, indicator), []).append(f'<Obs TIME_PERIOD="{year}" OBS_VALUE="{value}"/>')
    body = "".join(
        f'<Series COUNTRY={quoteattr(c)} INDICATOR="{i}" FREQUENCY="A" UNIT="USD" SCALE="9">{"".join(o)}</Series>'
        for (c, i), o in series.items()
    )
    xml = (XML_START.replace("2026-04-14T13:00:00Z", "2019-04-09") + body + XML_END).encode()
    table = weo.parse_gdp((Part(Request("https://x"), plain),))
    assert table.equals(weo.parse_gdp((Part(Request("https://x"), xml),)))
    assert accepted(project, table, FLOWS["outlook"]) == []
    live = mapped(project, table, "source_weo_gdp", FLOWS["outlook"])
    old = bundled(project, "weo", "gdp", vintage_id="weo-2019-04")
    assert table.num_rows == 47482
    assert len(live) == 7999 and same_keys(live, old, ("area", "year")) == (set(), set())
    differing = {column: differences(live, old, ("area", "year"), column) for _, column, _ in MEASURES.values()}
    # What the old files wrote as '--', too small to show, the service would not give at all.
    assert {column: len(found) for column, found in differing.items() if found} == {
        "real_gdp_lcu_bn": 1,
        "ppp_world_share_pct": 7,
    }
    assert {pair for found in differing.values() for pair in found.values()} == {("", "--")}
