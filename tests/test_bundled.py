"""The bundled figures are what their compilers make of the facts, and what their manifest says."""

import json
from pathlib import Path

from tradefin.bundled.compile import compile_all
from tradefin.project import Project
from tradefin.tables.store import digest


def test_the_manifest_lists_every_file_as_it_is(project: Project) -> None:
    manifest = json.loads((project.bundled / "manifest.json").read_text(encoding="utf-8"))
    found = {p.relative_to(project.bundled).as_posix(): digest(p.read_bytes()) for p in project.bundled.rglob("*.csv")}
    assert {name: entry["sha256"] for name, entry in manifest.items()} == found
    figures = {n: e for n, e in manifest.items() if not n.endswith(("vintages.csv", "citations.csv"))}
    assert all(e["origins"] and e["licences"] and e["vintages"] for e in figures.values() if e["rows"])
    assert [n for n, e in figures.items() if not e["rows"]] == ["imf/reserves.csv"], "only served live"


def test_the_compilers_give_these_very_bytes(project: Project, facts: Path) -> None:
    for name, data in compile_all(facts).items():
        assert (project.bundled / name).read_bytes() == data, f"{name} is stale: make bundle FACTS=..."
