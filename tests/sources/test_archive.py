"""Snapshots are kept once and whole; records tell what came of each fetch."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.sources.bank import CSV, FLOW, GOOD, PAGES
from tradefin.errors import ReleaseDamaged, Unavailable
from tradefin.sources.archive import Archive
from tradefin.sources.flow import Request
from tradefin.sources.http import Answer, Known
from tradefin.tables.store import Store, digest

ANSWER = Answer(Request(CSV, "text/csv"), GOOD, CSV, Known('"v1"', "Wed, 21 Oct 2026 07:28:00 GMT"), "text/csv")
BEGIN = datetime(2026, 11, 23, 6, tzinfo=UTC)


def hours() -> Callable[[], datetime]:
    """A clock that moves on an hour at each look."""
    now = [BEGIN]

    def clock() -> datetime:
        now[0] += timedelta(hours=1)
        return now[0]

    return clock


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(Store(tmp_path), clock=hours())


def test_the_sidecar_tells_where_the_bytes_came_from(archive: Archive) -> None:
    snapshot = archive.keep(ANSWER, FLOW, "bank-terms")
    fetch = archive.record(FLOW, "bank-terms", "changed", [snapshot], ["a warning"])
    assert snapshot.path.read_bytes() == GOOD == archive.read(snapshot)
    assert snapshot.path.name == f"{digest(GOOD)}.csv"
    assert fetch.record.parent == archive.home / "bank" / "rates"
    assert fetch.record.name.startswith("20261123T080000.000000Z-")
    content = json.loads(fetch.record.read_text())
    assert content["parts"] == [
        {
            "sha256": digest(GOOD),
            "size": len(GOOD),
            "path": f"{digest(GOOD)}.csv",
            "address": CSV,
            "accept": "text/csv",
            "answered_by": CSV,
            "fetched_at": "2026-11-23T07:00:00+00:00",
            "etag": '"v1"',
            "last_modified": "Wed, 21 Oct 2026 07:28:00 GMT",
            "content_type": "text/csv",
        }
    ]
    assert (content["licence"], content["state"], content["warnings"]) == ("bank-terms", "changed", ["a warning"])
    assert archive.last("bank", "rates") == fetch
    assert fetch.snapshots[0] == snapshot
    assert snapshot.known == Known('"v1"', "Wed, 21 Oct 2026 07:28:00 GMT")


def test_the_same_bytes_are_kept_once(archive: Archive, tmp_path: Path) -> None:
    first = archive.keep(ANSWER, FLOW, "bank-terms")
    archive.record(FLOW, "bank-terms", "changed", [first])
    written = first.path.stat().st_mtime_ns
    second = archive.keep(ANSWER, FLOW, "bank-terms")
    archive.record(FLOW, "bank-terms", "unchanged", [second])
    assert second.path == first.path
    assert first.path.stat().st_mtime_ns == written
    assert len(list((tmp_path / "snapshots").iterdir())) == 1
    assert archive.snapshots() == (first,)
    assert len(archive.all()) == 2


def test_damaged_bytes_are_noticed_and_mended(archive: Archive) -> None:
    snapshot = archive.keep(ANSWER, FLOW, "bank-terms")
    snapshot.path.write_bytes(GOOD[:-1] + b"!")
    with pytest.raises(ReleaseDamaged, match="not what was kept"):
        archive.read(snapshot)
    archive.keep(ANSWER, FLOW, "bank-terms")
    assert archive.read(snapshot) == GOOD
    snapshot.path.unlink()
    with pytest.raises(ReleaseDamaged, match="missing"):
        archive.read(snapshot)


def test_how_a_flow_stands(archive: Archive) -> None:
    assert archive.checks() == ()
    assert archive.last("bank", "rates") is None
    snapshot = archive.keep(ANSWER, FLOW, "bank-terms")
    changed = archive.record(FLOW, "bank-terms", "changed", [snapshot])
    unchanged = archive.record(FLOW, "bank-terms", "unchanged", [snapshot], ["odd"])
    failed = archive.record(FLOW, "bank-terms", "failed", [], error=Unavailable("down"))
    never = archive.record(PAGES, "bank-terms", "failed", [], error=Unavailable("down"))
    first, second = archive.checks()
    assert (first.flow, first.state, first.error, first.message) == ("rates", "failed", "Unavailable", "down")
    assert first.checked_at == failed.checked_at
    assert first.good_at == unchanged.checked_at
    assert first.changed_at == changed.checked_at
    assert first.warnings == ("odd",)
    assert (second.flow, second.good_at, second.changed_at) == ("rates_pages", None, None)
    assert archive.last("bank", "rates") == unchanged
    assert archive.all() == (changed, unchanged, failed, never)


def test_a_record_that_is_none_hides_no_other(archive: Archive) -> None:
    fetch = archive.record(FLOW, "bank-terms", "changed", [archive.keep(ANSWER, FLOW, "bank-terms")])
    (fetch.record.parent / "29990101T000000.000000Z-00000000.json").write_text("{")
    (fetch.record.parent / "29990101T000000.000001Z-00000000.json").write_text("[]")
    assert archive.last("bank", "rates") == fetch
    assert archive.all() == (fetch,)


def test_sweeps_only_what_was_abandoned(archive: Archive, tmp_path: Path) -> None:
    kept = archive.keep(ANSWER, FLOW, "bank-terms")
    record = archive.record(FLOW, "bank-terms", "changed", [kept]).record
    old, new = kept.path.parent / ".writing-old", kept.path.parent / ".writing-new"
    older = record.parent / ".writing-older"
    for path in (old, new, older):
        path.write_bytes(b"half")
    for path in (old, older):
        os.utime(path, (0, 0))
    assert archive.sweep() == 2
    assert sorted(path.name for path in kept.path.parent.iterdir()) == [".writing-new", kept.path.name]
    assert archive.sweep() == 0
