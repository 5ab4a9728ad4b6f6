"""Workers that share nothing but an object store build the release of one process; the store may be away meanwhile."""

from pathlib import Path

import pytest

import tradefin
from tests.objects import bucket, home_of
from tests.scale.conftest import FULL
from tests.scale.fleet import end, fleet, until
from tests.scale.test_workers import alone
from tradefin.orchestration.jobs import BUILD_RELEASE
from tradefin.project import Project
from tradefin.releases.verify import verify


@pytest.mark.parametrize("seconds_away", [0, 10] if FULL else [10])
def test_workers_build_the_release_of_one_process_in_an_object_store(
    scaled: Project, place: Path, seconds_away: int
) -> None:
    with (
        bucket() as objects,
        fleet(
            place,
            workers=0,
            TRADEFIN_PROJECT=str(scaled.root),
            TRADEFIN_HOME=objects.address(),
            TRADEFIN_CACHE=str(place / "cache"),
            **objects.environment,
        ) as made,
    ):
        for name in ("one", "two"):  # as on machines of their own
            made.start_worker(TRADEFIN_CACHE=str(place / name))
        process = made.start_run(BUILD_RELEASE)
        try:
            if seconds_away:
                until(lambda: made.has_runs() and len(made.succeeded()) > 5, 300, made.told)
                objects.away(seconds_away)
                assert process.poll() is None
            assert process.wait(1200) == 0, made.told()
        finally:
            end(process)
        steps = made.steps()
        assert {worker for by in steps.values() for worker in by} == {"worker1", "worker2"}
        assert made.succeeded() == {*steps}
        with home_of(objects, place / "reader") as home:
            together = verify(home).release
            assert [one.id for one in tradefin.releases()] == [together]
    assert together == alone(scaled, place / "alone")
