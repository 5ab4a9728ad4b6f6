"""A round of the WTO's disputes in which a page is missing: that dispute keeps its edition, the others go on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import stamina

from tests.sources.loopback import Loopback, Reply
from tests.sources.test_wto import entry, file, page
from tradefin.project import Project
from tradefin.sources import live, wto
from tradefin.sources.archive import Archive
from tradefin.sources.history import History
from tradefin.sources.live import Refreshed
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store

STEM = "source_wto_disputes"
NUMBERS = range(1, 641)
WITH_PANEL = range(1, 41)  # adopted reports; the others are in consultations
DAYS = {
    "panel_established": "20 March 2000",
    "panel_report_circulated": "28 February 2001",
    "ab_report_circulated": "24 July 2001",
    "adopted": "23 August 2001",
}


def disputes(**changed: str) -> bytes:
    """The file; of dispute 7 some fields are changed."""
    quiet = {"status": "ST1#2000_01_01", "reports_adopted": "FALSE", "pan_agree": ""}
    return file(*(entry(n, **({} if n in WITH_PANEL else quiet), **(changed if n == 7 else {})) for n in NUMBERS)).data


@pytest.fixture
def publisher(project: Project) -> Iterator[Loopback]:
    with stamina.set_testing(True, attempts=1, cap=True), Loopback("www.wto.org", "docs.wto.org") as one:
        one.serve(wto.FILE, disputes())
        for number in WITH_PANEL:
            one.serve(wto.PAGE.format(number), page(DAYS))
        yield one


class Weeks:
    """Rounds of the disputes, a week apart."""

    def __init__(self, project: Project, home: Path, publisher: Loopback) -> None:
        self.project, self.store, self.publisher = project, Store(home), publisher
        self.today = datetime(2026, 1, 5, 6, tzinfo=UTC)

    def ask(self) -> Refreshed:
        archive = Archive(self.store, lambda: self.today)
        self.publisher.asked.clear()
        found = live.refresh(
            self.project, self.store, publishers=["wto"], client_for=self.publisher.client, archive=archive
        )
        self.today += timedelta(days=7)
        return next(one for one in found if one.flow == "disputes")

    def history(self) -> History:
        return History(Builder(self.project, self.store, live=True))

    def editions(self, number: int) -> list[tuple[str, str, str]]:
        """Edition, status and day of adoption of a dispute."""
        told = self.history().told(STEM)
        assert told is not None
        rows = [row for row in told.rows.to_pylist() if row["ds_number"] == str(number)]
        return sorted((row["vintage_id"], row["status_code"], row["adopted"]) for row in rows)

    def withdrawn(self) -> list[str]:
        told = self.history().told(STEM)
        assert told is not None
        return [row["figure"] for row in told.sightings.to_pylist() if row["withdrawn_on"]]


@pytest.fixture
def weeks(project: Project, tmp_path: Path, publisher: Loopback) -> Weeks:
    return Weeks(project, tmp_path, publisher)


def missing(done: Refreshed) -> list[str]:
    """Addresses of the parts that a round did without."""
    begin = "wto.disputes: left out "
    return [one.removeprefix(begin).split(": ")[0] for one in done.warnings if one.startswith(begin)]


FIRST = ("wto-disputes-2026-01-05", "ST19#2002_02_19", "2001-08-23")


@pytest.mark.parametrize("reply", [Reply(b"", 404), Reply(b"<html><title>Sorry</title></html>")])
def test_a_dispute_whose_page_is_missing_keeps_its_edition(weeks: Weeks, reply: Reply) -> None:
    first = weeks.ask()
    assert (first.state, first.rows, missing(first)) == ("changed", 640, [])
    weeks.publisher.serve(wto.PAGE.format(7), reply)
    weeks.publisher.serve(wto.FILE, disputes(status="ST12#2025_12_01"))
    second = weeks.ask()
    assert second.state == "changed", second.message
    assert missing(second) == [wto.PAGE.format(7)]
    assert weeks.editions(7) == [FIRST], "neither half an edition nor a lost one"
    assert weeks.withdrawn() == []
    assert len(weeks.editions(8)) == 1
    weeks.publisher.serve(wto.PAGE.format(7), page(DAYS))
    assert missing(weeks.ask()) == []
    assert weeks.editions(7) == [FIRST, ("wto-disputes-2026-01-19", "ST12#2025_12_01", "2001-08-23")]
    assert weeks.withdrawn() == []


def test_a_list_of_documents_that_is_missing_loses_no_day(weeks: Weeks) -> None:
    """The page of dispute 9 does not tell when the report was circulated, and its list of documents is gone."""
    weeks.publisher.serve(wto.PAGE.format(9), page({k: v for k, v in DAYS.items() if not k.endswith("circulated")}))
    (address,) = missing(weeks.ask())
    assert address.startswith("https://docs.wto.org/") and "DS9" in address
    assert weeks.editions(9) == [] and len(weeks.editions(8)) == 1


def test_pages_that_are_all_gone_mean_that_the_source_has_changed(weeks: Weeks) -> None:
    weeks.ask()
    for number in WITH_PANEL:
        weeks.publisher.serve(wto.PAGE.format(number), Reply(b"", 404))
    failed = weeks.ask()
    assert (failed.state, failed.error) == ("failed", "SourceChanged")
    assert "3 of 40 parts that it could do without" in failed.message
    assert weeks.editions(7) == [FIRST]


def test_a_round_goes_on_within_a_day(weeks: Weeks) -> None:
    weeks.publisher.serve(wto.PAGE.format(7), Reply(b"", 503))
    assert weeks.ask().error == "Unavailable"
    weeks.today -= timedelta(days=7) - timedelta(hours=2)
    weeks.publisher.serve(wto.PAGE.format(7), page(DAYS))
    assert weeks.ask().state == "changed"
    asked = [one.address for one in weeks.publisher.asked]
    assert wto.PAGE.format(7) in asked and wto.PAGE.format(8) not in asked and wto.FILE not in asked
