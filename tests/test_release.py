"""Releases and processes: two publishers at once, one killed in the middle, many readers of one file."""

import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import duckdb
import pytest

from tests.publishing import light, publish_light
from tests.tiny import make_tiny, reopened
from tradefin.releases.publish import publish
from tradefin.releases.release import Pointer, Release, list_ids
from tradefin.releases.verify import verify
from tradefin.tables.builder import Builder

ROOT = Path(__file__).resolve().parents[1]


def start(folder: Path, step: str = "") -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.publishing", str(folder), *([step] if step else [])]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_two_publishers_at_once_leave_one_whole_release(tmp_path: Path) -> None:
    home = tmp_path / "outputs"
    runs = [start(tmp_path) for _ in range(2)]
    ended = [run.communicate(timeout=120) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], ended
    ids = {out.strip() for out, _ in ended}
    assert ids == {Release.open(home).id}
    assert list_ids(home) == list(ids)
    verify(home)
    assert not list((home / "staging").iterdir())


@pytest.mark.parametrize("step", ["described_by", "_write_table", "_write_diff", "seal", "settle", "point"])
def test_a_killed_publisher_leaves_the_former_release_and_the_next_run_mends(tmp_path: Path, step: str) -> None:
    killed = start(tmp_path, step)
    _, errors = killed.communicate(timeout=120)
    assert killed.returncode == -9, errors
    home = tmp_path / "outputs"
    assert Pointer.read(home) is None  # readers still see what was there before: nothing
    release = publish_light(make_tiny(tmp_path))
    assert Release.open(home) == release
    verify(home)
    assert not list((home / "staging").iterdir())


def test_where_no_lock_holds_the_loser_of_a_race_takes_the_winners_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tradefin.releases import staging

    tiny = make_tiny(tmp_path)
    monkeypatch.setattr(staging, "alone", nullcontext)  # as on a file system that has no locks
    settle, winners = staging.settle, []

    def late(folder: Path, target: Path) -> bool:
        monkeypatch.setattr(staging, "settle", settle)
        winners.append(publish_light(reopened(tiny)))  # another run, from first to last, just before our rename
        return settle(folder, target)

    monkeypatch.setattr(staging, "settle", late)
    release = publish_light(tiny)
    assert [release] == winners
    verify(tiny.store.home)


def test_the_database_is_read_by_two_processes_at_once(tmp_path: Path) -> None:
    database = publish_light(make_tiny(tmp_path)).database
    code = f"import duckdb; c = duckdb.connect({str(database)!r}, read_only=True); print('open', flush=True); input()"
    other = subprocess.Popen([sys.executable, "-c", code], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdin and other.stdout
    try:
        assert other.stdout.readline() == "open\n"
        with duckdb.connect(str(database), read_only=True) as con:
            assert con.execute("select count(*) from core.rates").fetchall() == [(4,)]
    finally:
        other.communicate("\n", timeout=60)
    assert other.returncode == 0


def test_the_whole_release_with_great_expectations(tmp_path: Path) -> None:
    from tradefin.audit.run import audit_table

    tiny = make_tiny(tmp_path)
    release = publish(tiny, [audit_table(tiny, stem) for stem in tiny.contracts])
    files = set(release.manifest.files)
    assert "checks.html" in files
    assert "suites/rates.json" in files
    assert any(f.startswith("data_docs/") for f in files)
    with duckdb.connect(str(release.database), read_only=True) as con:
        checks = con.execute("select count(*), bool_and(success) from meta.checks").fetchall()[0]
    assert checks[0] > 30
    assert checks[1] is True
    with light():
        assert publish(reopened(tiny), [audit_table(tiny, s) for s in tiny.contracts]).id == release.id


@pytest.mark.xdist_group("real release")  # one worker publishes it once
def test_the_projects_release_is_whole(real: Release, builder: Builder) -> None:
    report = verify(real.folder.parents[1])
    assert report.tables == len(builder.contracts)
    with duckdb.connect(str(real.database), read_only=True) as con:
        bare = con.execute(
            "select table_name || '.' || column_name from duckdb_columns() where not internal "
            "and coalesce(comment, '') = ''"
        ).fetchall()
        keys = dict(con.execute("select table_name, key from meta.tables").fetchall())
        unexplained = con.execute(
            "select distinct codelist from meta.columns where codelist is not null "
            "and 'codelist_' || codelist not in (select table_name from meta.tables)"
        ).fetchall()
    assert (bare, unexplained) == ([], [])
    assert keys == {stem: list(contract.key) for stem, contract in builder.contracts.items()}


@pytest.mark.xdist_group("real release")
def test_frictionless_reads_the_projects_release(real: Release) -> None:
    """Fields, keys, codes and references of every table that is not large, judged by a reader of another house."""
    frictionless = pytest.importorskip("frictionless")
    package = frictionless.Package(str(real.folder / "datapackage.json"))
    assert {r.name for r in package.resources} == set(real.manifest.tables)
    for table in real.manifest.tables.values():
        if table.rows > 2500:
            continue
        report = package.get_resource(table.name).validate()
        gaps = {c.name for c in table.columns if c.type == "integer" and c.optional}  # it reads these as NaN
        wrong = [
            e.message
            for t in report.tasks
            for e in t.errors
            if not (e.type == "type-error" and e.field_name in gaps and '"nan"' in e.message)
        ]
        assert not wrong, f"{table.name}: {wrong[:3]}"
