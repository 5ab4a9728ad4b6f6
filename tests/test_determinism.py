"""The same figures give the same bytes: rows shuffled, other threads, another process."""

import csv
import io
import random
import shutil
import subprocess
import sys
from pathlib import Path

from tests.publishing import publish_light
from tests.tiny import make_tiny
from tradefin.project import Project
from tradefin.releases.contents import id_of
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store

ROOT = Path(__file__).resolve().parents[1]


def shuffle(folder: Path) -> int:
    """Shuffle the rows of every CSV below a folder; returns how many files changed."""
    changed = 0
    for path in sorted(folder.rglob("*.csv")):
        header, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
        mixed = random.Random(path.name).sample(rows, len(rows))  # noqa: S311 - not a secret
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows([header, *mixed])
        path.write_bytes(out.getvalue().encode())
        changed += mixed != rows
    return changed


def shuffled(project: Project, folder: Path) -> Project:
    """A copy of a project with the rows of all bundled figures and codelists in another order."""
    for part in ("sql", "expectations"):
        shutil.copytree(project.root / part, folder / part)
    shutil.copytree(project.bundled, folder / "bundled", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    assert shuffle(folder / "bundled") + shuffle(folder / "expectations") > 2
    return Project(root=folder, bundled=folder / "bundled")


def hashes(builder: Builder) -> dict[str, str]:
    return {stem: builder.ref(stem).sha256 for stem in builder.contracts}


def test_tiny_is_the_same_shuffled_and_with_other_threads(tmp_path: Path) -> None:
    first = make_tiny(tmp_path / "first", threads=4)
    second = Builder(shuffled(first.project, tmp_path / "second"), Store(tmp_path / "outputs"), threads=1)
    one, other = publish_light(first), publish_light(second)
    assert one.id == other.id
    for stem in first.contracts:
        assert one.table_bytes(stem) == other.table_bytes(stem)
    snapshots = [r.manifest.sources[0]["files"]["rates"]["snapshot_sha256"] for r in (one, other)]
    assert snapshots[0] != snapshots[1]  # told in the manifest, but no part of the id


def test_tiny_is_the_same_in_another_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.publishing", str(tmp_path / "other")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.strip() == id_of(make_tiny(tmp_path / "own"))


def test_the_project_is_the_same_shuffled_and_with_other_threads(builder: Builder, tmp_path: Path) -> None:
    other = Builder(shuffled(builder.project, tmp_path / "project"), Store(tmp_path / "outputs"), threads=1)
    assert hashes(other) == hashes(builder)
    assert id_of(other) == id_of(builder)
