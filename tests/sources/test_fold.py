"""The rules by which what was seen becomes vintages."""

from dataclasses import replace
from datetime import date

from tradefin.sources.description import SourceRows, SourceTable
from tradefin.sources.fold import Cells, Folded, Seen, fold, plain

TABLE = SourceTable(
    text="one rate",
    rows=SourceRows(min=1, max=9),
    columns=("iso3", "year", "rate", "note", "vintage_id", "source_id"),
    figure=("iso3", "year"),
    beside=("note",),
)


def seen(day: int, *rows: Cells, flow: str = "rates", ordinal: int = 1, stated: date | None = None) -> Seen:
    full = [(row[0], "2001", row[1], row[2] if len(row) > 2 else None) for row in rows]
    return Seen(flow, date(2026, 1, day), ordinal, full, [stated] * len(rows))


def told(*fetches: Seen) -> Folded:
    return fold("bank", TABLE, fetches)


def days(folded: Folded) -> list[tuple[str, str, int, int, int | None]]:
    return [
        (s.figure, s.vintage_id, s.first_seen.day, s.last_seen.day, s.withdrawn_on.day if s.withdrawn_on else None)
        for s in folded.sightings
    ]


def test_what_is_new_gets_a_row_with_vintage_and_source() -> None:
    folded = told(seen(5, ("JPN", "10.5")))
    assert folded.rows == [("JPN", "2001", "10.5", None, "bank-rates-2026-01-05", "bank-rates")]
    assert [(v.known_on, v.rule) for v in folded.vintages.values()] == [(date(2026, 1, 5), "download_date")]
    assert days(folded) == [("iso3=JPN|year=2001", "bank-rates-2026-01-05", 5, 5, None)]


def test_what_stays_is_not_repeated() -> None:
    folded = told(seen(5, ("JPN", "10.5")), seen(12, ("JPN", "10.50", "another remark")))
    assert len(folded.rows) == len(folded.vintages) == 1
    assert days(folded) == [("iso3=JPN|year=2001", "bank-rates-2026-01-05", 5, 12, None)]


def test_a_revision_stands_beside_what_it_revises_and_a_way_back_is_a_revision_too() -> None:
    folded = told(seen(5, ("JPN", "10.5")), seen(12, ("JPN", "11")), seen(19, ("JPN", "10.5")))
    assert [(row[2], row[4]) for row in folded.rows] == [
        ("10.5", "bank-rates-2026-01-05"),
        ("11", "bank-rates-2026-01-12"),
        ("10.5", "bank-rates-2026-01-19"),
    ]
    assert [s[4] for s in days(folded)] == [None, None, None]


def test_what_is_withdrawn_stays_marked_and_the_mark_goes_when_it_comes_back() -> None:
    first, gone = seen(5, ("JPN", "10.5"), ("NAM", "3")), seen(12, ("JPN", "10.5"))
    assert days(told(first, gone))[1] == ("iso3=NAM|year=2001", "bank-rates-2026-01-05", 5, 5, 12)
    assert len(told(first, gone).rows) == 2
    back = told(first, gone, seen(19, ("JPN", "10.5"), ("NAM", "3")))
    assert days(back)[1] == ("iso3=NAM|year=2001", "bank-rates-2026-01-05", 5, 19, None)
    other = told(first, gone, seen(19, ("JPN", "10.5"), ("NAM", "4")))
    assert days(other)[1:] == [
        ("iso3=NAM|year=2001", "bank-rates-2026-01-05", 5, 5, 12),
        ("iso3=NAM|year=2001", "bank-rates-2026-01-19", 19, 19, None),
    ]


def test_the_day_that_the_publisher_states_is_taken() -> None:
    folded = told(seen(12, ("JPN", "10.5"), stated=date(2026, 1, 9)))
    assert [(v.vintage_id, v.rule) for v in folded.vintages.values()] == [("bank-rates-2026-01-09", "stated")]
    assert folded.sightings[0].first_seen == date(2026, 1, 12)


def test_a_silent_change_under_the_same_day_is_dated_by_its_fetch() -> None:
    stated = date(2026, 1, 9)
    folded = told(seen(12, ("JPN", "10.5"), stated=stated), seen(19, ("JPN", "11"), ("NAM", "3"), stated=stated))
    assert [(row[0], row[4]) for row in folded.rows] == [
        ("JPN", "bank-rates-2026-01-09"),
        ("JPN", "bank-rates-2026-01-19"),
        ("NAM", "bank-rates-2026-01-09"),
    ]
    assert folded.vintages["bank-rates-2026-01-19"].rule == "download_date"


def test_a_day_in_the_future_is_not_believed() -> None:
    folded = told(seen(12, ("JPN", "10.5"), stated=date(2026, 2, 1)))
    assert folded.rows[0][4] == "bank-rates-2026-01-12"


def test_two_changes_on_one_day_are_two_vintages() -> None:
    folded = told(seen(5, ("JPN", "10.5")), seen(5, ("JPN", "11"), ordinal=2))
    assert [row[4] for row in folded.rows] == ["bank-rates-2026-01-05", "bank-rates-2026-01-05-02"]
    assert {v.known_on for v in folded.vintages.values()} == {date(2026, 1, 5)}


def test_of_many_changes_on_one_day_the_last_one_sorts_last() -> None:
    folded = told(*(seen(5, ("JPN", str(n)), ordinal=n) for n in range(1, 13)))
    assert max(row[4] for row in folded.rows) == folded.rows[-1][4] == "bank-rates-2026-01-05-12"  # type: ignore[type-var]
    assert sorted(folded.vintages) == list(folded.vintages)


def test_what_is_served_but_cannot_be_used_is_not_withdrawn() -> None:
    first = seen(5, ("JPN", "10.5"), ("NAM", "3"))
    unused = replace(seen(12, ("JPN", "10.5")), left_out=[("NAM", "2001")])
    assert days(told(first, unused))[1] == ("iso3=NAM|year=2001", "bank-rates-2026-01-05", 5, 5, None)
    gone = seen(19, ("JPN", "10.5"))
    assert days(told(first, unused, gone))[1][4] == 19
    again = seen(19, ("JPN", "10.5"), ("NAM", "3"))
    assert days(told(first, unused, again))[1] == ("iso3=NAM|year=2001", "bank-rates-2026-01-05", 5, 19, None)
    assert len(told(replace(unused, left_out=[("NAM", "2001")])).rows) == 1, "never used, never a row"


def test_a_stand_in_that_agrees_adds_nothing_and_its_silence_withdraws_nothing() -> None:
    folded = told(
        seen(5, ("JPN", "10.5"), ("NAM", "3")),
        seen(12, ("JPN", "10.5"), flow="rates_zip"),
        seen(19, ("JPN", "11"), ("NAM", "3")),
    )
    assert [(row[0], row[5]) for row in folded.rows] == [
        ("JPN", "bank-rates"),
        ("NAM", "bank-rates"),
        ("JPN", "bank-rates"),
    ]
    assert [s[4] for s in days(folded)] == [None, None, None]


def test_what_a_stand_in_rounds_or_leaves_out_is_no_revision() -> None:
    fine = seen(5, ("JPN", "541.70005"))
    assert len(told(fine, seen(12, ("JPN", "542"), flow="portal")).rows) == 1
    assert len(told(fine, seen(12, ("JPN", None), flow="portal")).rows) == 1
    assert len(told(fine, seen(12, ("JPN", "541"), flow="portal")).rows) == 2
    assert len(told(fine, seen(12, ("JPN", "n.a."), flow="portal")).rows) == 2
    assert len(told(fine, seen(12, ("JPN", "542"))).rows) == 2, "the flow itself has changed it"
    assert len(told(fine, seen(12, ("JPN", None))).rows) == 2
    coarse = seen(5, ("JPN", "540"), flow="portal")
    assert [row[2] for row in told(coarse, fine).rows] == ["540", "541.70005"]
    back = told(fine, seen(12, ("JPN", "542"), flow="portal"), seen(19, ("JPN", "541.70005")))
    assert len(back.rows) == 1 and back.sightings[0].last_seen.day == 19


def test_numbers_are_compared_as_numbers_and_texts_as_texts() -> None:
    assert plain("1.50") == plain("1.5") == plain("+1.5") == plain("15e-1")
    assert plain("0") == plain("0.000") == plain("-0.0")
    assert plain("2001-01-01") == "2001-01-01"
    assert plain("n.a.") == "n.a." and plain(None) is None
    assert plain("--") == "--" and plain("NaN") == "NaN" and plain("-Infinity") == "-Infinity"
