"""World Bank: its API's pages and its zips give one table, whose figures are the bundled ones."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.conftest import SHARED
from tests.sources.mapping import accepted, bundled, differences, mapped, same_keys
from tradefin.errors import SourceChanged, Unavailable
from tradefin.project import Project
from tradefin.sources import world_bank
from tradefin.sources.address import why_refused
from tradefin.sources.description import read_publishers
from tradefin.sources.flow import Flow, Part

FLOWS = {flow.name: flow for flow in world_bank.FLOWS}
NAMES = {
    "FI.RES.TOTL.CD": "Total reserves (includes gold, current US$)",
    "FI.RES.XGLD.CD": "Total reserves minus gold (current US$)",
    "NY.GDP.MKTP.CD": "GDP (current US$)",
    "NY.GDP.MKTP.PP.CD": "GDP, PPP (current international $)",
    "NE.IMP.GNFS.CD": "Imports of goods and services (current US$)",
    "NE.EXP.GNFS.CD": "Exports of goods and services (current US$)",
    "NE.EXP.GNFS.ZS": "Exports of goods and services (% of GDP)",
    "NE.IMP.GNFS.ZS": "Imports of goods and services (% of GDP)",
    "NE.TRD.GNFS.ZS": "Trade (% of GDP)",
}
JAPAN = ("JP", "JPN", "Japan")
RICH = ("XD", "", "High income")


@pytest.fixture(scope="module")
def raw() -> Path:
    folder = SHARED / "raw" / "worldbank"
    if not folder.is_dir():
        pytest.skip(f"no files of the World Bank at {folder}: reading its real bytes needs that folder")
    return folder


def zipped(indicator: str, data: bytes, name: str = "") -> Part:
    """The zip that the API gives for an indicator: its table and two of metadata."""
    stem = f"{indicator}_DS2_en_csv_v2_2475.csv"
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"Metadata_Indicator_API_{stem}", '"INDICATOR_CODE","INDICATOR_NAME"\r\n')
        archive.writestr(name or f"API_{stem}", data)
        archive.writestr(f"Metadata_Country_API_{stem}", '"Country Code","Region"\r\n')
    (request,) = world_bank.by_zip((indicator,))
    return Part(request, sink.getvalue())


def sheet(indicator: str, rows: list[tuple[str, ...]], years: tuple[str, ...] = ("2000", "2001")) -> bytes:
    """A CSV in the real layout: byte order mark, metadata, a comma at the end of every line."""
    header = ("Country Name", "Country Code", "Indicator Name", "Indicator Code", *years)
    lines = [header, *((name, code, NAMES[indicator], indicator, *values) for name, code, *values in rows)]
    body = "".join(",".join(f'"{cell}"' for cell in line) + ",\r\n" for line in lines)
    start = '\ufeff"Data Source","World Development Indicators",\r\n\r\n"Last Updated Date","2025-12-04",\r\n\r\n'
    return (start + body).encode()


def record(indicator: str, country: tuple[str, str, str], year: str, value: float | None) -> dict[str, Any]:
    iso2, iso3, name = country
    return {
        "indicator": {"id": indicator, "value": NAMES[indicator]},
        "country": {"id": iso2, "value": name},
        "countryiso3code": iso3,
        "date": year,
        "value": value,
        "unit": "",
        "obs_status": "",
        "decimal": 0,
    }


def pages(indicator: str, *records: list[dict[str, Any]], updated: str = "2025-12-04") -> tuple[Part, ...]:
    """The answers page by page; the size of a page is a text, as the API is known to write it."""
    total = sum(len(page) for page in records)
    header = {"pages": len(records), "per_page": "20000", "total": total, "sourceid": "2", "lastupdated": updated}
    (first,) = world_bank.by_api((indicator,))
    parts: tuple[Part, ...] = ()
    for number, page in enumerate(records, start=1):
        request = first if number == 1 else world_bank.further_pages(parts)[0]
        parts = (*parts, Part(request, json.dumps([{"page": number, **header}, page]).encode()))
    return parts


def rows(table: pa.Table) -> list[tuple[str | None, ...]]:
    wanted = ["indicator.id", "countryiso3code", "country.value", "date", "value", "lastupdated"]
    return [tuple(row[column] for column in wanted) for row in table.to_pylist()]


def test_every_address_may_be_asked(project: Project) -> None:
    hosts = read_publishers(project)["world_bank"].hosts
    for flow in world_bank.FLOWS:
        assert [why_refused(request.address, hosts) for request in flow.requests()] == [""] * len(flow.requests())


def test_every_flow_is_described_and_mapped(project: Project) -> None:
    assert set(read_publishers(project)["world_bank"].flows) == set(FLOWS)
    stems = {"reserves": "reserves", "gdp": "gdp", "trade": "trade_in_goods_and_services"}
    for flow, stem in stems.items():
        assert (project.root / "sql" / "sources" / f"source_world_bank_{stem}" / f"{flow}.sql").is_file()


def test_pages_are_followed_to_the_last() -> None:
    one, two = [record("FI.RES.TOTL.CD", JAPAN, "2001", 401957591234.5)], [record("FI.RES.TOTL.CD", RICH, "2001", 7)]
    parts = pages("FI.RES.TOTL.CD", one, two)
    assert [part.request.address[-6:] for part in parts] == ["page=1", "page=2"]
    assert world_bank.further_pages(parts) == ()
    assert rows(world_bank.parse_api(parts)) == [
        ("FI.RES.TOTL.CD", None, "High income", "2001", "7", "2025-12-04"),
        ("FI.RES.TOTL.CD", "JPN", "Japan", "2001", "401957591234.5", "2025-12-04"),
    ]


def test_numbers_stay_as_they_are_written() -> None:
    body = json.dumps([{"page": 1, "pages": 1, "total": 1, "lastupdated": "2025-12-04"}, ["x"]])
    text = json.dumps(record("FI.RES.TOTL.CD", JAPAN, "2001", 1)).replace('"value": 1,', '"value": 1.10E+11,')
    (request,) = world_bank.by_api(("FI.RES.TOTL.CD",))
    table = world_bank.parse_api((Part(request, body.replace('"x"', text).encode()),))
    assert table.column("value").to_pylist() == ["1.10E+11"]


def test_both_ways_give_the_same_table() -> None:
    api = pages(
        "NY.GDP.MKTP.CD",
        [record("NY.GDP.MKTP.CD", JAPAN, "2001", 4374711694000), record("NY.GDP.MKTP.CD", JAPAN, "2000", None)],
    )
    csv_way = zipped("NY.GDP.MKTP.CD", sheet("NY.GDP.MKTP.CD", [("Japan", "JPN", "", "4374711694000")]))
    assert world_bank.parse_api(api).equals(world_bank.parse_zips((csv_way,)))


def api_fails(data: bytes) -> str:
    (request,) = world_bank.by_api(("FI.RES.TOTL.CD",))
    with pytest.raises(SourceChanged) as error:
        world_bank.parse_api((Part(request, data),))
    return str(error.value)


def test_what_the_api_may_answer_instead() -> None:
    invalid = {"id": "120", "key": "Invalid value", "value": "The provided parameter value is not valid"}
    assert "message instead of figures" in api_fails(json.dumps([{"message": [invalid]}]).encode())
    assert "titled 'Sorry'" in api_fails(b"<!DOCTYPE html><html><title>Sorry</title></html>")
    assert "not JSON" in api_fails(b"[{")
    assert "Windows-1252" in api_fails('[{"page": "\u2019"}]'.encode("cp1252"))
    header = {"page": 1, "pages": 1, "total": 0, "lastupdated": "2025-12-04"}
    assert "no records" in api_fails(json.dumps([header, None]).encode())
    assert "no records" in api_fails(json.dumps([header, []]).encode())
    assert "lacks lastupdated" in api_fails(json.dumps([{"page": 1, "pages": 1, "total": 1}, [1]]).encode())
    assert "'yesterday' is not a day" in api_fails(
        json.dumps([{**header, "total": 1, "lastupdated": "yesterday"}, [1]]).encode()
    )
    many = [{**header, "pages": 10**8, "total": 1}, [1]]
    assert "100,000,000 pages where at most 100" in api_fails(json.dumps(many).encode())
    assert "lacks a number" in api_fails(json.dumps([{**header, "pages": "\u00b2", "total": 1}, [1]]).encode())
    assert "not JSON" in api_fails(b"[" * 100_000)
    one = record("FI.RES.TOTL.CD", JAPAN, "2001", 1.5)
    assert "2 are announced" in api_fails(json.dumps([{**header, "total": 2}, [one]]).encode())
    renamed = {("iso3" if key == "countryiso3code" else key): value for key, value in one.items()}
    assert "lacks countryiso3code; it has" in api_fails(json.dumps([{**header, "total": 1}, [renamed]]).encode())
    other = record("FI.RES.XGLD.CD", JAPAN, "2001", 1.5)
    assert "a record is of FI.RES.XGLD.CD" in api_fails(json.dumps([{**header, "total": 1}, [other]]).encode())
    gap = record("FI.RES.TOTL.CD", JAPAN, "2001", None)
    assert "without a single figure" in api_fails(json.dumps([{**header, "total": 1}, [gap]]).encode())
    assert "two figures for" in api_fails(json.dumps([{**header, "total": 2}, [one, one]]).encode())


def test_an_update_while_pages_come_may_be_retried() -> None:
    years = [[record("FI.RES.TOTL.CD", JAPAN, year, 1)] for year in ("2001", "2000")]
    first, second = pages("FI.RES.TOTL.CD", *years)[0], pages("FI.RES.TOTL.CD", *years, updated="2025-12-05")[1]
    with pytest.raises(Unavailable, match="2025-12-04, 2025-12-05"):
        world_bank.parse_api((first, second))


def zip_fails(data: bytes, name: str = "") -> str:
    with pytest.raises(SourceChanged) as error:
        world_bank.parse_zips((zipped("FI.RES.TOTL.CD", data, name),))
    return str(error.value)


def test_a_cell_without_end_is_named_with_its_line() -> None:
    good = sheet("FI.RES.TOTL.CD", [("Japan", "JPN", "361638567000", "401957591234.5")])
    before = csv.field_size_limit(100_000)  # libraries raise it for the whole process
    try:
        assert "line 7: field larger than field limit" in zip_fails(good + b'"' + b"x" * 200_000 + b'"')
    finally:
        csv.field_size_limit(before)


def test_what_a_zip_may_hold_instead() -> None:
    good = sheet("FI.RES.TOTL.CD", [("Japan", "JPN", "361638567000", "401957591234.5")])
    assert rows(world_bank.parse_zips((zipped("FI.RES.TOTL.CD", good),)))[0][1:5] == (
        "JPN",
        "Japan",
        "2000",
        "361638567000",
    )
    assert "no member is called 'API_FI.RES.TOTL.CD_*.csv'" in zip_fails(good, "data.csv")
    assert "leads out of its folder" in zip_fails(good, "../API_FI.RES.TOTL.CD_1.csv")
    assert "it is Country Name, Code" in zip_fails(good.replace(b"Country Code", b"Code"))
    assert "no header that starts with 'Country Name'" in zip_fails(good.replace(b"Country Name", b"Name"))
    assert "'Last Updated Date' is ''" in zip_fails(good.replace(b"Last Updated Date", b"Updated"))
    assert "5 cells where the header has 7" in zip_fails(good + b'"Korea","KOR","x","FI.RES.TOTL.CD",\r\n')
    assert "the row is of NY.GDP.MKTP.CD" in zip_fails(good.replace(b"FI.RES.TOTL.CD", b"NY.GDP.MKTP.CD"))
    assert "a semicolon seems to" in zip_fails(good.replace(b",", b";"))
    assert "without a single figure" in zip_fails(sheet("FI.RES.TOTL.CD", [("Japan", "JPN", "", "")]))
    assert "UTF-16" in zip_fails(good.decode("utf-8-sig").encode("utf-16"))
    (request,) = world_bank.by_zip(("FI.RES.TOTL.CD",))
    with pytest.raises(SourceChanged, match="a zip was due, but this is a page of HTML"):
        world_bank.parse_zips((Part(request, b"<html><title>x</title></html>"),))
    with pytest.raises(Unavailable, match="cut short or damaged"):
        world_bank.parse_zips((Part(request, zipped("FI.RES.TOTL.CD", good).data[:200]),))


def test_another_unit_is_refused(project: Project) -> None:
    good = sheet("FI.RES.TOTL.CD", [(f"C{i}", f"C{i}", "1", "2") for i in range(5000)])
    assert accepted(project, world_bank.parse_zips((zipped("FI.RES.TOTL.CD", good),)), FLOWS["reserves_zip"]) == []
    changed = world_bank.parse_zips((zipped("FI.RES.TOTL.CD", good.replace(b"current US$", b"constant 2020 US$")),))
    with pytest.raises(SourceChanged, match=r"indicator\.value has an unknown code: .*constant "):
        accepted(project, changed, FLOWS["reserves_zip"])


def test_groups_without_a_code_are_found_by_name(project: Project) -> None:
    parts = (
        *pages("NY.GDP.MKTP.CD", [record("NY.GDP.MKTP.CD", RICH, "2001", 26012345678901)]),
        *pages("NY.GDP.MKTP.PP.CD", [record("NY.GDP.MKTP.PP.CD", JAPAN, "2001", 3552841400000)]),
    )
    live = mapped(project, world_bank.parse_api(parts), "source_world_bank_gdp", FLOWS["gdp"])
    assert sorted(live, key=lambda row: str(row["iso3"])) == [
        {"iso3": "HIC", "year": "2001", "gdp_usd_bn": "26012.3457", "gdp_ppp_intl_bn": None, "known_on": "2025-12-04"},
        {"iso3": "JPN", "year": "2001", "gdp_usd_bn": None, "gdp_ppp_intl_bn": "3552.8414", "known_on": "2025-12-04"},
    ]


def test_trade_of_one_year_in_the_head(project: Project) -> None:
    values = {
        "NE.IMP.GNFS.CD": "250000000000",
        "NE.EXP.GNFS.CD": "200000000000",
        "NE.EXP.GNFS.ZS": "20.0004",
        "NE.IMP.GNFS.ZS": "25",
        "NE.TRD.GNFS.ZS": "45.0004",
        "NY.GDP.MKTP.CD": "1000000000000",
    }
    parts = tuple(zipped(i, sheet(i, [("Japan", "JPN", "", v)])) for i, v in values.items())
    assert mapped(
        project, world_bank.parse_zips(parts), "source_world_bank_trade_in_goods_and_services", FLOWS["trade_zip"]
    ) == [
        {
            "iso3": "JPN",
            "year": "2001",
            "exports_pct": "20",
            "imports_pct": "25",
            "trade_pct": "45",
            "imports_usd_bn": "250",
            "exports_from_balance_usd_bn": "200",
            "exports_from_share_usd_bn": "200.004",
            "known_on": "2025-12-04",
        }
    ]


def real(raw: Path, indicator: str) -> Part:
    (path,) = raw.glob(f"API_{indicator}_DS2_*.csv")
    return zipped(indicator, path.read_bytes(), path.name)


def last_place(differing: dict[tuple[str | None, ...], tuple[str, str]]) -> bool:
    """Whether all differ by one in the fourth decimal: half way between two, rounded in floating point there."""
    return all(abs(round(float(live) * 1e4) - round(float(old) * 1e4)) == 1 for live, old in differing.values())


def test_real_reserves_are_the_bundled_ones(raw: Path, project: Project) -> None:
    flow: Flow = FLOWS["reserves_zip"]
    table = flow.parse((real(raw, "FI.RES.TOTL.CD"),))
    assert accepted(project, table, flow) == []
    live = mapped(project, table, "source_world_bank_reserves", flow)
    old = bundled(project, "world_bank", "reserves", vintage_id="wdi-2025-12-04")
    assert len(live) == 9337 and {row["known_on"] for row in live} == {"2025-12-04"}
    assert same_keys(live, old, ("iso3", "year", "basis")) == (set(), set())
    differing = differences(live, old, ("iso3", "year", "basis"), "reserves_usd_bn")
    assert differing == {("MUS", "1969", "with_gold"): ("0.033", "0.0331")}


def test_real_gdp_is_the_bundled_one(raw: Path, project: Project) -> None:
    flow: Flow = FLOWS["gdp_zip"]
    table = flow.parse((real(raw, "NY.GDP.MKTP.CD"), real(raw, "NY.GDP.MKTP.PP.CD")))
    assert accepted(project, table, flow) == []
    live = mapped(project, table, "source_world_bank_gdp", flow)
    for column, vintage, count, unlike in (
        ("gdp_usd_bn", "wdi-2025-12-04", 14541, 5),
        ("gdp_ppp_intl_bn", "wdi-2024-06-28", 8252, 0),
    ):
        ours = [row for row in live if row[column]]
        old = bundled(project, "world_bank", "gdp", vintage_id=vintage)
        assert len(ours) == count and same_keys(ours, old, ("iso3", "year")) == (set(), set())
        differing = differences(ours, old, ("iso3", "year"), column)
        assert len(differing) == unlike and last_place(differing), differing


def test_real_imports_are_the_bundled_ones(raw: Path, project: Project) -> None:
    flow: Flow = FLOWS["trade_zip"]
    table = flow.parse((real(raw, "NE.IMP.GNFS.CD"), real(raw, "NY.GDP.MKTP.CD")))
    assert accepted(project, table, flow) == []
    live = mapped(project, table, "source_world_bank_trade_in_goods_and_services", flow)
    old = [r for r in bundled(project, "world_bank", "trade_in_goods_and_services") if r["imports_usd_bn"]]
    assert len(live) == 11368 and same_keys(live, old, ("iso3", "year")) == (set(), set())
    differing = differences(live, old, ("iso3", "year"), "imports_usd_bn")
    assert len(differing) == 7 and last_place(differing), differing
