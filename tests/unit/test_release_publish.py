"""Publishing: what is refused, what stays as it was, what a killed run leaves."""

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.publishing import audits_of, flip, light, publish_light, writable
from tests.tiny import make_tiny, reopened, rewrite
from tradefin.errors import ContractBroken, NotFound, Overtaken, ReleaseDamaged, RightsMissing, Unavailable
from tradefin.releases import staging
from tradefin.releases.manifest import MANIFEST
from tradefin.releases.publish import current, publish
from tradefin.releases.release import Pointer, Release, list_ids
from tradefin.releases.verify import verify
from tradefin.tables.builder import Builder


@pytest.fixture
def tiny(tmp_path: Path) -> Builder:
    return make_tiny(tmp_path)


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(p): (p.stat().st_mtime_ns, p.stat().st_ino) for p in folder.rglob("*")}


def test_a_release_is_whole_and_current(tiny: Builder) -> None:
    release = publish_light(tiny)
    assert release == Release.open(tiny.store.home)
    assert release.id.startswith("2002-03-01-")
    assert set(release.manifest.tables) == set(tiny.contracts)
    report = verify(tiny.store.home)
    assert (report.release, report.tables, report.rows) == (release.id, 10, 29)
    names = {p.relative_to(release.folder).as_posix() for p in release.folder.rglob("*") if p.is_file()}
    assert names >= {
        "tradefin.duckdb",
        "datapackage.json",
        "README.md",
        "checks.html",
        MANIFEST,
        "tables/rates.parquet",
    }
    assert report.files == len(names)
    assert not list((tiny.store.home / "staging").iterdir())


def test_tables_are_byte_copies_of_the_store(tiny: Builder) -> None:
    release = publish_light(tiny)
    for stem in tiny.contracts:
        assert release.table_bytes(stem) == tiny.store.table_path(tiny.ref(stem)).read_bytes()


def test_files_are_read_only(tiny: Builder) -> None:
    release = publish_light(tiny)
    assert {p.stat().st_mode & 0o222 for p in release.folder.rglob("*") if p.is_file()} == {0}


def test_the_manifest_lists_sources_with_licence_and_snapshot(tiny: Builder) -> None:
    (source,) = publish_light(tiny).manifest.sources
    assert source["licences"]["bank-terms"]["attribution"] == "Source: The Bank"
    assert set(source["files"]) == {"rates", "vintages"}  # nothing that is published reads the citations
    sha256 = source["files"]["rates"]["snapshot_sha256"]
    assert tiny.store.snapshot_path(sha256, ".csv").read_bytes().startswith(b"iso3,year")


def test_publishing_the_same_again_writes_nothing(tiny: Builder) -> None:
    first = publish_light(tiny)
    before = snapshot(tiny.store.home)
    again = publish_light(reopened(tiny))
    after = snapshot(tiny.store.home)
    home = tiny.store.home
    assert again == first
    staged = str(home / "staging")
    assert {k: v for k, v in after.items() if k != staged} == {k: v for k, v in before.items() if k != staged}


def test_a_lost_pointer_is_set_again(tiny: Builder) -> None:
    first = publish_light(tiny)
    (tiny.store.home / "current.json").unlink()
    assert publish_light(reopened(tiny)) == first
    (tiny.store.home / "current.json").write_text("{")
    with pytest.raises(ReleaseDamaged, match=r"current\.json"):
        Release.open(tiny.store.home)
    assert publish_light(reopened(tiny)) == first


def test_a_failed_blocking_check_leaves_the_former_release(tiny: Builder) -> None:
    former = publish_light(tiny)
    rewrite(tiny, "bundled/bank/rates.csv", "NAM,2001,4,", "NAM,2001,5,")
    changed = reopened(tiny)
    with pytest.raises(ContractBroken, match="rate_ranks"):
        publish_light(changed, failing="rate_ranks")
    assert Release.open(tiny.store.home) == former
    assert list_ids(tiny.store.home) == [former.id]


def test_a_failed_warning_does_not_stop_a_release(tiny: Builder) -> None:
    with light():
        release = publish(tiny, audits_of(tiny, failing="rates", severity="warning"))
    assert Release.open(tiny.store.home) == release


def test_an_unaudited_table_stops_a_release(tiny: Builder) -> None:
    with light(), pytest.raises(ContractBroken, match="rates has not been audited"):
        publish(tiny, [a for a in audits_of(tiny) if a.table != "rates"])


def test_an_audit_of_a_former_version_does_not_count(tiny: Builder) -> None:
    audits = audits_of(tiny)
    rewrite(tiny, "bundled/bank/rates.csv", "NAM,2001,4,", "NAM,2001,5,")
    with light(), pytest.raises(ContractBroken, match="has not been audited as it is now"):
        publish(reopened(tiny), audits)


def test_changed_figures_make_another_release_and_keep_the_first(tiny: Builder) -> None:
    first = publish_light(tiny)
    rewrite(tiny, "bundled/bank/rates.csv", "NAM,2001,4,", "NAM,2001,5,")
    second = publish_light(reopened(tiny))
    assert second.id != first.id
    assert Release.open(tiny.store.home) == second
    assert Release.open(tiny.store.home, first.id) == first
    assert verify(tiny.store.home, first.id).release == first.id


def test_a_changed_contract_makes_another_release_of_the_same_tables(tiny: Builder) -> None:
    first = publish_light(tiny)
    rewrite(tiny, "expectations/tables/rates.yml", "rows: {min: 2,", "rows: {min: 3,")
    second = publish_light(reopened(tiny))
    assert second.id != first.id
    assert second.manifest.tables == first.manifest.tables


def test_no_licence_no_release(tiny: Builder) -> None:
    path = tiny.project.root / "expectations/sources/bank.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("licences:")] + text[text.index("tables:") :], encoding="utf-8")
    with pytest.raises(RightsMissing, match="bank"):
        publish_light(reopened(tiny))
    assert Pointer.read(tiny.store.home) is None


def test_a_citation_with_an_unknown_licence_stops_a_release(tiny: Builder) -> None:
    rewrite(tiny, "bundled/bank/citations.csv", "report,bank-terms", "report,other-terms")
    with pytest.raises(RightsMissing, match=r"source_bank_citations, source_id=bank-report: the licence 'other-terms'"):
        publish_light(reopened(tiny))


def test_a_damaged_release_is_built_anew(tiny: Builder) -> None:
    first = publish_light(tiny)
    flip(first.folder / "tables/rates.parquet")
    with pytest.raises(ReleaseDamaged):
        verify(tiny.store.home)
    assert publish_light(reopened(tiny)).id == first.id
    assert verify(tiny.store.home).release == first.id


def test_a_damaged_table_in_the_store_is_not_published(tiny: Builder) -> None:
    audits = audits_of(tiny)
    flip(tiny.store.table_path(tiny.ref("rates")))
    with light(), pytest.raises(ReleaseDamaged, match="rates"):
        publish(tiny, audits)
    assert Pointer.read(tiny.store.home) is None


def test_verify_names_every_damaged_file(tiny: Builder) -> None:
    release = publish_light(tiny)
    flip(release.folder / "tables/rates.parquet")
    (release.folder / "checks.html").unlink()
    (release.folder / "notes.txt").write_text("mine")
    with pytest.raises(ReleaseDamaged) as caught:
        verify(tiny.store.home)
    for part in ("tables/rates.parquet: changed", "checks.html: missing", "notes.txt: not part of the release"):
        assert part in str(caught.value)


@pytest.mark.parametrize("of_current", [True, False])
def test_verify_catches_a_changed_manifest(tiny: Builder, of_current: bool) -> None:
    release = publish_light(tiny)
    if not of_current:
        (tiny.store.home / "current.json").unlink()
    path = writable(release.folder / MANIFEST)
    sha256 = release.manifest.tables["rates"].sha256
    path.write_text(path.read_text(encoding="utf-8").replace(sha256, sha256[::-1]), encoding="utf-8")
    with pytest.raises(ReleaseDamaged, match=r"manifest\.json"):
        verify(tiny.store.home, release.id)


def test_verify_catches_a_missing_or_torn_manifest(tiny: Builder) -> None:
    release = publish_light(tiny)
    (tiny.store.home / "current.json").unlink()
    path = writable(release.folder / MANIFEST)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ReleaseDamaged, match="not a manifest"):
        verify(tiny.store.home, release.id)
    path.unlink()
    with pytest.raises(ReleaseDamaged, match="missing"):
        verify(tiny.store.home, release.id)


def test_unknown_releases_are_not_found(tiny: Builder) -> None:
    with pytest.raises(NotFound, match="make run"):
        Release.open(tiny.store.home)
    release = publish_light(tiny)
    with pytest.raises(NotFound, match=release.id):
        Release.open(tiny.store.home, "2001-01-01-000000000000")
    with pytest.raises(NotFound):
        Release.open(tiny.store.home, "../releases/" + release.id)


# --- what other runs leave behind -------------------------------------------------------------------------------------


def leave(home: Path, name: str, pid: int, host: str | None = None, age: float = 0) -> Path:
    folder = home / "staging" / name
    (folder / "release").mkdir(parents=True)
    writer = {"pid": pid, "host": host or platform.node()}
    (folder / "writer.json").write_text(json.dumps(writer))
    os.utime(folder, (time.time() - age,) * 2)
    return folder


def test_only_dead_writers_folders_are_swept(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead = leave(tmp_path, "dead", ended.pid)
    alive = leave(tmp_path, "alive", os.getpid())
    elsewhere = leave(tmp_path, "elsewhere", ended.pid, host="another-machine")
    old = leave(tmp_path, "old", os.getpid(), age=90_000)
    nameless = tmp_path / "staging" / "nameless"
    nameless.mkdir()
    assert staging.sweep(tmp_path) == [dead, old]
    assert alive.exists() and elsewhere.exists() and nameless.exists()
    assert not dead.exists() and not old.exists()


# --- other runs that publish meanwhile --------------------------------------------------------------------------------

HOLDER = """
import sys, time
from pathlib import Path
from tradefin.releases import staging
with staging.alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def publish_from(builder: Builder, former: str) -> Release:
    with light():
        return publish(builder, audits_of(builder), former=former)


def test_a_release_that_came_meanwhile_is_not_replaced(tiny: Builder) -> None:
    home = tiny.store.home
    former = publish_light(tiny)
    rewrite(tiny, "bundled/bank/rates.csv", "NAM,2001,4,", "NAM,2001,5,")
    winner = publish_from(reopened(tiny), former.id)
    rewrite(tiny, "bundled/bank/rates.csv", "NAM,2001,5,", "NAM,2001,6,")
    with pytest.raises(Overtaken) as caught:
        publish_from(reopened(tiny), former.id)
    (loser,) = set(list_ids(home)) - {former.id, winner.id}
    for said in (winner.id, former.id, loser, "Run again", f"`tradefin diff {winner.id} {loser}`"):
        assert said in str(caught.value)
    assert (caught.value.may_retry, caught.value.exit_code) == (True, 11)
    assert Release.open(home) == winner
    assert verify(home, loser).release == loser
    assert Release.open(home, loser).manifest.previous == winner.id  # so its versions count the winner's
    assert publish_light(reopened(tiny)).id == loser == current(home)


def test_a_first_release_that_came_meanwhile_is_not_replaced(tiny: Builder) -> None:
    winner = publish_light(tiny)
    rewrite(tiny, "bundled/bank/rates.csv", "NAM,2001,4,", "NAM,2001,5,")
    with pytest.raises(Overtaken, match="which began from no release"):
        publish_from(reopened(tiny), "")
    assert current(tiny.store.home) == winner.id


def test_the_same_release_that_came_meanwhile_is_as_good(tiny: Builder) -> None:
    assert publish_from(reopened(tiny), "") == publish_from(tiny, "")


def test_a_pointer_lost_meanwhile_is_set(tiny: Builder) -> None:
    former = publish_light(tiny)
    (tiny.store.home / "current.json").unlink()
    assert publish_from(reopened(tiny), former.id) == former


def test_a_publisher_waits_its_turn_and_not_for_the_dead(tiny: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tiny.store.home
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(home)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        monkeypatch.setattr(staging, "_PATIENCE", 0.1)
        with pytest.raises(Unavailable, match=r"Another run has been publishing to .*fuser .*\.publishing"):
            publish_light(tiny)
        assert Pointer.read(home) is None and not list_ids(home)
        holder.kill()
    assert publish_light(tiny).id == current(home)
