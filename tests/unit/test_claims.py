"""As-of views never look ahead; verdicts follow from the rules and the figures, and from nothing else."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.tiny import make_tiny, reopened, rewrite
from tradefin.claims.figures import readable
from tradefin.claims.measure import register_statistics
from tradefin.claims.verdict import fill
from tradefin.errors import ProjectInvalid
from tradefin.tables.asof import Known, View, connect

CLAIM = "expectations/claims/rate_is_high.yml"
QUERY = "sql/claims/rate_is_high.sql"


def _seen(folder: Path, day: date, known: Known) -> list[tuple[Any, ...]]:
    builder = make_tiny(folder)
    with connect(builder, ["rate_ranks"], View(day, known)) as con:
        return con.execute("select year, iso3, rate_pct::double from rate_ranks order by all").fetchall()


def test_published_shows_only_what_was_public(tmp_path: Path) -> None:
    assert _seen(tmp_path / "a", date(2001, 2, 28), "published") == []
    assert _seen(tmp_path / "b", date(2001, 3, 1), "published") == [(2000, "JPN", 10.5), (2000, "NAM", 3.0)]
    assert len(_seen(tmp_path / "c", date(2002, 3, 1), "published")) == 4


def test_period_ended_falls_back_to_later_vintages(tmp_path: Path) -> None:
    assert _seen(tmp_path / "a", date(2000, 12, 30), "period_ended") == []
    assert len(_seen(tmp_path / "b", date(2001, 1, 1), "period_ended")) == 2
    assert len(_seen(tmp_path / "c", date(2001, 12, 31), "period_ended")) == 4


def test_a_published_figure_wins_over_a_later_vintage_of_it(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    rewrite(builder, "bundled/bank/rates.csv", "NAM,2000,3,", "JPN,2000,99,bank-2002,bank-report\nNAM,2000,3,")
    with connect(reopened(builder), ["rates"], View(date(2001, 12, 6), "period_ended")) as con:
        rows = con.execute("select rate_pct::double from rates where iso3 = 'JPN'").fetchall()
    assert rows == [(10.5,)]


def test_a_cell_is_hidden_until_it_was_known(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    rewrite(
        builder, "expectations/tables/rates.yml", "unit: percent, min", "unit: percent, known_from: period_end, min"
    )
    with connect(reopened(builder), ["rates"], View(date(2001, 6, 1), "published")) as con:
        assert con.execute("select year, rate_pct::double from rates where iso3 = 'JPN'").fetchall() == [(2000, 10.5)]
    with connect(reopened(builder), ["rates"], View(date(2000, 12, 1), "period_ended")) as con:
        assert con.execute("select count(*) from rates").fetchall() == [(0,)]


def _verdicts(folder: Path, *changes: tuple[str, str, str]) -> list[dict[str, Any]]:
    builder = make_tiny(folder)
    for change in changes:
        rewrite(builder, *change)
    rows: list[dict[str, Any]] = reopened(builder).table("claim_verdicts").to_pylist()
    return rows


def test_the_verdict_follows_the_figures(tmp_path: Path) -> None:
    then, now = _verdicts(tmp_path / "a")
    assert (then["as_of"], then["known"], then["verdict"], then["why"]) == (
        date(2001, 12, 6),
        "published",
        "supported",
        "It is 10.5 percent.",
    )
    assert (now["known"], now["verdict"], now["why"]) == ("latest", "supported", "It is 11.25 percent.")
    then, now = _verdicts(tmp_path / "b", ("bundled/bank/rates.csv", "10.5", "9.5"))
    assert (then["verdict"], then["why"], now["verdict"]) == ("contradicted", "It is only 9.5 percent.", "supported")


def test_the_verdict_follows_the_rule(tmp_path: Path) -> None:
    then, now = _verdicts(tmp_path, (CLAIM, "rate_pct > 10,", "rate_pct > 11,"))
    assert (then["verdict"], now["verdict"]) == ("contradicted", "supported")


def test_a_missing_figure_is_undecided_not_contradicted(tmp_path: Path) -> None:
    then, now = _verdicts(tmp_path, (QUERY, "rate_pct as value", "case when year > 2000 then rate_pct end as value"))
    assert (then["verdict"], then["known"], then["why"]) == (
        "undecided",
        "period_ended",
        "No figure at hand for rate_pct.",
    )
    assert now["verdict"] == "supported"


def test_the_published_reading_is_used_where_it_exists(tmp_path: Path) -> None:
    then, _ = _verdicts(tmp_path, ("bundled/bank/vintages.csv", "2001-03-01", "2002-02-01"))
    assert (then["known"], then["verdict"]) == ("period_ended", "supported")


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (CLAIM, "definition: newest}", "definition: oldest}", "definition oldest is used but not explained"),
        (CLAIM, "rate_pct > 10,", "rate_pct >> > 10,", "is not a condition"),
        (CLAIM, '{rate_pct} percent."}\n  - {o', '{rate} percent."}\n  - {o', r"names \{rate\}"),
        (CLAIM, "claim: rate_is_high", "claim: rate_is_low", "the claim is called 'rate_is_low'"),
        (CLAIM, "limits: [It is one country.]", "limits: []", "line 15, column 1: limits"),
        (QUERY, "'newest'", "'latest'", "the definition 'latest' is not explained"),
        (QUERY, "null as note", "null as remark", "must return the columns"),
        (QUERY, "year::varchar", "'always'", "measured twice: newest, rate_pct, always"),
    ],
)
def test_a_mistake_in_a_claim_is_named(name: str, old: str, new: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ProjectInvalid, match=said):
        _verdicts(tmp_path, (name, old, new))


def test_exact_intervals_are_clopper_pearson(tmp_path: Path) -> None:
    change = (QUERY, "rate_pct as value", "exact_interval_low_pct(8, 10)::decimal(28,6) as value")
    builder = make_tiny(tmp_path)
    rewrite(builder, *change)
    values = set(reopened(builder).table("claim_measurements").column("value").to_pylist())
    assert values == {Decimal("44.390454")}  # the textbook's 8 of 10: 44.39 % to 97.48 %


def test_no_trials_no_interval(tmp_path: Path) -> None:
    with make_tiny(tmp_path).connect() as con:
        register_statistics(con)
        row = con.execute("select exact_interval_low_pct(0, 0), exact_interval_high_pct(null, 3)").fetchall()
    assert row == [(None, None)]


@pytest.mark.parametrize(
    ("value", "text"),
    [("1210", "1,210"), ("0.47692", "0.48"), ("28.0650", "28.07"), ("123.456", "123.5"), ("3", "3"), ("-0.5", "-0.5")],
)
def test_figures_are_readable(value: str, text: str) -> None:
    assert readable(Decimal(value)) == text
    assert fill("It is {x}.", {"x": Decimal(value)}) == f"It is {text}."
