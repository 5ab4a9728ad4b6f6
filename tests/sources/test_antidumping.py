"""The WTO's anti-dumping tables: PDFs whose blank cells are zeros, read by where the figures stand."""

import pytest
from fpdf import FPDF

from tests.sources.mapping import Row, accepted, bundled, in_doubt, mapped
from tradefin.errors import SourceChanged
from tradefin.project import Project
from tradefin.sources import antidumping
from tradefin.sources.address import why_refused
from tradefin.sources.description import read_publishers
from tradefin.sources.flow import Flow, Part
from tradefin.sources.pdf import words

FLOWS: dict[str, Flow] = {flow.name: flow for flow in antidumping.FLOWS}
STEM = "source_wto_antidumping"
REPORTER = "Anti-dumping Measures by Reporting Member {}-31/12/{}"
EXPORTER = "Anti-dumping Measures: by Exporter {} - 31/12/{}"
Counts = dict[int, int]
TABLE: dict[str, Counts] = {
    "Argentina": {1997: 11, 2001: 18},
    "European Union5": {1995: 15, 1996: 23, 1998: 28, 2001: 1234},
    "Korea, Republic of": {1996: 5},
    "South Africa*": {1999: 36},
}


def pdf(
    table: dict[str, Counts],
    title: str = REPORTER,
    years: tuple[int, int] = (1995, 2001),
    *,
    totals: Counts | None = None,
    row_total: dict[str, int] | None = None,
    moved: tuple[str, int, float] = ("", 0, 0.0),
    per_page: int = 40,
    note: str = "* Also counted under another Member. 5 As of 2004 with 25 member States.",
) -> bytes:
    """A table in the WTO's layout: landscape, right-aligned counts, blanks for zeros, its header on every page.

    Args:
        table: Counts by name and year.
        title: Title with places for the period.
        years: The first and the last one.
        totals: The line of totals; by default what adds up.
        row_total: Totals of rows that do not add up.
        moved: Name, year and points by which that count stands elsewhere.
        per_page: Rows on one page.
        note: Below the table.
    """
    span = range(years[0], years[1] + 1)
    doc = FPDF(orientation="L", unit="pt", format="A4")
    doc.set_auto_page_break(auto=False)
    gap = 640 / (len(span) + 1)
    right = {year: 170 + gap * (i + 0.8) for i, year in enumerate([*span, 0])}

    def put(x: float, y: float, text: str, size: float = 6) -> None:
        doc.set_font("Helvetica", size=size)
        doc.text(x, y, text)

    def line(name: str, counts: Counts, y: float) -> None:
        put(40, y, name)
        for at, count in counts.items():
            shift = moved[2] if (name, at) == moved[:2] else 0.0
            text = f"{count:,}" if count > 999 else str(count)
            doc.set_font("Helvetica", size=6)
            put(right[at] - doc.get_string_width(text) + shift, y, text)

    def begin() -> float:
        doc.add_page()
        put(250, 40, title.format(f"01/01/{years[0]}", years[1]), 10)
        for at in right:
            put(right[at] - 13, 70, str(at) if at else "Total")
        put(40, 70, "Member")
        return 84.0

    y = begin()
    for number, (name, counts) in enumerate(table.items()):
        if number and number % per_page == 0:
            put(420, 580, str(number // per_page))
            y = begin()
        line(name, {**counts, 0: (row_total or {}).get(name, sum(counts.values()))}, y)
        y += 11
    if totals is None:
        totals = {year: n for year in span if (n := sum(counts.get(year, 0) for counts in table.values()))}
    line("Total", {**totals, 0: sum(totals.values())}, y)
    put(40, y + 20, note)
    return bytes(doc.output())


def part(data: bytes, name: str = "measures_by_reporter") -> Part:
    return Part(FLOWS[name].requests()[0], data)


def counts(data: bytes) -> dict[tuple[str, str], str]:
    return {(row["Member"], row["Year"]): row["Measures"] for row in antidumping.parse((part(data),)).to_pylist()}


def fails(data: bytes, name: str = "measures_by_reporter") -> str:
    with pytest.raises(SourceChanged) as error:
        antidumping.parse((part(data, name),))
    return str(error.value)


def test_every_flow_is_described_mapped_and_allowed(project: Project) -> None:
    publisher = read_publishers(project)["wto"]
    for name, flow in FLOWS.items():
        assert name in publisher.flows and (project.root / "sql" / "sources" / STEM / f"{name}.sql").is_file()
        assert [why_refused(one.address, publisher.hosts) for one in flow.requests()] == [""]


@pytest.mark.parametrize("per_page", [40, 2, 3])
def test_blank_cells_are_zeros_in_their_place(per_page: int) -> None:
    found = counts(pdf(TABLE, per_page=per_page))
    names = ["Argentina", "European Union", "Korea, Republic of", "South Africa", "Total"]
    assert sorted({name for name, _ in found}) == names and len(found) == 5 * 8
    assert [found["European Union", str(year)] for year in range(1995, 2002)] == [
        "15",
        "23",
        "0",
        "28",
        "0",
        "0",
        "1234",
    ]
    assert [found[name, "Total"] for name in names] == ["29", "1300", "5", "36", "1370"]
    assert found["Total", "2000"] == "0" and found["Total", "1996"] == "28"


def test_a_wide_table_as_long_as_the_real_one() -> None:
    table = {f"Member {chr(65 + i)}": {1995 + i: 3, 2025 - i: 111} for i in range(15)}
    found = counts(pdf(table, years=(1995, 2025)))
    assert len(found) == 16 * 32 and found["Member C", "1997"] == "3" and found["Member C", "2023"] == "111"


def test_marked_members_may_be_left_out_of_the_totals() -> None:
    without = {1995: 15, 1996: 28, 1997: 11, 1998: 28, 2001: 1252}
    assert counts(pdf(TABLE, totals=without))["Total", "1999"] == "0"
    assert "columns do not add up to the line of totals" in fails(pdf(TABLE, totals={**without, 2001: 1200}))


def test_a_misplaced_figure_is_refused() -> None:
    gap = 640 / 8
    # Whole columns away: the row still adds up, the columns do not.
    assert "1997: 0 instead of 11" in fails(pdf(TABLE, moved=("Argentina", 1997, gap)))
    # Less than half a column away: across the bound of two years.
    assert "stands under no column" in fails(pdf(TABLE, moved=("Argentina", 1997, 37)))
    # On top of another one or left of the first year.
    assert "stands under no column or shares one" in fails(pdf(TABLE, moved=("European Union5", 1995, gap - 9)))


def test_what_may_be_wrong_with_a_table() -> None:
    assert "Argentina: the years add up to 29, its total is 30" in fails(pdf(TABLE, row_total={"Argentina": 30}))
    twice = {**TABLE, "Argentina1": {1995: 1}}
    assert "rows of the same name: Argentina" in fails(pdf(twice))
    assert "no title with its period" in fails(pdf(TABLE, title="Countervailing Measures {} {}"))
    assert "the table is by Exporter" in fails(pdf(TABLE, title=EXPORTER))
    assert "the table is by Reporting Member" in fails(pdf(TABLE), "measures_by_exporter")
    late = REPORTER.replace("{}-31/12/{}", "01/01/1995-31/12/2002")
    assert "columns 1995 to 2001 where the title says 01/01/1995 to 31/12/2002" in fails(pdf(TABLE, title=late))
    assert "the table lacks" in fails(pdf({}))
    good = pdf(TABLE)
    assert "a page of HTML (titled 'Sorry')" in fails(b"<html><title>Sorry</title></html>")
    assert "something that begins" in fails(b"\xd0\xcf\x11\xe0")
    for cut in (6, 200, len(good) // 2):
        assert "not a PDF that can be read" in (said := fails(good[:cut])) or "table lacks" in said or "pages" in said


def mapped_rows(project: Project, name: str, data: bytes) -> dict[tuple[str | None, ...], Row]:
    table = antidumping.parse((part(data, name),))
    rows = mapped(project, table, STEM, FLOWS[name])
    return {(row["series"], row["reporter"], row["exporter"], row["period"]): row for row in rows}


def test_bundled_rows_come_back_from_a_generated_table(project: Project) -> None:
    """Bundled rows whose years are all known, set in the layout of the publisher, come back as they are."""
    names = {
        "EUN": "European Union",
        "IND": "India",
        "USA": "United States",
        "CHN": "China",
        "KOR": "Korea, Republic of",
        "TWN": "Chinese Taipei",
    }
    for flow, role, vintage, title, last in (
        ("measures_by_reporter", "reporter", "wto-ad-by-reporter-to-2025", REPORTER, 2025),
        ("measures_by_exporter", "exporter", "wto-ad-by-exporter-to-2019", EXPORTER, 2019),
    ):
        old = [
            row
            for row in bundled(project, "wto", "antidumping", vintage_id=vintage)
            if (row["alignment"] or "").startswith("exact") and row[role] in names
        ]
        table: dict[str, Counts] = {}
        for row in old:
            table.setdefault(names[row[role] or ""], {})[int(row["period"] or 0)] = int(row["value"] or 0)
        live = mapped_rows(project, flow, pdf(table, title, (1995, last)))
        assert len(old) == {"measures_by_reporter": 93, "measures_by_exporter": 125}[flow]
        columns = ("compiled_by", "period_start", "period_end", "value")
        for row in old:
            found = live[row["series"], row["reporter"], row["exporter"], row["period"]]
            assert [found[c] for c in columns] == [row[c] for c in columns]
        totals = bundled(project, "wto", "antidumping", vintage_id=vintage, alignment="total")
        for row in totals:
            if row[role] in names and names[row[role] or ""] in table:
                found = live[row["series"], row["reporter"], row["exporter"], row["period"]]
                assert [found[c] for c in columns] == [row[c] for c in columns]


def test_a_half_year_and_the_world(project: Project) -> None:
    half = "Anti-dumping Measures by Reporting Member 01/01/1995-30/06/2001"
    live = mapped_rows(project, "measures_by_reporter", pdf(TABLE, half))
    series = "AD measures (by reporting member)"
    assert live[series, "EUN", "WLD", "2001H1"]["period_end"] == "2001-06-30"
    assert live[series, "WLD", "WLD", "1996"]["value"] == "28"
    whole = live[f"{series} total", "KOR", "WLD", "1995-2001H1"]
    assert (whole["value"], whole["period_start"], whole["period_end"]) == ("5", "1995-01-01", "2001-06-30")
    assert live[series, "ZAF", "WLD", "1999"]["value"] == "36"


def test_a_former_state_is_known_and_an_unknown_name_is_left_out_and_told(project: Project) -> None:
    table = {"Serbia and Montenegro": {1997: 1}, "Atlantis": {1998: 2}, "India": {1999: 3}}
    live = mapped_rows(project, "measures_by_exporter", pdf(table, EXPORTER))
    assert {key[2] for key in live} == {"SCG", "IND", "WLD"}
    table_of = antidumping.parse((part(pdf(table, EXPORTER), "measures_by_exporter"),))
    (told,) = in_doubt(project, table_of, STEM, FLOWS["measures_by_exporter"])
    assert "8 figures left out" in told and "no member is known by the name Atlantis" in told


def test_a_table_is_accepted(project: Project) -> None:
    table = {f"Member {chr(65 + i)}": {1995 + i: 3} for i in range(25)}
    flow = FLOWS["measures_by_reporter"]
    assert accepted(project, antidumping.parse((part(pdf(table, years=(1995, 2025))),)), flow) == []


def test_a_file_that_refers_to_itself_for_ever_is_given_up() -> None:
    catalog = b"2 0 obj\n<</Type /Catalog /Pages 1 0 R>>\nendobj\n1 0 obj\n1 0 R\nendobj\n"
    data = b"%PDF-1.3\n" + catalog + b"trailer\n<</Size 3 /Root 2 0 R>>\nstartxref\n0\n%%EOF"
    with pytest.raises(SourceChanged, match="cannot be read within 3 seconds"):
        words(data, "wto", 20, seconds=3)


def test_pages_beyond_the_limit_are_counted() -> None:
    with pytest.raises(SourceChanged, match="1 pages where 1 to 0 are expected"):
        words(pdf({"Argentina": {1997: 11}}), "wto", 0)
