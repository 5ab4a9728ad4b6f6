"""What a publisher serves over the weeks becomes vintages beside the bundled figures."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from tests.sources.bank import CSV, FLOW, HOST, MIRROR, ZIP, ZIP_FLOW, zipped
from tests.sources.live_bank import Bank, make_bank, rates
from tests.sources.loopback import Loopback, Reply
from tests.tiny import rewrite
from tradefin.errors import ProjectInvalid
from tradefin.project import Project
from tradefin.sources.archive import Archive
from tradefin.sources.flow import Flow
from tradefin.tables.asof import View, connect
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store

FIRST = rates("JP,2000,10.5", "JP,2001,11.25", "NA,2000,3", "NA,2001,4.5")
STEMS = ("source_bank_rates", "source_bank_vintages", "source_bank_citations", "rates", "source_states", "sightings")


@pytest.fixture(autouse=True)
def without_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@pytest.fixture(scope="module")
def publisher() -> Iterator[Loopback]:
    with Loopback(HOST, MIRROR) as one:
        yield one


@pytest.fixture
def bank(tmp_path: Path, publisher: Loopback, monkeypatch: pytest.MonkeyPatch) -> Bank:
    publisher.serve(CSV, FIRST)
    return make_bank(tmp_path, publisher, monkeypatch)


def shas(bank: Bank) -> dict[str, str]:
    builder = bank.live()
    return {stem: builder.ref(stem).sha256 for stem in STEMS}


def of(bank: Bank, iso3: str, year: str = "2001") -> list[tuple[str, ...]]:
    """Value and vintage of each row of one figure."""
    return [
        row[2:]
        for row in bank.rows("source_bank_rates", "iso3", "year", "rate", "vintage_id")
        if row[:2] == (iso3, year)
    ]


def state(bank: Bank, flow: str = "rates") -> tuple[str, ...]:
    (row,) = [
        r
        for r in bank.rows("source_states", "flow", "state", "newest_good_on", "failing_since", "error")
        if r[0] == flow
    ]
    return row[1:]


def test_without_answers_live_is_bundled(bank: Bank) -> None:
    live, bundled = bank.live(), bank.builder
    assert all(live.ref(stem) == bundled.ref(stem) for stem in STEMS)
    assert state(bank) == ("bundled", "", "", "")
    assert bank.rows("sightings") == []


def test_a_first_answer_adds_vintages_beside_the_bundled_ones(bank: Bank) -> None:
    bundled = bank.builder.table("source_bank_rates").num_rows
    bank.ask()
    assert bank.live().ref("source_bank_rates").rows == bundled + 4
    assert of(bank, "NAM") == [("4", "bank-2002"), ("4.5", "bank-rates-2026-01-05")]
    assert bank.rows("source_bank_vintages")[-1] == (
        "bank-rates-2026-01-05",
        "bank",
        "rates, as served on 2026-01-05",
        "2026-01-05",
        "download_date",
        "",
    )
    assert (
        "bank-rates",
        "bank",
        "The Bank, as it answers today: one rate",
        CSV,
        "live service",
        "bank-terms",
    ) in bank.rows("source_bank_citations")
    assert bank.rows("sightings")[-1] == (
        "bank",
        "source_bank_rates",
        "iso3=NAM|year=2001",
        "bank-rates-2026-01-05",
        "2026-01-05",
        "2026-01-05",
        "",
    )
    assert state(bank) == ("live", "2026-01-05", "", "")
    assert bank.builder.ref("source_bank_rates").rows == bundled, "a build of the bundled figures does not see them"


def test_the_same_answer_again_changes_nothing(bank: Bank) -> None:
    bank.ask()
    before = shas(bank)
    assert [one.state for one in bank.ask()] == ["unchanged"]
    assert shas(bank) == before
    bank.publisher.serve(CSV, Reply(FIRST + b"\n", etag=False))  # other bytes, the same figures
    assert [one.state for one in bank.ask()] == ["unchanged"]
    assert shas(bank) == before


def test_an_archive_in_which_nothing_is_new_is_not_parsed_again(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.ask()
    before = shas(bank)
    monkeypatch.setattr("tradefin.sources.readings.read_again", None)
    monkeypatch.setattr("tradefin.sources.history.fold", None)
    bank.ask()
    assert shas(bank) == before


def test_a_revision_is_a_new_vintage_beside_the_old_one(bank: Bank) -> None:
    bank.ask()
    bank.publisher.serve(CSV, rates("JP,2000,10.5", "JP,2001,11.25", "NA,2000,3", "NA,2001,4.75", "JP,2002,12"))
    bank.ask()
    assert of(bank, "NAM") == [("4", "bank-2002"), ("4.5", "bank-rates-2026-01-05"), ("4.75", "bank-rates-2026-01-12")]
    assert of(bank, "JPN", "2002") == [("12", "bank-rates-2026-01-12")]
    assert [row[0] for row in of(bank, "JPN")] == ["11.25", "11.25"], "what has not changed is not repeated"
    seen = {row[2:4]: row[4:] for row in bank.rows("sightings")}
    assert seen["iso3=NAM|year=2001", "bank-rates-2026-01-05"] == ("2026-01-05", "2026-01-05", "")
    assert seen["iso3=JPN|year=2001", "bank-rates-2026-01-05"] == ("2026-01-05", "2026-01-12", "")


def test_a_withdrawn_figure_stays_marked(bank: Bank) -> None:
    bank.ask()
    bank.publisher.serve(CSV, rates("JP,2000,10.5", "JP,2001,11.25", "NA,2000,3"))
    bank.ask()
    assert ("4.5", "bank-rates-2026-01-05") in of(bank, "NAM")
    assert bank.rows("sightings")[-1][2:] == (
        "iso3=NAM|year=2001",
        "bank-rates-2026-01-05",
        "2026-01-05",
        "2026-01-05",
        "2026-01-12",
    )


DOUBTS = """\
-- Rates of countries that nobody here knows, and rates that look odd.
select
    m.iso3,
    m.year,
    case when c.iso3 is null then 'nobody knows ' || m.iso3 end as left_out,
    case when m.rate = '99' then 'that is much' end as remark
from mapped as m
left join codelist_countries as c on c.iso3 = m.iso3
"""


def test_what_the_mapping_leaves_out_is_counted_told_and_not_withdrawn(bank: Bank) -> None:
    bank.ask()
    path = bank.builder.project.root / "sql/sources/source_bank_rates.sql"
    path.write_text(DOUBTS, encoding="utf-8")
    odd = rates("JP,2000,10.5", "JP,2001,99", "NA,2000,3", "NA,2001,4.5", "AT,2000,1", "AT,2001,6")
    bank.publisher.serve(CSV, odd)
    (done,) = bank.ask()
    told = [
        "bank.rates: 2 figures left out of source_bank_rates, since nobody knows AT: iso3=AT|year=2000; "
        "iso3=AT|year=2001.",
        "bank.rates: 1 figure to be seen to in source_bank_rates, since that is much: iso3=JPN|year=2001.",
    ]
    assert list(done.warnings)[-2:] == told
    assert bank.rows("source_states", "warnings")[0][0].splitlines()[-2:] == told
    assert of(bank, "AT") == [] and ("99", "bank-rates-2026-01-12") in of(bank, "JPN")
    before = shas(bank)
    bank.ask()
    assert shas(bank) == before, "what is told stays the same"


def test_a_figure_that_can_no_longer_be_used_is_not_withdrawn(bank: Bank) -> None:
    path = bank.builder.project.root / "sql/sources/source_bank_rates.sql"
    path.write_text(DOUBTS.replace("c.iso3 is null", "m.rate = 'n.a.'"), encoding="utf-8")
    rewrite(bank.builder, "expectations/sources/bank.yml", "OBS_VALUE: {number: true}", "OBS_VALUE: {}")
    bank.ask()
    bank.publisher.serve(CSV, rates("JP,2000,10.5", "JP,2001,11.25", "NA,2000,3", "NA,2001,n.a."))
    bank.ask()
    assert of(bank, "NAM")[1:] == [("4.5", "bank-rates-2026-01-05")]
    seen = {row[2]: row[3:] for row in bank.rows("sightings")}
    assert seen["iso3=NAM|year=2001"] == ("bank-rates-2026-01-05", "2026-01-05", "2026-01-05", "")


def test_a_wrong_select_of_doubts_is_the_projects_error(bank: Bank) -> None:
    bank.ask()
    path = bank.builder.project.root / "sql/sources/source_bank_rates.sql"
    path.write_text("select iso3, year, 'x' as left_out from mapped", encoding="utf-8")
    with pytest.raises(ProjectInvalid, match="returns iso3, year, left_out where iso3, year, left_out, remark are due"):
        bank.live().ref("source_bank_rates")


def test_a_later_change_on_the_same_day_is_the_newest(bank: Bank) -> None:
    bank.ask(days=0)
    bank.publisher.serve(CSV, FIRST.replace(b"NA,2001,6,4.5", b"NA,2001,6,4.75"))
    bank.ask()
    assert of(bank, "NAM")[1:] == [("4.5", "bank-rates-2026-01-05"), ("4.75", "bank-rates-2026-01-05-02")]


def test_a_failure_leaves_the_last_good_vintage_and_says_so(bank: Bank) -> None:
    bank.ask()
    before = shas(bank)
    bank.publisher.serve(CSV, Reply(b"down", 503, etag=False))
    assert [one.state for one in bank.ask()] == ["failed"]
    down = shas(bank)
    assert {stem for stem in STEMS if down[stem] != before[stem]} == {"source_states"}
    assert state(bank) == ("stale", "2026-01-05", "2026-01-12", "Unavailable")
    bank.ask()
    assert shas(bank) == down, "an outage that goes on is nothing new"
    bank.publisher.serve(CSV, rates("JP,2000,10.5").replace(b"OBS_VALUE", b"VALUE"))
    bank.ask()
    assert state(bank) == ("stale", "2026-01-05", "2026-01-12", "SourceChanged")
    bank.publisher.serve(CSV, FIRST)
    bank.ask()
    assert shas(bank) == before


def test_a_source_that_never_answered_has_failed(bank: Bank) -> None:
    bank.publisher.serve(CSV, Reply(b"gone", 404, etag=False))
    bank.ask()
    assert state(bank)[0] == "failed"
    assert bank.live().ref("source_bank_rates") == bank.builder.ref("source_bank_rates")


def test_a_harmless_departure_shows_until_the_next_change(bank: Bank) -> None:
    rewrite(bank.builder, "expectations/codelists/countries.csv", "JPN,Japan\n", "JPN,Japan\nAUT,Austria\n")
    bank.publisher.serve(CSV, FIRST + b"AUT,2001,6,1\n")
    bank.ask()
    before = bank.rows("source_states", "warnings")
    assert "unknown code: 'AUT'" in before[0][0]
    bank.ask()
    assert bank.rows("source_states", "warnings") == before


def test_a_stand_in_continues_the_story(tmp_path: Path, publisher: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = Flow("bank", "rates_zip", ZIP_FLOW.requests, ZIP_FLOW.parse, fallback_for="rates")
    publisher.serve(CSV, FIRST)
    publisher.serve(ZIP, zipped({"rates.csv": FIRST.replace(b"NA,2001,6,4.5", b"NA,2001,6,4.75")}))
    bank = make_bank(tmp_path, publisher, monkeypatch, FLOW, stand_in)
    assert [one.state for one in bank.ask()] == ["changed", "skipped"]
    publisher.serve(CSV, Reply(b"down", 503, etag=False))
    assert [one.state for one in bank.ask()] == ["failed", "changed"]
    assert of(bank, "NAM")[1:] == [("4.5", "bank-rates-2026-01-05"), ("4.75", "bank-rates_zip-2026-01-12")]
    assert len(of(bank, "JPN")) == 2, "what the stand-in repeats is not new"
    assert (state(bank)[0], state(bank, "rates_zip")[0]) == ("stale", "live")
    publisher.serve(CSV, FIRST)
    assert [one.state for one in bank.ask()] == ["unchanged", "skipped"]
    assert ("4.5", "bank-rates-2026-01-19") in of(bank, "NAM"), "the principal still says what it said"
    before = shas(bank)
    bank.ask()
    assert shas(bank) == before


def test_views_as_of_a_day_see_live_vintages_from_their_day_on(bank: Bank) -> None:
    from datetime import date

    bank.ask()

    def newest(day: date) -> object:
        with connect(bank.live(), ["rate_ranks"], View(day, "published")) as con:
            return con.execute("select rate_pct from rate_ranks where iso3 = 'NAM' and year = 2001").fetchall()

    assert str(newest(date(2026, 1, 4))[0][0]) == "4.0000"  # type: ignore[index]
    assert str(newest(date(2026, 1, 5))[0][0]) == "4.5000"  # type: ignore[index]


def test_everything_follows_from_the_archive(bank: Bank, tmp_path: Path) -> None:
    bank.ask()
    bank.publisher.serve(CSV, rates("JP,2000,10.5", "NA,2001,4.75"))
    bank.ask()
    other = Store(tmp_path / "elsewhere")
    for part in ("fetches", "snapshots"):
        shutil.copytree(bank.builder.store.home / part, other.home / part)
    project = Project(bank.builder.project.root, bank.builder.project.bundled)
    again = Builder(project, other, threads=1, live=True)
    assert {stem: again.ref(stem).sha256 for stem in STEMS} == shas(bank)


def test_an_answer_whose_bytes_are_gone_is_told_and_stops_nothing(bank: Bank) -> None:
    bank.ask()
    bank.publisher.serve(CSV, rates("JP,2000,10.5", "NA,2001,4.75"))
    bank.ask()
    first, second = (fetch.snapshots[0].path for fetch in Archive(bank.builder.store).all())
    bank.live().ref("source_bank_rates")
    for folder in ("memo", "tables"):
        shutil.rmtree(bank.builder.store.home / folder)
    kept = first.read_bytes()
    first.unlink()
    assert [v for _, v in of(bank, "NAM")] == ["bank-2002", "bank-rates-2026-01-12"]
    assert (
        "The answer of 2026-01-05 gives no rows for source_bank_rates" in bank.rows("source_states", "warnings")[0][0]
    )
    first.write_bytes(kept)
    assert len(of(bank, "NAM")) == 3, "nothing wrong was remembered"
    for folder in ("memo", "tables"):
        shutil.rmtree(bank.builder.store.home / folder)
    second.unlink()
    assert state(bank) == ("stale", "2026-01-05", "2026-01-12", "ReleaseDamaged")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "OBS_VALUE as rate",
            "OBS_VALUE as value",
            r"rates\.sql returns iso3, year, value where source_bank_rates has",
        ),
        ("from live as l", "from nowhere, live as l", "nowhere"),
        ("l.OBS_VALUE as rate", "l.OBS as rate", 'rates.sql: Binder Error: .*"OBS"'),
    ],
)
def test_a_wrong_select_is_the_projects_error(bank: Bank, old: str, new: str, says: str) -> None:
    bank.ask()
    rewrite(bank.builder, "sql/sources/source_bank_rates/rates.sql", old, new)
    with pytest.raises(ProjectInvalid, match=says):
        bank.live().ref("source_bank_rates")


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        (
            "select 'JPN' as iso3, '2001' as year, OBS_VALUE as rate from live",
            "more than once, first iso3=JPN, year=2001",
        ),
        ("select 'JPN' as iso3, '2001' as year, '1' as rate from live where false", "nothing in the answer can become"),
        (
            "select COUNTRY as iso3, TIME_PERIOD as year, OBS_VALUE::integer as rate, 'May' as known_on from live",
            "'May', which is no day",
        ),
        (
            "select COUNTRY as iso3, TIME_PERIOD as year, COUNTRY::integer as rate from live",
            "a value is not what rates.sql expects",
        ),
    ],
)
def test_an_answer_that_cannot_be_mapped_is_the_sources_failure(bank: Bank, sql: str, says: str) -> None:
    (bank.builder.project.root / "sql/sources/source_bank_rates/rates.sql").write_text(sql, encoding="utf-8")
    bank.ask()
    assert bank.live().ref("source_bank_rates") == bank.builder.ref("source_bank_rates")
    assert state(bank) == ("failed", "", "2026-01-05", "SourceChanged")
    assert says in bank.rows("source_states", "message")[0][0]


def test_an_answer_that_breaks_a_contract_is_left_out_and_stops_nobody(bank: Bank) -> None:
    bank.ask()
    before = bank.rows("rates")
    bank.publisher.serve(CSV, FIRST.replace(b"NA,2001,6,4.5", b"NA,2001,6,450"))
    assert [one.state for one in bank.ask()] == ["changed"], "it is as described"
    assert bank.rows("rates") == before
    assert state(bank) == ("stale", "2026-01-05", "2026-01-12", "ContractBroken")
    (row,) = bank.rows("source_states", "message", "warnings")
    assert "rates, column rate_pct" in row[0] and "450" in row[0] and "iso3=NAM" in row[0]
    assert row[1].startswith("The answer of 2026-01-12 is left out: ")
    down = shas(bank)
    bank.ask()
    assert shas(bank) == down
    bank.publisher.serve(CSV, FIRST.replace(b"NA,2001,6,4.5", b"NA,2001,6,45"))
    bank.ask()
    assert of(bank, "NAM")[2:] == [("45", "bank-rates-2026-01-26")]
    assert state(bank)[0] == "live"
    rewrite(bank.builder, "expectations/tables/rates.yml", "max: 100, why: a share", "max: 1000, why: a share")
    assert ("450", "bank-rates-2026-01-12") in of(bank, "NAM"), "a contract that is mended lets it in"


def test_an_unknown_country_is_left_out_and_told(bank: Bank) -> None:
    bank.publisher.serve(CSV, FIRST + b"AUT,2001,6,1\n")
    bank.ask()
    assert state(bank) == ("failed", "", "2026-01-05", "ContractBroken")
    assert "AUT" in bank.rows("source_states", "message")[0][0]
    rewrite(bank.builder, "expectations/codelists/countries.csv", "JPN,Japan\n", "JPN,Japan\nAUT,Austria\n")
    assert state(bank)[0] == "live" and of(bank, "AUT") == [("1", "bank-rates-2026-01-05")]


def test_bundled_figures_that_break_a_contract_are_no_answers_fault(bank: Bank) -> None:
    bank.ask()
    rewrite(bank.builder, "bundled/bank/rates.csv", "NAM,2001,4,", "NAM,2001,400,")
    assert state(bank)[0] == "live"


def test_a_live_name_that_a_bundled_edition_bears_is_refused(bank: Bank) -> None:
    bank.ask()
    with (bank.builder.project.bundled / "bank/vintages.csv").open("a", encoding="utf-8") as file:
        file.write("bank-rates-2026-01-05,bank,third,2026-01-05,stated,\n")
    with pytest.raises(ProjectInvalid, match="both use the name bank-rates-2026-01-05"):
        bank.live().ref("source_bank_vintages")


def test_a_table_that_is_served_live_must_say_what_a_figure_is(bank: Bank) -> None:
    bank.ask()
    rewrite(bank.builder, "expectations/sources/bank.yml", " figure: [iso3, year],", "")
    with pytest.raises(ProjectInvalid, match="needs 'figure'"):
        bank.live().ref("source_bank_rates")
