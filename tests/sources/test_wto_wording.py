"""How case pages say things, and that what they misprint or leave out costs one dispute's row, never the table."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.conftest import SHARED
from tests.sources.mapping import Row, bundled, corrections_of, in_doubt, mapped
from tests.sources.test_wto import FLOW, STEM, entry, file, in_words, page, page_part
from tradefin.errors import SourceChanged
from tradefin.project import Project
from tradefin.sources import wto
from tradefin.sources.flow import Part, Request
from tradefin.sources.wto_pages import APPEALED, STAGES, narrative

PANEL, REPORT, APPEAL, ADOPTED = STAGES


def told(sentence: str) -> dict[str, str]:
    days = narrative(f"<!DOCTYPE html><html><body><p>{sentence}</p></body></html>".encode(), "x")
    return {stage: day for stage, day in days.items() if stage != APPEALED}


@pytest.mark.parametrize(
    ("stage", "sentence"),
    [
        (PANEL, "Further to a second request by X, the DSB established a panel at its meeting on 3 May 2000."),
        (PANEL, "At its meeting on 3 May 2000, the DSB established a single panel to examine the complaints."),
        (PANEL, "At its meeting on 3 May 2000, the DSB established, pursuant to Article 9.1, a single panel."),
        (PANEL, "At the DSB meeting on 3 May 2000, a Panel was established."),
        (PANEL, "On 3 May 2000, the Dispute Settlement Body established a Panel."),
        (REPORT, "The panel report was circulated on 3 May 2000."),
        (REPORT, "The Panel Report was circulated to WTO Members on 3 May 2000."),
        (REPORT, "The Reports of the Panel were circulated to Members on 3 May 2000."),
        (REPORT, "The Panel circulated its report on 3 May 2000."),
        (REPORT, "The panel\u2019s report was circulated to Members on 3 May 2000."),
        (APPEAL, "On 3 May 2000, the Appellate Body reports were circulated to Members."),
        (APPEAL, "The Report of the Appellate Body was circulated to Members on 3 May 2000."),
        (APPEAL, "The Appellate Body's report was circulated on 3 May 2000."),
        (ADOPTED, "At its meeting on 3 May 2000, the DSB adopted the Appellate Body report and the panel report."),
        (ADOPTED, "The DSB adopted the Panel Report at its meeting on 3 May 2000."),
        (ADOPTED, "The report was adopted by the DSB on 3 May 2000."),
        (
            ADOPTED,
            "The Appellate Body report and the panel report, as modified by the Appellate Body report, were adopted "
            "by the DSB on 3 May 2000.",
        ),
        (
            ADOPTED,
            "The Appellate Body Report, together with the Panel Report as modified by it, was adopted on 3 May 2000.",
        ),
    ],
)
def test_one_meaning_in_several_words(stage: str, sentence: str) -> None:
    assert told(sentence) == {stage: "2000-05-03"}


@pytest.mark.parametrize(
    "sentence",
    [
        "At its meeting on 3 May 2000, the DSB deferred the establishment of a panel.",
        "Since no panel was established by 3 May 2000, X withdrew its request.",
        "On 3 May 2000, the compliance panel report was circulated to Members.",
        "The panel expects that its report would be circulated by 3 May 2000.",
        "The panel report found that the measure which was adopted on 3 May 2000 was inconsistent.",
        "The DSB agreed to extend the time period to consider the adoption of the panel report to 3 May 2000.",
        "On 3 May 2000, the decision of the arbitrator under Article 22.6 was circulated to Members.",
    ],
)
def test_words_that_mean_something_else(sentence: str) -> None:
    assert told(sentence) == {}


def test_a_list_of_documents_is_asked_for_where_the_page_lacks_a_day_of_a_report() -> None:
    whole = dict(zip(STAGES, ("20 March 2000", "28 February 2001", "24 July 2001", "23 August 2001"), strict=True))
    for lacking, lists in (("", 0), (PANEL, 0), (REPORT, 1), (APPEAL, 1)):
        told_days = {stage: day for stage, day in whole.items() if stage != lacking}
        assert len(wto.further((file(entry()), page_part("184", page(told_days, appealed=True))))) == lists, lacking


def row_of(project: Project, days: dict[str, str], **fields: str) -> list[Row]:
    return mapped(project, wto.parse((file(entry(184, **fields)), page_part("184", page(days)))), STEM, FLOW)


def test_a_dispute_that_lacks_what_its_outcome_needs_is_left_out(project: Project) -> None:
    whole = dict(zip(STAGES, ("20 March 2000", "28 February 2001", "24 July 2001", "23 August 2001"), strict=True))
    assert len(row_of(project, whole)) == 1
    for lacking in (REPORT, ADOPTED):
        with pytest.raises(SourceChanged, match="ds_number=184") as error:
            row_of(project, {stage: day for stage, day in whole.items() if stage != lacking})
        assert {REPORT: "its list of documents did not come", ADOPTED: "no day of adoption"}[lacking] in str(
            error.value
        )
    settled = {"status": "ST31#1999_12_01", "reports_adopted": "FALSE"}
    assert [row["outcome"] for row in row_of(project, {}, **settled)] == ["settled_or_withdrawn"]


def test_a_dispute_whose_days_do_not_follow_each_other_is_left_out(project: Project) -> None:
    days = ["20 March 2000", "28 February 2001", "24 July 2001", "23 August 2001"]
    wrong = [["20 March 1999", *days[1:]]]
    wrong += [[*days[:i], two, one, *days[i + 2 :]] for i, (one, two) in enumerate(pairwise(days))]
    for turned in wrong:
        with pytest.raises(SourceChanged, match="since its days do not follow each other: ds_number=184"):
            row_of(project, dict(zip(STAGES, turned, strict=True)))


def test_a_status_that_nothing_explains_leaves_its_dispute_out_by_name(project: Project) -> None:
    whole = dict(zip(STAGES, ("20 March 2000", "28 February 2001", "24 July 2001", "23 August 2001"), strict=True))
    for status in ("ST99#2026_01_01", "ST6#2001_08_23|ST99#2026_01_01"):
        parts = (file(entry(), entry(185, status=status)), page_part("184", page(whole)), page_part("185", page(whole)))
        table = wto.parse(parts)
        assert [row["ds_number"] for row in mapped(project, table, STEM, FLOW)] == ["184"]
        assert in_doubt(project, table, STEM, FLOW) == [
            "wto.disputes: 1 figure left out of source_wto_disputes, since nothing says what the status ST99 means "
            "(codelist wto_status_codes): ds_number=185."
        ]


def test_a_member_that_nobody_knows_leaves_its_dispute_out_by_name(project: Project) -> None:
    whole = dict(zip(STAGES, ("20 March 2000", "28 February 2001", "24 July 2001", "23 August 2001"), strict=True))
    pages = (page_part("184", page(whole)), page_part("185", page(whole)))
    table = wto.parse((file(entry(), entry(185, origin="JPN#XQ")), *pages))
    assert [row["ds_number"] for row in mapped(project, table, STEM, FLOW)] == ["184"]
    assert "nothing says who the member XQ is" in in_doubt(project, table, STEM, FLOW)[0]


def test_a_ruling_that_the_status_does_not_decide_is_told(project: Project) -> None:
    whole = dict(zip(STAGES, ("20 March 2020", "28 February 2021", "24 July 2021", "23 August 2021"), strict=True))
    late = {"status": "ST5#2021_08_23", "start_date": "2019/11/18"}
    parts = (file(entry(700, **late), entry(360, **late)), page_part("700", page(whole)), page_part("360", page(whole)))
    table = wto.parse(parts)
    rows = {row["ds_number"]: row["outcome"] for row in mapped(project, table, STEM, FLOW)}
    assert rows == {"700": "ambiguous", "360": "ambiguous"}
    assert in_doubt(project, table, STEM, FLOW) == [
        "wto.disputes: 1 figure to be seen to in source_wto_disputes, since its status does not tell who prevailed: it "
        "counts as ambiguous until its report is read and named in the codelist wto_texts_read: ds_number=700."
    ], "DS360 was read and is ambiguous"


def test_a_dispute_whose_page_is_missing_is_left_out(project: Project) -> None:
    whole = dict(zip(STAGES, ("20 March 2000", "28 February 2001", "24 July 2001", "23 August 2001"), strict=True))
    panel = {"status": "ST2#2026_01_01", "reports_adopted": "FALSE"}
    table = wto.parse((file(entry(), entry(185, **panel)), page_part("184", page(whole))))
    assert [row["ds_number"] for row in mapped(project, table, STEM, FLOW)] == ["184"]
    assert (
        "since its case page did not come or was not understood: ds_number=185"
        in in_doubt(project, table, STEM, FLOW)[0]
    )


def test_a_known_misprint_is_corrected_until_the_page_tells_something_else(project: Project) -> None:
    days = ("6 March 1996", "22 May 1997", "9 September 1997")
    eu = {"start_date": "1996/02/05", "short_title": "EC \u2014 Bananas III"}
    whole = dict(zip(STAGES, ("20 March 2000", "28 February 2001", "24 July 2001", "23 August 2001"), strict=True))

    def read(adopted: str) -> tuple[dict[str, str | None], list[str]]:
        told_day = page(dict(zip(STAGES, (*days, adopted), strict=True)))
        parts = (file(entry(27, **eu), entry()), page_part("27", told_day), page_part("184", page(whole)))
        table = wto.parse(parts)
        rows = {str(row["ds_number"]): row["adopted"] for row in mapped(project, table, STEM, FLOW)}
        return rows, in_doubt(project, table, STEM, FLOW)

    assert read("6 May 1999") == ({"27": "1997-09-25", "184": "2001-08-23"}, [])
    rows, (told,) = read("25 September 1997")
    assert rows["27"] == "1997-09-25" and told == (
        "wto.disputes: 1 figure to be seen to in source_wto_disputes, since the publisher has mended adopted and the "
        "correction in wto_case_pages.yml is no longer needed: give its entry the day as 'mended_on': ds_number=27."
    )
    rows, (told,) = read("26 September 1997")
    assert rows == {"184": "2001-08-23"} and told == (
        "wto.disputes: 1 figure left out of source_wto_disputes, since its adopted is '1997-09-26', neither the error "
        "'1999-05-06' nor the right '1997-09-25' of wto_case_pages.yml: renew or remove that correction: ds_number=27."
    )


def test_pages_with_the_misprints_that_are_known(project: Project) -> None:
    """The real file, with pages that say what the WTO's say where they are known to be wrong or not understood."""
    raw = SHARED / "raw" / "wto" / "dispute_arrays_e.js"
    if not raw.is_file():
        pytest.skip(f"no file of disputes at {raw}: reading its real bytes needs that file")
    old = {str(r["ds_number"]): r for r in bundled(project, "wto", "disputes", vintage_id="wto-disputes-2024-06")}
    table = wto.parse(_answers(project, raw, old))
    live = {str(row["ds_number"]): row for row in mapped(project, table, STEM, FLOW)}
    assert sorted(old.keys() - live.keys(), key=int) == ["146", "175", "404"]
    assert in_doubt(project, table, STEM, FLOW) == [
        "wto.disputes: 3 figures left out of source_wto_disputes, since no day of adoption was understood: "
        "ds_number=146; ds_number=175; ds_number=404.",
    ]
    unlike = {
        (number, stage)
        for number, row in live.items()
        for stage in STAGES
        if number in old and (row[stage] or "") != (old[number][stage] or "")
    }
    assert unlike == {("241", PANEL), ("541", REPORT), ("597", REPORT)}, "days that a page does not tell"
    assert {
        (one.row_key, one.entry.column)
        for one in corrections_of(project, STEM)
        if one.family.corrections == "wto_case_pages"
    } == {
        ("ds_number=27", ADOPTED),
        ("ds_number=79", ADOPTED),
        ("ds_number=146", PANEL),
        ("ds_number=176", APPEAL),
        ("ds_number=176", ADOPTED),
        ("ds_number=335", REPORT),
        ("ds_number=353", PANEL),
        ("ds_number=491", ADOPTED),
    }


def _answers(project: Project, raw: Path, old: dict[str, Row]) -> tuple[Part, ...]:
    """The file; for each dispute that is asked for, the days that its page is known to tell, right or wrong."""
    says = {number: {stage: row[stage] or "" for stage in STAGES if row[stage]} for number, row in old.items()}
    for number, row in old.items():
        for source in (row["date_sources"] or "").split("; "):
            stage, _, document = source.partition("=")
            if stage in STAGES and document != "case-page narrative":
                says[number].pop(stage, None)
    for one in corrections_of(project, STEM):
        page_is_wrong = one.family.document == "case_page_narrative"
        if page_is_wrong or one.family.document == "one_page_summary":
            entry = one.entry
            says[entry.row["ds_number"]][entry.column] = (
                entry.as_published if page_is_wrong else entry.corrected
            ) or ""
    parts = [Part(wto.asks()[0], raw.read_bytes())]
    parts += [_page(request, says, old) for request in wto.further(tuple(parts))]
    lists = wto.further(tuple(parts))
    assert [_number(request) for request in lists] == ["431", "213", "192", "2"]  # appealed, the day is not told
    return (*parts, *(_list(request, old[_number(request)]) for request in lists))


def _number(request: Request) -> str:
    return request.address.split("/DS")[-1].split("/")[0]


def _page(request: Request, says: dict[str, dict[str, str]], old: dict[str, Row]) -> Part:
    number = request.address.split("/ds")[-1].removesuffix("_e.htm")
    days = {stage: in_words(day) for stage in STAGES if (day := says.get(number, {}).get(stage))}
    data = page(days, appealed=number in old and bool(old[number][APPEAL]))
    return Part(request, data)


def _list(request: Request, row: Row) -> Part:
    number, found = _number(request), []
    for stage, end in ((REPORT, "R"), (APPEAL, "AB/R")):
        year, month, day = (row[stage] or "").split("-")
        issued = f"<ISSUINGDATE>{day}/{month}/{year} 00:00:00</ISSUINGDATE>"
        found.append(f"<DOCUMENT><SYMBOL>WT/DS{number}/{end}</SYMBOL>{issued}</DOCUMENT>")
    return Part(request, f"<LIST>{''.join(found)}</LIST>".encode())
