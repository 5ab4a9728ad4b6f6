"""A flow too large for one table is fetched, made, audited and published by partition, by several workers."""

from pathlib import Path

from tests.scale.conftest import FULL
from tests.scale.locational import write
from tests.scale.locational_flow import STEM, Flowing, flowing
from tradefin.partitioned.edition import connect

COUNTRIES = ("CH", "DE", "GB", "JP", "NO", "US", "ZA") if FULL else ("GB", "NO")
OBSERVATIONS = 100_000 if FULL else 2_000


def test_partitions_are_published_one_by_one_and_a_changed_one_redoes_only_itself(place: Path) -> None:
    answers = place / "answers"
    answers.mkdir()
    for country in COUNTRIES:
        write(answers / f"{country}.csv", country, OBSERVATIONS)
    with flowing(place, answers, COUNTRIES, workers=2) as flow:
        flow.publisher.pause = 1.0  # long enough for a second worker to ask meanwhile, did its pool not hold it back
        publish_all(flow)
        before = flow.edition()
        assert before is not None and set(before.partitions) == set(COUNTRIES)
        with connect(flow.fleet.home, STEM) as con:
            counted = con.sql(f"select reporting_country, count(*) from {STEM} group by all").fetchall()
        assert dict(counted) == {country: one.rows for country, one in before.partitions.items()}
        assert before.rows == len(COUNTRIES) * (OBSERVATIONS - hidden())

        flow.revise("NO", OBSERVATIONS)
        made = tables(flow.fleet.home)
        publish_all(flow)
        after = flow.edition()
        assert after is not None
        changed = {c for c in COUNTRIES if after.partitions[c] != before.partitions[c]}
        assert changed == {"NO"}
        assert len(tables(flow.fleet.home) - made) == 1
        assert all(flow.publisher.asked_for_country(country) == 2 for country in COUNTRIES)
        assert flow.publisher.most_at_once == 1, "one worker at a time asks a publisher"


def publish_all(flow: Flowing) -> None:
    """By a backfill, whose daemon looks only every half minute; in the short form by a run for each partition."""
    if FULL:
        flow.backfill(600)
    else:
        flow.run_each()


def tables(home: Path) -> set[str]:
    """The tables that were ever made."""
    return {path.name for path in (home / "partitioned" / "tables" / STEM).glob("*.parquet")}


def hidden() -> int:
    """Observations of each country that are confidential."""
    return sum((i // 100 + i % 100) % 97 == 0 for i in range(OBSERVATIONS))
