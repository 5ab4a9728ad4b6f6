"""Versions of tables: prepared changes ask for the right bump, less is refused, figures alone need nobody."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import tradefin
from tests.publishing import flip, publish_light, writable
from tests.tiny import make_tiny, reopened, rewrite
from tradefin.errors import ProjectInvalid
from tradefin.project import Project
from tradefin.releases import versions
from tradefin.releases.changes import Bump
from tradefin.releases.manifest import MANIFEST
from tradefin.releases.release import Release
from tradefin.releases.verify import verify
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store

RATES, RANKS = "expectations/tables/rates.yml", "expectations/tables/rate_ranks.yml"
SQL, FIGURES = "sql/marts/rate_ranks.sql", "bundled/bank/rates.csv"
RANK = "  rank: {type: integer, unit: rank, text: 1 is the highest}\n"

Edits = tuple[tuple[str, str, str], ...]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny project and its first release."""
    folder = tmp_path_factory.mktemp("first")
    publish_light(make_tiny(folder))
    return folder


@pytest.fixture
def tiny(first: Path, tmp_path: Path) -> Builder:
    """The tiny project, published once, in a folder of its own."""
    shutil.copytree(first, tmp_path / "copy")
    root = tmp_path / "copy" / "project"
    return Builder(Project(root, root / "bundled"), Store(tmp_path / "copy" / "outputs"))


def changed(tiny: Builder, edits: Edits) -> Builder:
    for name, old, new in edits:
        rewrite(tiny, name, old, new)
    return reopened(tiny)


def told(release: Release) -> dict[str, Any]:
    return dict(json.loads(release.file_bytes("diff.json")))


def keep_former(tiny: Builder, stem: str) -> None:
    """Keep a table as it is under another name, deprecated in favour of the one that is about to change."""
    root, layer = tiny.project.root, tiny.contracts[stem].layer
    contract = (root / f"expectations/tables/{stem}.yml").read_text()
    gone = f"deprecated: {{since: 2026-01-01, until: 2027-01-01, replaced_by: {stem}}}\n"
    text = contract.replace(f"table: {stem}\n", f"table: former_{stem}\n{gone}")
    (root / f"expectations/tables/former_{stem}.yml").write_text(text)
    (root / f"sql/{layer}/former_{stem}.sql").write_text((root / f"sql/{layer}/{stem}.sql").read_text())


@dataclass(frozen=True)
class Drill:
    """A prepared change: what is edited, the table it is about, the bump that is right."""

    name: str
    table: str
    bump: Bump
    edits: Edits
    says: str = ""


DRILLS = (
    Drill(
        "column dropped",
        "rate_ranks",
        "major",
        ((RANKS, RANK, ""), (SQL, ", rank()", " --")),
        "column rank was removed",
    ),
    Drill(
        "column renamed",
        "rate_ranks",
        "major",
        ((RANKS, "  rank: {", "  place: {"), (RANKS, "column: rank", "column: place"), (SQL, "as rank", "as place")),
        "column rank was renamed to place",
    ),
    Drill(
        "column retyped",
        "rate_ranks",
        "major",
        ((RANKS, "rank: {type: integer", 'rank: {type: "decimal(9,0)"'),),
        "the type of rank was 'integer' and is 'decimal(9,0)'",
    ),
    Drill(
        "unit changed",
        "rates",
        "major",
        ((RATES, "unit: percent", "unit: percent of GDP"),),
        "the unit of rate_pct was 'percent' and is 'percent of GDP'",
    ),
    Drill(
        "grain changed",
        "rates",
        "major",
        ((RATES, "key: [iso3, year, vintage_id]", "key: [iso3, year]"),),
        "the grain was 'iso3, year, vintage_id' and is 'iso3, year'",
    ),
    Drill(
        "key renamed",
        "rate_ranks",
        "major",
        (
            (
                RANKS,
                "  iso3: {type: text, codelist: countries, text: the country}",
                "  land: {type: text, text: the country}",
            ),
            (RANKS, "[year, iso3]\nsorted_by: [year, iso3]", "[year, land]\nsorted_by: [year, land]"),
            (SQL, "select year, iso3, rate_pct, rank", "select year, iso3 as land, rate_pct, rank"),
            ("sql/claims/rate_is_high.sql", "iso3 = 'JPN'", "land = 'JPN'"),
        ),
        "column iso3 was renamed to land",
    ),
    Drill(
        "column added",
        "rate_ranks",
        "minor",
        (
            (RANKS, "expectations:", "  twice_pct: {type: integer, unit: percent}\nexpectations:"),
            (SQL, "as rank", "as rank, 2 as twice_pct"),
        ),
        "column twice_pct was added",
    ),
    Drill(
        "column may be missing",
        "rates",
        "minor",
        ((RATES, "why: a share}", "why: a share, optional: true}"),),
        "optional",
    ),
    Drill("rows added", "rates", "minor", ((FIGURES, "NAM,2001,4,", "NAM,2002,6,bank-2002,bank-report\nNAM,2001,4,"),)),
    Drill("rows removed", "rates", "minor", ((FIGURES, "NAM,2000,3,bank-2001,bank-report\n", ""),)),
    Drill("value revised", "rates", "patch", ((FIGURES, "NAM,2001,4,", "NAM,2001,5,"),)),
    Drill("text changed", "rates", "patch", ((RATES, "The rate of each country.", "The rate of every country."),)),
    Drill(
        "codelist named",
        "vintages",
        "patch",
        (("expectations/tables/vintages.yml", "text: slug", "text: slug, codelist: verdicts"),),
    ),
    Drill("bounds changed", "rates", "none", ((RATES, "rows: {min: 2,", "rows: {min: 3,"),)),
    Drill("nothing changed", "rates", "none", ()),
)
OF_SHAPE = [d for d in DRILLS if d.says]
OF_ROWS = [d for d in DRILLS if not d.says]
NEXT = {"major": "2.0.0", "minor": "1.1.0", "patch": "1.0.1", "none": "1.0.0"}


def by_name(drill: Drill) -> str:
    return drill.name


@pytest.mark.parametrize("drill", OF_SHAPE, ids=by_name)
def test_a_change_of_shape_is_refused_until_the_contract_says_so(drill: Drill, tiny: Builder) -> None:
    before = Release.open(tiny.store.home)
    if drill.bump == "major":
        keep_former(tiny, drill.table)
    with pytest.raises(ProjectInvalid) as caught:
        publish_light(changed(tiny, drill.edits))
    assert drill.says in str(caught.value)
    least = NEXT[drill.bump]
    assert f"a {drill.bump} change: its contract says version 1.0.0, the least is {least}" in str(caught.value)
    assert Release.open(tiny.store.home) == before
    rewrite(tiny, f"expectations/tables/{drill.table}.yml", "version: 1.0.0", f"version: {least}")
    release = publish_light(reopened(tiny))
    assert release.manifest.tables[drill.table].version == least
    entry = told(release)["tables"][drill.table]
    assert (entry["needs"], entry["version"]) == (drill.bump, ["1.0.0", least])
    verify(tiny.store.home)


@pytest.mark.parametrize("drill", OF_ROWS, ids=by_name)
def test_a_change_of_rows_or_words_raises_the_version_by_itself(drill: Drill, tiny: Builder) -> None:
    before = Release.open(tiny.store.home)
    release = publish_light(changed(tiny, drill.edits))
    assert release.manifest.tables[drill.table].version == NEXT[drill.bump]
    assert release.manifest.tables[drill.table].contract_version == "1.0.0"
    if not drill.edits:
        assert release == before
        return
    assert release.manifest.previous == before.id
    found = told(release)
    assert (found["before"], found["after"]) == (before.id, release.id)
    if drill.bump == "none":
        assert drill.table in found["unchanged"]
    else:
        assert found["tables"][drill.table]["needs"] == drill.bump


def test_the_drill_has_ten_changes_and_more() -> None:
    assert len(DRILLS) >= 10
    assert {d.bump for d in DRILLS} == {"none", "patch", "minor", "major"}


def test_a_major_change_keeps_the_former_table(tiny: Builder) -> None:
    drill = next(d for d in DRILLS if d.name == "column renamed")
    changed(tiny, (*drill.edits, (RANKS, "version: 1.0.0", "version: 2.0.0")))
    with pytest.raises(ProjectInvalid, match="nothing is left to those who read it as it was"):
        publish_light(reopened(tiny))


def test_a_version_never_goes_down(tiny: Builder) -> None:
    publish_light(changed(tiny, ((RATES, "version: 1.0.0", "version: 1.2.0"),)))
    with pytest.raises(ProjectInvalid, match=r"says version 1\.0\.0, but release .* was made from 1\.2\.0"):
        publish_light(changed(tiny, ((RATES, "version: 1.2.0", "version: 1.0.0"), (RATES, "min: 2,", "min: 3,"))))


def test_every_refusal_is_told_at_once(tiny: Builder) -> None:
    edits = ((RATES, "unit: percent", "unit: points"), (RANKS, "unit: percent", "unit: points"))
    with pytest.raises(ProjectInvalid) as caught:
        publish_light(changed(tiny, edits))
    assert "Table rates:" in str(caught.value)
    assert "Table rate_ranks:" in str(caught.value)


# --- runs without anybody ---------------------------------------------------------------------------------------------


def test_versions_go_on_from_the_release_before(tiny: Builder) -> None:
    def version(edits: Edits) -> str:
        return publish_light(changed(tiny, edits)).manifest.tables["rates"].version

    start = Release.open(tiny.store.home)
    assert version(((FIGURES, "NAM,2001,4,", "NAM,2001,5,"),)) == "1.0.1"
    assert version(((FIGURES, "NAM,2001,5,", "NAM,2001,6,"),)) == "1.0.2"
    assert version(((FIGURES, "NAM,2000,3,bank-2001,bank-report\n", ""),)) == "1.1.0"
    # what was there before is there again, as it was; what comes next bears no number that was given already
    back = (
        (FIGURES, "NAM,2001,6,", "NAM,2001,4,"),
        (FIGURES, "NAM,2001", "NAM,2000,3,bank-2001,bank-report\nNAM,2001"),
    )
    assert publish_light(changed(tiny, back)) == start
    assert version(((FIGURES, "NAM,2001,4,", "NAM,2001,7,"),)) == "1.1.1"
    # a new column, its contract raised by hand, goes on from there as well
    added = next(d for d in DRILLS if d.name == "column added")
    release = publish_light(changed(tiny, (*added.edits, (RANKS, "version: 1.0.0", "version: 1.1.0"))))
    ranks = release.manifest.tables["rate_ranks"]
    assert (ranks.contract_version, ranks.version) == ("1.1.0", "1.2.0")


def test_a_raised_contract_raises_the_table(tiny: Builder) -> None:
    publish_light(changed(tiny, ((FIGURES, "NAM,2001,4,", "NAM,2001,5,"),)))
    release = publish_light(changed(tiny, ((RATES, "version: 1.0.0", "version: 1.1.0"),)))
    assert release.manifest.tables["rates"].version == "1.1.0"
    again = publish_light(changed(tiny, ((FIGURES, "NAM,2001,5,", "NAM,2001,6,"),)))
    assert again.manifest.tables["rates"].version == "1.1.1"


def test_the_first_release_says_so(tiny: Builder) -> None:
    release = Release.open(tiny.store.home)
    assert release.manifest.previous is None
    assert told(release) == {"format": 1, "before": None, "after": release.id, "note": versions.FIRST}
    assert {t.version for t in release.manifest.tables.values()} <= {c.version for c in tiny.contracts.values()}


def test_a_damaged_release_is_made_anew_with_the_same_versions(tiny: Builder) -> None:
    release = publish_light(changed(tiny, ((FIGURES, "NAM,2001,4,", "NAM,2001,5,"),)))
    before = release.file_bytes("diff.json")
    flip(release.folder / "tables/rates.parquet")
    again = publish_light(reopened(tiny))
    assert again.file_bytes("diff.json") == before
    assert again.manifest.tables == release.manifest.tables
    assert again.manifest.previous == release.manifest.previous


def test_a_damaged_table_before_does_not_stop_a_release(tiny: Builder) -> None:
    flip(Release.open(tiny.store.home).folder / "tables/rates.parquet")
    release = publish_light(changed(tiny, ((FIGURES, "NAM,2001,4,", "NAM,2001,5,"),)))
    found = told(release)["tables"]
    assert "is not the file that was published" in found["rates"]["rows_not_compared"]
    assert release.manifest.tables["rates"].version == "1.1.0"  # it may hold anything
    assert found["rate_ranks"]["rows"] == {"added": 0, "removed": 0, "revised": 1}


@pytest.mark.parametrize("lost", ["manifest", "pointer", "folder"])
def test_a_lost_release_before_does_not_stop_one(tiny: Builder, lost: str) -> None:
    first = Release.open(tiny.store.home)
    if lost == "manifest":
        flip(first.folder / MANIFEST)
    elif lost == "pointer":
        writable(tiny.store.home / "current.json").write_text("{")
    else:
        shutil.rmtree(first.folder)
    release = publish_light(changed(tiny, ((FIGURES, "NAM,2001,4,", "NAM,2001,5,"),)))
    assert release.manifest.previous is None
    assert "release before it" in told(release)["note"]
    verify(tiny.store.home)


def test_versions_are_no_part_of_the_id(tiny: Builder, tmp_path: Path) -> None:
    edits = ((FIGURES, "NAM,2001,4,", "NAM,2001,5,"),)
    later = publish_light(changed(tiny, edits))
    fresh = make_tiny(tmp_path / "fresh")
    alone = publish_light(changed(fresh, edits))
    assert alone.id == later.id
    assert {n: t.sha256 for n, t in alone.manifest.tables.items()} == {
        n: t.sha256 for n, t in later.manifest.tables.items()
    }
    versions_of = [r.manifest.tables["rates"].version for r in (alone, later)]
    assert versions_of == ["1.0.0", "1.0.1"]


# --- tables that go ---------------------------------------------------------------------------------------------------

GONE = "deprecated: {since: 2026-01-01, until: 2999-01-01, replaced_by: rate_ranks}\n"


def add_table(tiny: Builder, line: str = "") -> None:
    root = tiny.project.root
    text = (root / RANKS).read_text().replace("table: rate_ranks\n", f"table: extra_ranks\n{line}")
    (root / "expectations/tables/extra_ranks.yml").write_text(text)
    (root / "sql/marts/extra_ranks.sql").write_text((root / SQL).read_text())


def drop_table(tiny: Builder) -> None:
    (tiny.project.root / "expectations/tables/extra_ranks.yml").unlink()
    (tiny.project.root / "sql/marts/extra_ranks.sql").unlink()


def test_a_table_may_not_go_unannounced_or_before_its_day(tiny: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    add_table(tiny)
    assert told(publish_light(reopened(tiny)))["tables"]["extra_ranks"]["change"] == "added"
    drop_table(tiny)
    rewrite(tiny, RATES, "min: 2,", "min: 3,")  # else it would be the release before that one, whole, once more
    with pytest.raises(ProjectInvalid, match=r"extra_ranks of release .* no contract had said that it would go"):
        publish_light(reopened(tiny))
    add_table(tiny, GONE)
    deprecated = publish_light(reopened(tiny))
    assert deprecated.manifest.tables["extra_ranks"].version == "1.1.0"
    with pytest.warns(DeprecationWarning, match="may be gone from 2999-01-01 on: load rate_ranks instead") as warned:
        tradefin.load("extra_ranks", home=tiny.store.home)
    assert warned[0].filename == __file__
    drop_table(tiny)
    with pytest.raises(ProjectInvalid, match=r"promised until 2999-01-01 \(replaced by rate_ranks\)"):
        publish_light(reopened(tiny))
    settle: Callable[..., Any] = versions.settle
    monkeypatch.setattr(versions, "settle", lambda t, d, b, _: settle(t, d, b, date(2999, 1, 1)))
    release = publish_light(reopened(tiny))
    assert told(release)["tables"]["extra_ranks"] == {
        "change": "removed",
        "replaced_by": "rate_ranks",
        "version": ["1.1.0", ""],
        "needs": "none",
        "row_count": [4, 0],
    }


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("deprecated: {since: 2026-01-01, until: 2025-01-01, replaced_by: rates}\n", "'until' must come after 'since'"),
        ("deprecated: {since: 2026-01-01, until: 2027-01-01, replaced_by: rate}\n", "replaced by 'rate', which is no"),
        ("deprecated: {since: 2026-01-01, until: 2027-01-01, replaced_by: extra_ranks}\n", "which is no other table"),
    ],
)
def test_a_deprecation_says_when_and_what_instead(tiny: Builder, line: str, problem: str) -> None:
    add_table(tiny, line)
    with pytest.raises(ProjectInvalid, match=problem):
        assert reopened(tiny).contracts
