"""What publishers have wrong is corrected as long as it is there; what comes of it when it is not."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
import stamina

from tests.sources.bank import CSV, HOST, MIRROR
from tests.sources.live_bank import Bank, make_bank, rates
from tests.sources.loopback import Loopback
from tests.sources.mapping import corrections_of
from tests.tiny import reopened, rewrite
from tradefin.bundled.compilers._trade import read
from tradefin.errors import ProjectInvalid
from tradefin.project import Project
from tradefin.sources.corrected import in_answer, in_bundled
from tradefin.sources.corrections import Correction, read_corrections
from tradefin.sources.description import read_publishers
from tradefin.tables.builder import Builder

STEM = "source_wto_disputes"
NAME = "expectations/corrections/typing_errors.yml"
FILE = """\
corrections: typing_errors
text: digits that were typed wrong
table: source_bank_rates
document: report
expect: {EXPECT}
entries:
  - row: {iso3: NAM, year: "2001"}
    column: rate
    as_published: "4.5"
    corrected: "4.25"
    reason: the bank's own table adds up with 4.25 only
    source: {title: Yearbook of the bank, address: "https://bank.example/yearbook"}
    date: 2026-01-02
"""
FIRST = rates("JP,2000,10.5", "JP,2001,11.25", "NA,2000,3", "NA,2001,4.5")

CORRECTIONS = [
    one for found in read_corrections(Project.find(), read_publishers(Project.find())).values() for one in found
]
each = pytest.mark.parametrize("one", CORRECTIONS, ids=lambda one: f"{one.row_key}-{one.entry.column}")


# -- every correction of the project ---------------------------------------------------------------------------------


def cell_of(one: Correction, cell: str | None) -> pa.Table:
    """The row that is corrected, with this in the wrong cell."""
    return pa.table(
        {name: pa.array([value], pa.string()) for name, value in {**one.entry.row, one.entry.column: cell}.items()}
    )


@each
def test_its_guard_of_bundled_figures_fails_when_the_value_is_another(one: Correction) -> None:
    expected = one.family.expect.bundled
    assert expected, "every row that is corrected is bundled"
    right, wrong = one.entry.corrected, one.entry.as_published
    held = in_bundled(cell_of(one, right if expected == "corrected" else wrong), [one])
    assert held[one.entry.column].to_pylist() == [right]
    for cell in (wrong if expected == "corrected" else right, "something else", None):
        with pytest.raises(
            ProjectInvalid, match=f"{one.path.name}: line .*{STEM}, {one.row_key}, column {one.entry.column}"
        ):
            in_bundled(cell_of(one, cell), [one])


@each
def test_its_guard_of_answers_tells_when_the_value_is_mended_or_another(one: Correction) -> None:
    right, wrong = one.entry.corrected, one.entry.as_published
    table, doubts = in_answer(cell_of(one, right), [one])
    assert table[one.entry.column].to_pylist() == [right]
    if one.family.expect.live == "corrected":
        assert doubts == []
        _, (doubt,) = in_answer(cell_of(one, wrong), [one])
        assert not doubt.left_out and f"holds {right!r} to be right" in doubt.remark
        return
    assert not doubts[0].left_out and f"the publisher has mended {one.entry.column}" in doubts[0].remark
    table, doubts = in_answer(cell_of(one, wrong), [one])
    assert (table[one.entry.column].to_pylist(), doubts) == ([right], [])
    for cell in ("something else", None):
        _, (doubt,) = in_answer(cell_of(one, cell), [one])
        assert "neither the error" in doubt.left_out and one.path.name in doubt.left_out


def test_the_known_errors_of_the_wto_are_all_corrected(project: Project, facts: Path) -> None:
    found = {
        (one.row_key, one.entry.column): (one.entry.as_published, one.entry.corrected)
        for one in corrections_of(project, STEM)
    }
    names = {"reports_adopted": "reports_adopted_flag"}
    errors = {
        (row["row_key"], names.get(row["field"], row["field"])): (row["as_published"], row["corrected"])
        for row in read(facts / "publisher_errors.csv")
    }
    kept = {row["ds_number"]: row for row in read(facts / "facts_wto_disputes.csv")}
    for row in read(facts / "wto_date_conflicts.csv"):
        days = {row["case_page_narrative"], row["one_page_summary"]}
        right = kept[row["ds_number"]][row["field"]]
        (wrong,) = days - {right}
        errors[f"ds_number={row['ds_number']}", row["field"]] = (wrong, right)
    assert found == errors and len(errors) == 38


# -- the rules, on a small project -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def publisher() -> Iterator[Loopback]:
    with stamina.set_testing(True, attempts=1, cap=True), Loopback(HOST, MIRROR) as one:
        yield one


@pytest.fixture
def bank(tmp_path: Path, publisher: Loopback, monkeypatch: pytest.MonkeyPatch) -> Bank:
    publisher.serve(CSV, FIRST)
    return make_bank(tmp_path, publisher, monkeypatch)


def correct(bank: Bank, expect: str) -> None:
    path = bank.builder.project.root / NAME
    path.parent.mkdir(exist_ok=True)
    path.write_text(FILE.replace("{EXPECT}", expect), encoding="utf-8")


def fails(bank: Bank) -> str:
    with pytest.raises(ProjectInvalid) as caught:
        reopened(bank.builder).ref("source_bank_rates")
    return str(caught.value).replace(f"{bank.builder.project.root}/", "")


def of(bank: Bank) -> list[tuple[str, ...]]:
    """Value and vintage of each row of the figure."""
    rows = bank.rows("source_bank_rates", "iso3", "year", "rate", "vintage_id")
    return [row[2:] for row in rows if row[:2] == ("NAM", "2001")]


def told(bank: Bank) -> tuple[str, ...]:
    (row,) = bank.rows("source_states", "state", "warnings")
    return row


def test_bundled_figures_are_corrected_as_long_as_they_have_the_error(bank: Bank) -> None:
    rewrite(bank.builder, "bundled/bank/rates.csv", "NAM,2001,4,", "NAM,2001,4.5,")
    correct(bank, "{bundled: as_published, live: as_published}")
    builder = reopened(bank.builder)
    (row,) = [r for r in builder.table("rates").to_pylist() if (r["iso3"], r["year"]) == ("NAM", 2001)]
    assert str(row["rate_pct"]) == "4.2500"
    assert builder.table("project_corrections").num_rows == 1
    assert builder.publishers_of("project_corrections") == ["bank"]
    rewrite(builder, "bundled/bank/rates.csv", "NAM,2001,4.5,", "NAM,2001,4.25,")
    assert fails(bank) == (
        f"{NAME}: line 9, column 19: source_bank_rates, iso3=NAM|year=2001, column rate: the bundled figures hold the "
        "corrected '4.25' by now, where the wrong '4.5' was expected: the publisher has mended it. Remove the "
        "correction; or, if only the bundled figures were mended, move it to a file that says 'expect: {bundled: "
        "corrected, ...}'."
    )
    rewrite(builder, "bundled/bank/rates.csv", "NAM,2001,4.25,", "NAM,2001,4.75,")
    assert "hold '4.75', where '4.5' was expected. Renew the correction" in fails(bank)
    rewrite(builder, "bundled/bank/rates.csv", "NAM,2001,4.75,bank-2002,bank-report\n", "")
    assert (
        "line 7, column 10: source_bank_rates, iso3=NAM|year=2001, column rate: the bundled figures have no such row"
        in fails(bank)
    )


def test_a_correction_that_comes_makes_the_table_anew(bank: Bank) -> None:
    rewrite(bank.builder, "bundled/bank/rates.csv", "NAM,2001,4,", "NAM,2001,4.5,")
    before = bank.builder.ref("source_bank_rates").sha256
    correct(bank, "{bundled: as_published, live: as_published}")
    assert reopened(bank.builder).ref("source_bank_rates").sha256 != before
    (bank.builder.project.root / NAME).unlink()
    assert reopened(bank.builder).ref("source_bank_rates").sha256 == before


def test_an_answer_is_corrected_as_long_as_it_has_the_error(bank: Bank, publisher: Loopback) -> None:
    correct(bank, "{live: as_published}")
    assert bank.ask()[0].warnings == ()
    assert of(bank)[1:] == [("4.25", "bank-rates-2026-01-05")]
    publisher.serve(CSV, FIRST.replace(b"NA,2001,6,4.5", b"NA,2001,6,4.25"))
    (refreshed,) = bank.ask()
    assert len(of(bank)) == 2, "the publisher has mended it as well, which is no revision"
    needless = (
        "bank.rates: 1 figure to be seen to in source_bank_rates, since the publisher has mended rate and the "
        "correction in typing_errors.yml is no longer needed: give its entry the day as 'mended_on': "
        "iso3=NAM|year=2001."
    )
    assert refreshed.warnings == (needless,) and told(bank) == ("live", needless)
    rewrite(bank.builder, NAME, "date: 2026-01-02\n", "date: 2026-01-02\n    mended_on: 2026-01-12\n")
    assert told(bank) == ("live", "") and of(bank)[1:] == [("4.25", "bank-rates-2026-01-05")], "what came before too"


def test_an_answer_that_is_neither_keeps_the_last_good_edition_of_that_figure(bank: Bank, publisher: Loopback) -> None:
    correct(bank, "{live: as_published}")
    bank.ask()
    publisher.serve(CSV, FIRST.replace(b"NA,2001,6,4.5", b"NA,2001,6,4.75").replace(b"11.25", b"11.5"))
    (refreshed,) = bank.ask()
    assert refreshed.state == "changed" and of(bank)[1:] == [("4.25", "bank-rates-2026-01-05")]
    assert ("11.5", "bank-rates-2026-01-12") in bank.rows("source_bank_rates", "rate", "vintage_id"), "the others go on"
    assert ("iso3=NAM|year=2001", "") in bank.rows("sightings", "figure", "withdrawn_on"), "it is still served"
    state, warnings = told(bank)
    assert state == "live" and warnings == (
        "bank.rates: 1 figure left out of source_bank_rates, since its rate is '4.75', neither the error '4.5' nor the "
        "right '4.25' of typing_errors.yml: renew or remove that correction: iso3=NAM|year=2001."
    )
    (bank.builder.project.root / NAME).unlink()
    assert [value for value, _ in of(bank)[1:]] == ["4.5", "4.75"], "without the correction all is as it was served"


def test_an_answer_that_is_wrong_where_it_was_right_is_used_and_told(bank: Bank) -> None:
    correct(bank, "{live: corrected}")
    bank.ask()
    assert of(bank)[1:] == [("4.5", "bank-rates-2026-01-05")]
    assert "its rate is '4.5' where typing_errors.yml holds '4.25' to be right" in told(bank)[1]


BAD = [
    ("corrections: typing_errors", "corrections: misprints", "line 1, column 14: is called 'misprints' but the file"),
    ("table: source_bank_rates", "table: source_bank_tares", "line 3, column 8: 'source_bank_tares' is no"),
    ("column: rate", "column: rates", "line 8, column 13: source_bank_rates has no column 'rates'"),
    ("column: rate", "column: vintage_id", "line 8, column 13: source_bank_rates has no column 'vintage_id'"),
    ("column: rate", "column: year", "line 8, column 13: it names the row"),
    ("{iso3: NAM, ", "{iso2: NA, iso3: NAM, ", "line 7, column 17: source_bank_rates has no column 'iso2'"),
    ("{iso3: NAM, ", "{vintage_id: bank-2002, iso3: NAM, ", "an answer has no vintage_id"),
    ("{iso3: NAM, ", "{", "line 7, column 10: a row of source_bank_rates is named by iso3 as well"),
    (": {live: as_published}", ": {bundled: corrected}", "line 5, column 9: source_bank_rates is served live"),
    (": {live: as_published}", ": {}", "line 5, column 9: says neither what the bundled"),
    ("table: source_bank_rates", "table: source_bank_vintages", "line 5, column 16: .* is not served live"),
    ("    reason:", "    why: so\n    reason:", "line 11, column 5: unknown key 'entries.0.why'"),
    ("    reason: the bank's own table adds up with 4.25 only\n", "", "key 'entries.0.reason' is missing"),
    ('"4.25"', '"4.5"', "line 10, column 5: .*corrects '4.5' to itself"),
    ('"4.25"', '""', "line 10, column 5: entries.0.corrected"),
    ('"4.25"', "4.25", "line 10, column 5: entries.0.corrected: Input should be a valid string"),
    ("https://", "from ", "line 12, column .*: entries.0.source.address"),
    ("date: 2026-01-02", "date: 2026-01-02\n    mended_on: 2025-12-31", "line 14, column 5: .*is before the day"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "says"), BAD, ids=[says.partition(": ")[2][:40] for *_, says in BAD])
def test_a_file_that_departs_from_the_rules_is_refused_by_line_and_column(
    bank: Bank, old: str, new: str, says: str
) -> None:
    correct(bank, "{live: as_published}")
    rewrite(bank.builder, NAME, old, new)
    with pytest.raises(ProjectInvalid, match=rf"typing_errors\.yml(?s:.*){says}"):
        _ = reopened(bank.builder).corrections


def test_one_cell_is_corrected_once(bank: Bank) -> None:
    correct(bank, "{live: as_published}")
    other = bank.builder.project.root / "expectations/corrections/zeros.yml"
    text = FILE.replace("typing_errors", "zeros").replace("{EXPECT}", "{live: as_published}")
    other.write_text(text.replace('{iso3: NAM, year: "2001"}', '{year: "2001", iso3: NAM}'), encoding="utf-8")
    with pytest.raises(
        ProjectInvalid, match=r"zeros\.yml: line 7, .* is corrected in .*typing_errors\.yml: line 7, .* as well"
    ):
        _ = reopened(bank.builder).corrections


def test_the_table_lists_them_all(builder: Builder) -> None:
    rows = {(r["row_key"], r["column_name"]): r for r in builder.table("corrections").to_pylist()}
    assert len(rows) == len(CORRECTIONS)
    status = {one.family.corrections: {rows[one.row_key, one.entry.column]["status"]} for one in CORRECTIONS}
    assert status == {
        "wto_adoption_flags": {"applied"},
        "wto_case_pages": {"guards the answers"},
        "wto_dispute_file": {"guards the answers"},
        "wto_one_page_summaries": {"noted"},
    }
