"""WTO disputes: the file of arrays is read without running it, and its disputes are the bundled ones."""

import contextlib
import csv
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED
from tests.sources.mapping import (
    Row,
    accepted,
    bundled,
    corrections_of,
    differences,
    mapped,
    same_keys,
    uncorrected,
)
from tradefin.errors import SourceChanged
from tradefin.project import Project
from tradefin.sources import wto
from tradefin.sources.address import why_refused
from tradefin.sources.description import read_publishers
from tradefin.sources.flow import Part, Request
from tradefin.sources.wto_arrays import read_arrays
from tradefin.sources.wto_pages import STAGES, circulated, narrative

(FLOW,) = wto.FLOWS
STEM = "source_wto_disputes"
ROUND = ("20 March 2000", "28 February 2001", "24 July 2001", "23 August 2001")


@pytest.fixture(scope="module")
def raw() -> Path:
    folder = SHARED / "raw" / "wto"
    if not folder.is_dir():
        pytest.skip(f"no files of the WTO at {folder}: reading its real bytes needs that folder")
    return folder


def entry(number: int = 184, **fields: str) -> str:
    """One dispute as the file writes it."""
    values = {
        "code": f"DS{number}",
        "title": "Anti-Dumping Measures on &ldquo;Steel&rdquo;",
        "origin": "JPN",
        "destination": "USA",
        "start_date": "1999/11/18",
        "subject": "G4#G75",
        "short_title": "US &mdash; Hot-Rolled Steel",
        "agreement": "A6_33#A9_121#A6_7",
        "update_date": "2023/02/17",
        "status": "ST19#2002_02_19",
        "third_party": "BRA#CHT#EEC#ROM",
        "one_page_sum": "Y",
        "reports_adopted": "TRUE",
        "pan_agree": "A6_33",
        **fields,
    }
    body = ",\n".join(f'    {name}: "{value}"' for name, value in values.items())
    return f"ds_array[{number}] = {{\n{body}\n}};\n"


def file(*entries: str) -> Part:
    return Part(wto.asks()[0], ("var ds_array = new Array();\n" + "".join(entries)).encode())


def page(days: dict[str, str], more: str = "", appealed: bool = False) -> bytes:
    """The narrative of a case page in the WTO's wording, in Windows-1252; `appealed` even if that report has no day."""
    reports = "panel report"
    if appealed or "ab_report_circulated" in days:
        reports = "Appellate Body report and the panel report"
    say = {
        "panel_established": "At its meeting on {}, the DSB established a panel.",
        "panel_report_circulated": "On {}, the panel report was circulated to Members.",
        "ab_report_circulated": "The Appellate Body report was circulated to Members on {}.",
        "adopted": f"At its meeting on {{}}, the DSB adopted the {reports}.",
    }
    told = "".join(f"<li>{say[stage].format(day)}</li>" for stage, day in days.items())
    return (
        f"<!DOCTYPE html><html><head><title>DS: US \u2014 Steel</title></head><body><p>A \u2014 B.</p><ul>{told}</ul>"
        f"{more}</body></html>"
    ).encode("cp1252")


def page_part(number: str, data: bytes) -> Part:
    return Part(Request(wto.PAGE.format(number), suffix=".htm"), data)


def in_words(day: str) -> str:
    year, month, of_month = day.split("-")
    return f"{int(of_month)} {time.strftime('%B', time.strptime(month, '%m'))} {year}"


def test_every_request_is_allowed_and_described(project: Project) -> None:
    publisher = read_publishers(project)["wto"]
    assert FLOW.name in publisher.flows and (project.root / "sql" / "sources" / STEM / "disputes.sql").is_file()
    first = file(entry())
    second = wto.further((first,))
    third = wto.further((first, page_part("184", page({}))))
    asked = [*wto.asks(), *second, *third]
    assert [why_refused(one.address, publisher.hosts) for one in asked] == ["", "", ""]
    assert [one.address for one in asked[1:]] == [
        "https://www.wto.org/english/tratop_e/dispu_e/cases_e/ds184_e.htm",
        "https://docs.wto.org/dol2fe/Pages/SS/GetXMLResults.aspx?DataSource=Cat&query=@Symbol=WT/DS184/*&Language=English",
    ]


def test_only_disputes_that_may_have_had_a_panel_are_asked_for() -> None:
    quiet = {"reports_adopted": "FALSE", "pan_agree": ""}
    parts = (
        file(
            entry(4, status="ST1#1999_01_01", **quiet),
            entry(3, status="ST14#1999_01_01", **quiet),
            entry(2, status="ST2#1999_01_01", **quiet),
            entry(1, status="ST1#1999_01_01", reports_adopted="FALSE"),
        ),
    )
    numbers = [request.address.split("/ds")[-1] for request in wto.further(parts)]
    assert numbers == ["2_e.htm", "1_e.htm", "3_e.htm"]
    told = [page_part(n, page({"panel_report_circulated": "1 May 1999"})) for n in "123"]
    assert wto.further((*parts, *told)) == ()


def test_no_page_and_no_list_is_left_out_by_itself(project: Project) -> None:
    parts = (file(*(entry(n) for n in range(1, 700))),)
    pages = wto.further(parts)
    assert len(pages) == 699 and pages[0].address.endswith("ds699_e.htm")
    lists = wto.further((*parts, *(Part(request, page({})) for request in pages)))
    assert len(lists) == 699
    description = read_publishers(project)["wto"].flows["disputes"]
    assert 1 + len(pages) + len(lists) <= description.parts.most, "as many as there may be are asked for"
    assert {request.optional for request in (*pages, *lists)} == {True}


def test_what_is_due_and_missing_is_named() -> None:
    parts = (file(entry(2), entry(1)), page_part("2", page({"adopted": "23 August 2001"})))
    (listed,) = wto.further(parts)
    assert listed.address.endswith("DS2/*&Language=English"), "a page that was left out is not asked for again"
    assert wto.parse(parts)["missing"].to_pylist() == ["case page", "list of documents"]
    for part in parts:
        wto.legible(part)
    for address in (wto.PAGE.format("2"), listed.address):
        with pytest.raises(SourceChanged):
            wto.legible(Part(Request(address), b"<html><title>Sorry</title></html>"))


# -- the syntax ------------------------------------------------------------------------------------------------------


def test_what_the_files_may_write() -> None:
    text = (
        "\ufeff// a note\n/* two\n * lines */ var a = new Array();var b=[];\n"
        'a[a.length] = {k: "v", "q": \'it\\\'s\', n: -1.50, t: true, z: null,}\n'
        'a[7]={k:"\\u2014\\x41\\n\\ud83d\\ude00"};a[a.length] = {};'
    )
    assert read_arrays(text.encode(), "x") == {
        "a": {0: {"k": "v", "q": "it's", "n": "-1.50", "t": "true", "z": ""}, 7: {"k": "\u2014A\n\U0001f600"}, 8: {}},
        "b": {},
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('var a = new Array();\na[1] = {\n  k: "v', "line 3, column 6: a text without its closing quote"),
        ('var a = new Array();\na[1] = {\n  k: "v",\n', "line 4, column 1: the file ends inside the object opened at"),
        ('var a = new Array();\na[1] = {\n  k: "v"', "line 3, column 9: ',' is due, not the end of the file"),
        ('var a = new Array();\na[1] = {k: "v"}};', "line 2, column 16: a semicolon is due, not '}'"),
        ('var a = new Array();\na[1] = {k: {l: "v"}};', "line 2, column 12: a quoted text, a number"),
        ('var a = new Array();\na[1] = {k: alert("v")};', "line 2, column 12: a quoted text, a number"),
        ('var a = new Array();\nalert("v");', "line 2, column 1: 'alert' is not an array declared before"),
        ('var a = new Array();\na[1] = {k: "v" + b};', "line 2, column 16: unreadable '+ b};'"),
        ("var a = new Array();\na[b()] = {};", "line 2, column 3: an index is due"),
        ("var a = new Array();\na[1e9] = {};", "line 2, column 3: unreadable '1e9] = {};'"),
        ("var a = new Array();\na[99999999] = {};", "line 2, column 3: an index is due"),
        ("var a = new Array();\na.push({});", "line 2, column 2: '[' is due, not '.'"),
        ("var a = new Array(9);", "line 1, column 19: ')' is due, not '9'"),
        ("var a = new Function();", "line 1, column 13: 'Array' is due"),
        ("var a = new Array(); var a = new Array();", "line 1, column 26: the array a is declared twice"),
        ("var a = [];\na[1] = {}; a[1] = {};", "line 2, column 14: a[1] is given twice"),
        ("var a = [];\na[1] = {k: 1, k: 2};", "line 2, column 15: the field 'k' is given twice"),
        ('var a = [];\na[1] = {k: "\\ud83d"};', "line 2, column 12: half a character"),
        ("var a = [];\na[1] = {k: `v`};", "line 2, column 12: unreadable"),
        ("var a = []; /* no end", "line 1, column 13: unreadable '/* no end'"),
        ("<!DOCTYPE html><title>Sorry</title>", "a page of HTML (titled 'Sorry') came"),
    ],
)
def test_malformed_files_are_refused_with_their_place(text: str, says: str) -> None:
    with pytest.raises(SourceChanged) as error:
        read_arrays(text.encode(), "the file")
    assert says in str(error.value)


def whatever() -> Iterator[st.SearchStrategy[str]]:
    pieces = [
        "var ",
        "a",
        " = ",
        "new Array();",
        "a[1]",
        "a[a.length]",
        "{",
        "}",
        'k: "v"',
        ",",
        ";",
        '"',
        "\\",
        "/*",
        "\n",
    ]
    yield st.lists(st.sampled_from(pieces)).map("".join)
    yield st.text()
    yield st.integers(0, 700).map(lambda n: ("var ds_array = [];\n" + entry())[:n])


@settings(deadline=None)
@given(st.one_of(st.binary(), st.one_of(*whatever()).map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_nothing_but_source_changed_is_raised(data: bytes) -> None:
    with contextlib.suppress(SourceChanged):
        read_arrays(data, "the file")
    with contextlib.suppress(SourceChanged):
        wto.parse((Part(wto.asks()[0], data),))


def test_time_grows_with_the_size_only() -> None:
    hostile = [b"/*" * 200_000, b'"\\' * 200_000, b"{" * 400_000, b"var a=[];a[1]={" + b"k:" * 200_000, b" " * 400_000]
    begin = time.perf_counter()
    for data in hostile:
        with contextlib.suppress(SourceChanged):
            read_arrays(data, "the file")
    read_arrays(b"var a=[];" + b'a[a.length]={k:"v"};\n' * 50_000, "the file")
    assert time.perf_counter() - begin < 10


# -- disputes, pages, lists of documents -----------------------------------------------------------------------------


def file_fails(*entries: str) -> str:
    with pytest.raises(SourceChanged) as error:
        wto.parse((file(*entries),))
    return str(error.value)


def test_fields_that_changed_are_refused() -> None:
    assert "no array ds_array with disputes" in file_fails()
    assert "fields gone: origin; new: complainant" in file_fails(entry().replace("origin", "complainant"))
    assert "start_date is '18.11.1999'" in file_fails(entry(start_date="18.11.1999"))
    assert "status is 'Adopted'" in file_fails(entry(status="Adopted"))
    assert "origin is 'Japan'" in file_fails(entry(origin="Japan"))
    assert "its code is 'DS9'" in file_fails(entry(code="DS9"))


def test_a_new_value_of_a_closed_set_is_refused(project: Project) -> None:
    table = wto.parse((file(*(entry(n, reports_adopted="MAYBE") for n in range(1, 700))),))
    with pytest.raises(SourceChanged, match="reports_adopted has an unknown code: 'MAYBE'"):
        accepted(project, table, FLOW)


def test_days_of_a_page() -> None:
    days = dict(zip(STAGES, ROUND, strict=True))
    later = (
        "<h3>Implementation of adopted reports</h3><p>At its meeting on 1 May 2005, the DSB established a panel.</p>"
        "<p>On 2 May 2006, the panel report was circulated to Members.</p>"
    )
    expected = dict(zip(STAGES, ("2000-03-20", "2001-02-28", "2001-07-24", "2001-08-23"), strict=True))
    assert narrative(page(days, later), "x") == expected
    assert narrative(page({}, later), "x") == {}
    before = (
        "<p>At its meeting on 24 February 2000, the DSB deferred the establishment of a panel. Further to a second "
        "request to establish a panel by Japan, the DSB established a panel at its meeting on 20 March 2000. "
        "The panel expects that its report would be circulated on 1 June 2000.</p>"
        "<p>On 3 June 2000, the Article 21.5 panel report was circulated to Members.</p>"
        "<p>On 31 Octobre 2019, the panel report was circulated to Members.</p>"
    )
    assert narrative(page({}, before), "x") == {"panel_established": "2000-03-20"}
    for data, says in ((b'{"a": 1}', "a page of HTML was due"), (b"<html><title>E</title></html>", "single paragraph")):
        with pytest.raises(SourceChanged, match=says):
            narrative(data, "x")


def test_days_of_a_list_of_documents() -> None:
    one = "<DOCUMENT><SYMBOL>{}</SYMBOL><ISSUINGDATE>{} 00:00:00</ISSUINGDATE></DOCUMENT>"
    listed = [("WT/DS217/R#WT/DS184/R", "28/02/2001"), ("WT/DS184/AB/R", "24/07/2001"), ("WT/DS184/RW", "1/1/2009")]
    data = ("<LIST>" + "".join(one.format(*d) for d in listed) + "</LIST>").encode()
    found = circulated(data, "184", "x")
    assert found == {"panel_report_circulated": "2001-02-28", "ab_report_circulated": "2001-07-24"}
    bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><LIST><DOCUMENT><SYMBOL>&b;</SYMBOL></DOCUMENT></LIST>'
    for wrong in (b"", b"<LIST>", b"<LIST></LIST>", b"<html></html>", bomb, data.replace(b"28/02", b"30/02")):
        with pytest.raises(SourceChanged):
            circulated(wrong, "184", "x")


def test_pages_that_nobody_can_read_any_more_are_refused() -> None:
    numbers = range(1, 31)
    parts = [file(*(entry(n) for n in numbers)), *(page_part(str(n), page({})) for n in numbers)]
    with pytest.raises(SourceChanged, match="of 30 case pages of disputes with adopted reports only 0 tell"):
        wto.parse(tuple(parts))


def test_one_dispute_as_a_row(project: Project) -> None:
    days = {"panel_established": "20 March 2000", "adopted": "23 August 2001"}
    documents = Part(
        Request("https://docs.wto.org/dol2fe/Pages/SS/GetXMLResults.aspx?DataSource=Cat&query=@Symbol=WT/DS184/*&Language=English"),
        b"<L><DOCUMENT><SYMBOL>WT/DS184/R</SYMBOL><ISSUINGDATE>28/02/2001 00:00:00</ISSUINGDATE></DOCUMENT></L>",
    )  # fmt: skip
    (row,) = mapped(project, wto.parse((file(entry()), page_part("184", page(days)), documents)), STEM, FLOW)
    assert row == {
        "ds_number": "184",
        "short_title": "US \u2014 Hot-Rolled Steel",
        "title": "Anti-Dumping Measures on \u201cSteel\u201d",
        "complainant": "JPN",
        "respondent": "USA",
        "consultations_requested": "1999-11-18",
        "panel_established": "2000-03-20",
        "panel_report_circulated": "2001-02-28",
        "ab_report_circulated": None,
        "adopted": "2001-08-23",
        "agreements_cited": "Anti-dumping; GATT 1994",
        "status_code": "ST19#2002_02_19",
        "status_label": "Report(s) adopted, with recommendation... (Art. 21.3(c) RPT arbitration; label inferred)",
        "reports_adopted_flag": "TRUE",
        "outcome": "complainant_prevailed",
        "outcome_basis": "WTO status implies recommendation to conform after adopted report",
        "date_sources": "panel_established=case-page narrative; panel_report_circulated=list of documents; "
        "adopted=case-page narrative",
        "third_parties": "BRA;TWN;EUN;ROU",
        "third_parties_note": None,
    }


# -- real bytes ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def old(project: Project) -> list[Row]:
    return bundled(project, "wto", "disputes", vintage_id="wto-disputes-2024-06")


@pytest.fixture(scope="module")
def live(raw: Path, project: Project, old: list[Row]) -> list[Row]:
    """The real file; the pages, of which no copy is here, in the WTO's wording with the bundled days."""
    first = Part(wto.asks()[0], (raw / "dispute_arrays_e.js").read_bytes())
    by_number = {row["ds_number"]: row for row in old}
    parts = [first]
    for request in wto.further((first,)):
        row = by_number.get(request.address.split("/ds")[-1].removesuffix("_e.htm"), {})
        parts.append(Part(request, page({stage: in_words(day) for stage in STAGES if (day := row.get(stage))})))
    table = wto.parse(tuple(parts))
    assert accepted(project, table, FLOW) == []
    return mapped(project, table, STEM, FLOW)


def test_all_real_arrays_are_read(raw: Path) -> None:
    found = {name: read_arrays((raw / f"{name}.js").read_bytes(), name) for name in
             ("dispute_arrays_e", "agreements_articles", "subjects")}  # fmt: skip
    assert set(found["dispute_arrays_e"]["ds_array"]) == set(range(1, 625))
    assert {name: len(one) for name, one in found["agreements_articles"].items()} == {
        "ds_agreement": 25,
        "ds_article": 1134,
    }
    assert found["agreements_articles"]["ds_agreement"][1]["agreement_short_name"] == "Agriculture"
    assert list(found["subjects"]) == ["ds_subject"]


def test_agreements_are_named_as_in_the_real_file(raw: Path, project: Project) -> None:
    found = read_arrays((raw / "agreements_articles.js").read_bytes(), "x")["ds_agreement"].values()
    with (project.expectations / "codelists" / "wto_agreements.csv").open(encoding="utf-8", newline="") as lines:
        known = {row["agreement"]: row["short_name"] for row in csv.DictReader(lines)}
    assert known == {one["agreement_id"]: one["agreement_short_name"] for one in found}


def test_real_disputes_are_the_bundled_ones(live: list[Row], old: list[Row], project: Project) -> None:
    assert len(live) == 624
    # DS622 is bundled from later news.
    assert same_keys(live, old, ("ds_number",)) == ({("622",)}, set())
    (later,) = [row for row in bundled(project, "wto", "disputes") if row["ds_number"] == "622"]
    (here,) = [row for row in live if row["ds_number"] == "622"]
    same = ("complainant", "respondent", "consultations_requested")
    assert [here[column] for column in same] == [later[column] for column in same]
    unlike = {
        (f"ds_number={key[0]}", column): pair
        for column in live[0]
        if column not in ("ds_number", "date_sources")
        for key, pair in differences(live, old, ("ds_number",), column).items()
    }
    labelled = unlike.pop(("ds_number=478", "status_label"))  # two inferred labels of one meaning
    assert labelled[1].startswith("Reports adopted; reasonable period of time agreed")
    in_file = [one for one in corrections_of(project, STEM) if one.family.document == "dispute_file"]
    assert sorted((one.row_key, one.entry.column) for one in in_file) == [
        ("ds_number=143", "consultations_requested"),
        ("ds_number=150", "consultations_requested"),
        ("ds_number=40", "consultations_requested"),
        ("ds_number=404", "reports_adopted_flag"),
        ("ds_number=435", "third_parties"),
        ("ds_number=444", "reports_adopted_flag"),
        ("ds_number=445", "reports_adopted_flag"),
        ("ds_number=48", "consultations_requested"),
        ("ds_number=480", "reports_adopted_flag"),
        ("ds_number=490", "third_parties"),
        ("ds_number=517", "reports_adopted_flag"),
        ("ds_number=573", "agreements_cited"),
        ("ds_number=66", "consultations_requested"),
    ]
    # All but the flags are right in the bundled file already; these are corrected when it is read.
    flags = {(one.row_key, one.entry.column) for one in in_file if one.entry.column == "reports_adopted_flag"}
    assert unlike == dict.fromkeys(flags, ("TRUE", "FALSE"))
    by_key = {f"ds_number={row['ds_number']}": row for row in live}
    for key, _ in flags:
        assert by_key[key]["outcome"] == "complainant_prevailed" and by_key[key]["adopted"]


def test_the_real_file_has_every_error_that_is_corrected_in_it(raw: Path, project: Project) -> None:
    table = wto.parse((Part(wto.asks()[0], (raw / "dispute_arrays_e.js").read_bytes()),))
    served = uncorrected(project, table, STEM, FLOW)
    rows = {f"ds_number={row['ds_number']}": row for row in served}
    for one in corrections_of(project, STEM):
        if one.family.document == "dispute_file":
            assert rows[one.row_key][one.entry.column] == one.entry.as_published, one.place()
