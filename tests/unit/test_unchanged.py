"""A run with nothing to do says so at once; whatever decides a release, or damages the one at hand, makes it run."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.publishing import flip, writable
from tests.tiny import make_tiny
from tradefin.orchestration import unchanged
from tradefin.orchestration.run import RunOutcome, run
from tradefin.project import Project


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunOutcome]:
    """A folder with the tiny project and its release; not to be changed."""
    folder = tmp_path_factory.mktemp("unchanged")
    builder = make_tiny(folder)
    return folder, run(builder.project, builder.store.home)


@pytest.fixture
def world(made: tuple[Path, RunOutcome], tmp_path: Path) -> tuple[Project, Path]:
    """A copy of it."""
    shutil.copytree(made[0], tmp_path / "copy")
    root = tmp_path / "copy" / "project"
    return Project(root, root / "bundled"), tmp_path / "copy" / "outputs"


def recalled(world: tuple[Project, Path]) -> dict[str, object] | None:
    project, home = world
    return unchanged.recall(home, unchanged.fingerprint(project))


def test_a_run_that_has_nothing_to_do_tells_what_the_last_one_told(
    made: tuple[Path, RunOutcome], world: tuple[Project, Path]
) -> None:
    again = run(*world)
    assert again.unchanged
    same = ("release", "tables", "rows", "checks", "warnings")
    assert [getattr(again, n) for n in same] == [getattr(made[1], n) for n in same]
    assert again.path == world[1] / "releases" / again.release


def test_it_imports_neither_dagster_nor_great_expectations(world: tuple[Project, Path]) -> None:
    code = (
        "import json, sys; from pathlib import Path; from tradefin.orchestration.run import run; "
        "from tradefin.project import Project; "
        "found = run(Project(Path(sys.argv[1]), Path(sys.argv[1]) / 'bundled'), Path(sys.argv[2])); "
        "print(json.dumps([found.unchanged, sorted({m.partition('.')[0] for m in sys.modules})]))"
    )
    argv = [sys.executable, "-c", code, str(world[0].root), str(world[1])]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, env={**os.environ})
    same, modules = json.loads(done.stdout)
    assert same
    assert not {"dagster", "great_expectations", "pandas", "sqlglot"} & set(modules)


@pytest.mark.parametrize(
    "name",
    [
        "sql/marts/rate_ranks.sql",
        "sql/claims/rate_is_high.sql",
        "expectations/tables/rates.yml",
        "expectations/claims/rate_is_high.yml",
        "expectations/codelists/countries.csv",
        "expectations/sources/bank.yml",
        "bundled/bank/rates.csv",
    ],
)
def test_one_more_byte_in_a_file_of_the_project_makes_it_run(world: tuple[Project, Path], name: str) -> None:
    assert recalled(world)
    path = world[0].root / name
    path.write_bytes(path.read_bytes() + b"\n")
    assert recalled(world) is None


def test_a_file_more_or_less_makes_it_run(world: tuple[Project, Path]) -> None:
    before = unchanged.fingerprint(world[0])
    more = world[0].root / "sql" / "marts" / "more.sql"
    more.write_text("select 1 as one\n")
    assert unchanged.fingerprint(world[0]) != before
    more.rename(world[0].root / "sql" / "core" / "more.sql")
    moved = unchanged.fingerprint(world[0])
    more.with_name("rate_ranks.sql").unlink()
    assert len({before, moved, unchanged.fingerprint(world[0])}) == 3


def test_other_code_or_packages_make_it_run(
    world: tuple[Project, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {unchanged.fingerprint(world[0])}
    code = tmp_path / "code"
    (code / "releases").mkdir(parents=True)
    (code / "releases" / "publish.py").write_text("one = 1\n")
    monkeypatch.setattr(unchanged, "_PACKAGE", code)
    seen.add(unchanged.fingerprint(world[0]))
    (code / "releases" / "publish.py").write_text("one = 2\n")
    seen.add(unchanged.fingerprint(world[0]))
    (code / "__pycache__").mkdir()
    (code / "__pycache__" / "publish.pyc").write_bytes(b"compiled")
    assert unchanged.fingerprint(world[0]) in seen
    monkeypatch.setattr(unchanged, "_installed", lambda: [Path("duckdb-99.dist-info")])
    seen.add(unchanged.fingerprint(world[0]))
    assert len(seen) == 4


def _flip_parquet(home: Path, release: Path) -> None:
    flip(next((release / "tables").rglob("*.parquet")))


def _flip_page(home: Path, release: Path) -> None:
    flip(next(release.rglob("*.html")))


def _drop_file(home: Path, release: Path) -> None:
    release.joinpath("README.md").unlink()


def _drop_stored_table(home: Path, release: Path) -> None:
    next((home / "tables").rglob("rate_ranks/*.parquet")).unlink()


def _drop_pointer(home: Path, release: Path) -> None:
    (home / "current.json").unlink()


def _flip_manifest(home: Path, release: Path) -> None:
    flip(release / "manifest.json")


def _truncate_pointer(home: Path, release: Path) -> None:
    writable(home / "current.json").write_text("{")


@pytest.mark.parametrize(
    "damage",
    [_flip_parquet, _flip_page, _drop_file, _drop_stored_table, _drop_pointer, _flip_manifest, _truncate_pointer],
)
def test_whatever_is_damaged_or_gone_makes_it_run(
    made: tuple[Path, RunOutcome], world: tuple[Project, Path], damage: Callable[[Path, Path], None]
) -> None:
    assert recalled(world)
    release = world[1] / "releases" / made[1].release
    for folder in [release, *(f for f in release.rglob("*") if f.is_dir())]:
        folder.chmod(0o755)
    damage(world[1], release)
    assert recalled(world) is None


def test_what_was_noted_of_another_release_does_not_count(
    made: tuple[Path, RunOutcome], world: tuple[Project, Path]
) -> None:
    project, home = world
    path = project.root / "bundled" / "bank" / "rates.csv"
    old = path.read_text()
    path.write_text(old.replace("11.25", "11.5"))
    other = run(project, home)
    assert (other.unchanged, other.release != made[1].release) == (False, True)
    path.write_text(old)
    assert recalled(world) is None
