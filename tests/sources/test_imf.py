"""IMF: members' quotas by service and page, shares of the quota data workbook, reserves."""

import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from tests.conftest import SHARED
from tests.sources.imf_answers import FA_HEADER, FLOWS, book, fails, fund_accounts, outlook, page, weo_row
from tests.sources.mapping import accepted, bundled, differences, in_doubt, mapped, same_keys
from tradefin.errors import SourceChanged, Unavailable
from tradefin.project import Project
from tradefin.sources import imf, weo
from tradefin.sources.address import why_refused
from tradefin.sources.description import read_publishers
from tradefin.sources.flow import Part, Request
from tradefin.sources.imf_sdmx import XML


@pytest.fixture(scope="module")
def raw() -> Path:
    folder = SHARED / "raw" / "imf"
    if not folder.is_dir():
        pytest.skip(f"no files of the IMF at {folder}: reading its real bytes needs that folder")
    return folder


def test_every_address_may_be_asked_and_every_flow_is_described(project: Project) -> None:
    publishers = read_publishers(project)
    for flow in (*imf.FLOWS, *weo.FLOWS):
        assert {why_refused(request.address, publishers[flow.publisher].hosts) for request in flow.requests()} == {""}
    assert {f.name for f in imf.FLOWS} == set(publishers["imf"].flows)
    assert {f.name for f in weo.FLOWS} == set(publishers["weo"].flows)


def test_addresses_are_those_of_the_service() -> None:
    base = "https://api.imf.org/external/sdmx"
    assert [request.address for request in FLOWS["fund_accounts"].requests()] == [
        f"{base}/2.1/data/IMF.STA,FA/.IMFQ_XDR.A?startPeriod=1980",
        f"{base}/2.1/data/IMF.STA,FA/.IMFQ_XDR.M?startPeriod=2024-01",
    ]
    (v3,) = FLOWS["fund_accounts_v3"].requests()
    assert v3.address == f"{base}/3.0/data/dataflow/IMF.STA/FA/%2B/*.IMFQ_XDR.A?attributes=all"
    (liquidity,) = FLOWS["international_liquidity"].requests()
    assert liquidity.address == f"{base}/2.1/data/IMF.STA,IL/.TRGMV_REVS+RXF11_REVS.USD.A?startPeriod=1950"
    (plain,), (xml,) = FLOWS["outlook"].requests(), FLOWS["outlook_xml"].requests()
    assert plain.address == xml.address and (plain.accept, xml.accept) == ("text/csv", XML)


def test_one_of_two_frequencies_may_be_empty(project: Project) -> None:
    parts = tuple(
        Part(r, d)
        for r, d in zip(
            FLOWS["fund_accounts"].requests(), (FA_HEADER.encode(), fund_accounts(project, "2026-M09")), strict=True
        )
    )
    table = imf.parse_quotas(parts)
    assert table.num_rows == 190 and accepted(project, table, FLOWS["fund_accounts"]) == []


def test_another_unit_is_refused(project: Project) -> None:
    billions = outlook(weo_row("USA", "NGDPD", "2024", "29298.012"))
    assert "USA.NGDPD.A.2024 is 29298.012, outside 1000000000000 to" in fails("outlook", billions)
    millions = fund_accounts(project, "2026-M09", factor=1)
    assert "outside 1000000000 to 200000000000 SDR" in fails("fund_accounts", millions)
    reform = fund_accounts(project, "2027-M06", factor=1_500_000)
    assert "all quotas add up to SDR 714,408.0 million" in fails("fund_accounts", reform)


def test_a_list_that_is_not_full_is_refused(project: Project) -> None:
    few = b"\n".join(fund_accounts(project, "2026-M09").splitlines()[:40])
    assert "the fullest has 39" in fails("fund_accounts", few)


def test_quotas_of_the_service_are_dated_by_their_last_change(project: Project) -> None:
    old = fund_accounts(project, "2023", "2024-M09").replace(
        b"SGP,IMFQ_XDR,A,2023,3891900000", b"SGP,IMFQ_XDR,A,2023,3891800000"
    )
    new = fund_accounts(project, "2024-M10", "2024", "2025-M09").replace(b"KOS,", b"UVK,")
    world = b"IMF.STA:FA(8.0.0),G001,IMFQ_XDR,M,2025-M09,476272000000.0,XDR,6,x\n"
    part = Part(Request("https://api.imf.org/x"), old + new.partition(b"\n")[2] + world)
    table = imf.parse_quotas((part,))
    rows = mapped(project, table, "source_imf_quotas", FLOWS["fund_accounts"])
    assert {row["as_of"] for row in rows} == {"2024-09"} and len(rows) == 190
    assert in_doubt(project, table, "source_imf_quotas", FLOWS["fund_accounts"]) == [
        "imf.fund_accounts: 1 figure left out of source_imf_quotas, since its area is no economy of the codelist "
        "countries: iso3=G001|review=14th General Review."
    ]
    assert sum(Decimal(row["quota_sdr_mn"] or "") for row in rows) == Decimal("476272.0")
    by_member = {row["iso3"]: row for row in rows}
    assert by_member["XKX"]["quota_sdr_mn"] is not None
    assert by_member["USA"]["member"] == "United States" and by_member["USA"]["quota_sdr_mn"] == "82994.2"


def test_the_service_and_the_bundled_list_of_january_2024_agree(project: Project) -> None:
    part = Part(Request("https://api.imf.org/x"), fund_accounts(project, "2023", "2024-M01"))
    rows = mapped(project, imf.parse_quotas((part,)), "source_imf_quotas", FLOWS["fund_accounts_v3"])
    old = bundled(project, "imf", "quotas", vintage_id="imf-quarterly-report-2024-01")
    for row in old:
        row["iso3"] = "XKX" if row["iso3"] == "KOS" else row["iso3"]
    assert same_keys(rows, old, ("iso3",)) == (set(), set())
    assert differences(rows, old, ("iso3",), "quota_sdr_mn") == {}


def test_the_page_of_quotas() -> None:
    table = imf.parse_members_quotas((Part(Request("https://www.imf.org/x"), page()),))
    assert table.num_rows == 190
    assert table.to_pylist()[0] == {
        "ISOCODE": "AAX",
        "Member": "Land of AAX",
        "Millions of SDRs": "2,500.5",
        "Percent of Total Quota": "0.53",
        "Number": "26,464",
        "Percent of Total Votes": "0.52",
        "Last Updated": "October 2, 2022",
    }


def test_what_may_have_become_of_the_page() -> None:
    assert "0 lines have a hidden input hdISOCODE" in fails("members_quotas", b"<html><title>Moved</title></html>")
    assert "titled 'Moved'" in fails("members_quotas", b"<html><title>Moved</title></html>")
    assert "12 lines" in fails("members_quotas", page(12))
    assert "no 'Last Updated" in fails("members_quotas", page().replace(b"Last Updated", b"Updated"))
    assert "page's total is 476,272" in fails("members_quotas", page(total="476,272"))
    assert "no line of totals" in fails("members_quotas", page().replace(b'name="total"', b""))
    renamed = fails("members_quotas", page().replace(b'"Millions of SDRs"', b'"SDR billions"'))
    assert "no cell labelled Millions of SDRs. Its labels: Member, SDR billions" in renamed
    assert "'n/a' is not a number" in fails("members_quotas", page().replace(b"2,500.5", b"n/a", 1))
    thousands = page(total="475,095,000").replace(b"2,500.5", b"2,500,500")
    assert "The unit has changed" in fails("members_quotas", thousands)
    assert "no code" in fails("members_quotas", page().replace(b'value="AAX"', b'value=""'))


def test_the_quota_data_page_leads_to_its_workbook() -> None:
    flow = FLOWS["quota_data"]
    (ask,) = flow.requests()
    links = (
        b"<html><a href='/external/np/fin/quotas/2022/xls/IMF_quota_0728.xlsx'>Excel</a><a href='x.pdf'>PDF</a></html>"
    )
    first = Part(ask, links.replace(b"'/ext", b"'http://www.imf.org/ext"))
    (request,) = flow.follow((first,))
    assert request.address == "https://www.imf.org/external/np/fin/quotas/2022/xls/IMF_quota_0728.xlsx"
    assert flow.follow((Part(ask, links),)) == (request,)
    data = book([["Table 3"], ["Member", "cal_current"], ["Japan", 5.1], ["Syria", "n.a."], ["Total", None]])
    parts = (first, Part(request, data))
    assert flow.follow(parts) == ()
    assert flow.parse(parts).to_pylist() == [
        {"sheet": "Sheet1", "country": "Japan", "column": "cal_current", "share": "5.1"},
        {"sheet": "Sheet1", "country": "Syria", "column": "cal_current", "share": None},
    ]
    assert "links to no Excel file" in fails("quota_data", b"<html></html>")


def test_what_may_have_become_of_the_workbook(project: Project) -> None:
    assert "no sheet has a header" in fails("quota_data", b"", book([["Name", "x"], ["Japan", 5.1]], "Table 3"))
    assert "Table 3: ['Name', 'x']" in fails("quota_data", b"", book([["Name", "x"], ["Japan", 5.1]], "Table 3"))
    assert "must have its own name" in fails("quota_data", b"", book([["country", "a", "a"], ["Japan", 5.1, 5.2]]))
    assert "Japan, a: 'about 5' is not a number" in fails(
        "quota_data", b"", book([["country", "a"], ["Japan", "about 5"]])
    )
    assert "HTML (titled 'Access Denied')" in fails("quota_data", b"", b"<html><title>Access Denied</title></html>")
    assert "not readable as an Excel file" in fails("quota_data", b"", b"\xd0\xcf\x11\xe0 not really")
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("../xl/workbook.xml", "x")
    assert "leads out of its folder" in fails("quota_data", b"", sink.getvalue())
    with pytest.raises(Unavailable, match="cut short"):
        FLOWS["quota_data"].parse(
            (Part(Request("https://x"), b""), Part(Request("https://x"), book([["country"]])[:900]))
        )
    other = book([["country", "cal_2022"], *([f"C{i}", 0.5] for i in range(200))])
    table = FLOWS["quota_data"].parse((Part(Request("https://x"), b""), Part(Request("https://x"), other)))
    with pytest.raises(SourceChanged, match="column has an unknown code: 'cal_2022'"):
        accepted(project, table, FLOWS["quota_data"])


def test_real_page_gives_the_bundled_quotas(raw: Path, project: Project) -> None:
    flow = FLOWS["members_quotas"]
    table = flow.parse((Part(flow.requests()[0], (raw / "members-quotas.html").read_bytes()),))
    assert accepted(project, table, flow) == []
    live = mapped(project, table, "source_imf_quotas", flow)
    assert len(live) == 190 and {row["known_on"] for row in live} == {"2022-10-02"}
    assert sum(Decimal(row["quota_sdr_mn"] or "") for row in live) == Decimal("476272.0")
    for row in (old := bundled(project, "imf", "quotas", vintage_id="imf-members-quotas-2022-10-02")):
        row["iso3"] = "XKX" if row["iso3"] == "UVK" else row["iso3"]
    assert same_keys(live, old, ("iso3",)) == (set(), set())
    for column in ("member", "review", "as_of", "quota_sdr_mn", "share_published_pct", "value_kind", "note"):
        assert differences(live, old, ("iso3",), column) == {}, column


def test_real_workbook_gives_the_bundled_shares(raw: Path, project: Project) -> None:
    flow = FLOWS["quota_data"]
    data = (raw / "quota_shares_actual_and_calculated.xlsx").read_bytes()
    table = flow.parse((Part(flow.requests()[0], b""), Part(Request("https://www.imf.org/x.xlsx"), data)))
    assert accepted(project, table, flow) == []
    assert table.num_rows == 1134 and table.num_rows - table.column("share").null_count == 1128
    live = mapped(project, table, "source_imf_calculated_quota_shares", flow)
    old = bundled(project, "imf", "calculated_quota_shares")
    assert same_keys(live, old, ("iso3", "source_column")) == (set(), set())
    for column in ("member", "data_set", "data_set_as_named", "kind", "share_pct"):
        assert differences(live, old, ("iso3", "source_column"), column) == {}, column


def test_reserves_of_the_service_in_billions(project: Project) -> None:
    header = "DATAFLOW,COUNTRY,INDICATOR,UNIT,FREQUENCY,TIME_PERIOD,OBS_VALUE,SCALE,VALUATION,STATUS"
    lines = [
        "JPN,RXF11_REVS,USD,A,2001,395155123456.7,6,,",
        "JPN,TRGMV_REVS,USD,A,2001,401959050000,6,MV,P",
        "KOS,RXF11_REVS,USD,A,2001,100000000,6,,A",
        "G001,TRGMV_REVS,USD,A,2001,2100000000000,6,,",
    ]
    data = "\n".join([header, *(f"IMF.STA:IL(13.0.1),{line}" for line in lines), ""]).encode()
    flow = FLOWS["international_liquidity"]
    table = flow.parse((Part(Request("https://x"), data),))
    rows = mapped(project, table, "source_imf_reserves", flow)
    assert [list(row.values()) for row in rows] == [
        ["JPN", "2001", "with_gold", "401.959", "status P; valuation MV"],
        ["JPN", "2001", "without_gold", "395.1551", None],
        ["XKX", "2001", "without_gold", "0.1", None],
    ]
    (told,) = in_doubt(project, table, "source_imf_reserves", flow)
    assert told.endswith("no economy of the codelist countries: iso3=G001|year=2001|basis=with_gold.")
    with pytest.raises(SourceChanged, match="line 1: unexpected end of data"):
        flow.parse((Part(Request("https://x"), b'"' + data),))


def test_reserves_by_service(project: Project) -> None:
    header = "DATAFLOW,COUNTRY,INDICATOR,UNIT,FREQUENCY,TIME_PERIOD,OBS_VALUE,SCALE,VALUATION,STATUS"
    line = "IMF.STA:IL(13.0.1),JPN,RXF11_REVS,USD,A,2001,395155000000,6,MV,"
    rows = FLOWS["international_liquidity"].parse((Part(Request("https://x"), f"{header}\n{line}\n".encode()),))
    assert rows.select(["COUNTRY", "INDICATOR", "TIME_PERIOD", "OBS_VALUE", "VALUATION", "STATUS"]).to_pylist() == [
        {
            "COUNTRY": "JPN",
            "INDICATOR": "RXF11_REVS",
            "TIME_PERIOD": "2001",
            "OBS_VALUE": "395155000000",
            "VALUATION": "MV",
            "STATUS": None,
        }
    ]
    assert list(read_publishers(project)["imf"].flows["international_liquidity"].columns) == rows.column_names
    assert "outside 100000000 to" in fails(
        "international_liquidity", f"{header}\n{line}".replace("000000,6", ",6").encode()
    )
    assert "UNIT 'XDR' was not asked for" in fails(
        "international_liquidity", f"{header}\n{line}".replace("USD", "XDR").encode()
    )
