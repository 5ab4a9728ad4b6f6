"""Two releases compared: what is counted, listed, paired and told, and the command that prints it."""

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from tests.publishing import flip, publish_light
from tests.tiny import make_tiny, reopened, rewrite
from tradefin.commands.diff import diff as command
from tradefin.errors import NotFound, ReleaseDamaged
from tradefin.releases.changes import Diff, TableDiff, largest
from tradefin.releases.diff import between, compare, find, to_json
from tradefin.releases.manifest import ColumnInfo, TableInfo
from tradefin.releases.release import Release
from tradefin.releases.rowchanges import Comparison, Pair, private

FIGURES = "bundled/bank/rates.csv"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three releases: as it is; one rate revised; one country and year more and one less."""
    folder = tmp_path_factory.mktemp("three")
    tiny = make_tiny(folder)
    publish_light(tiny)
    rewrite(tiny, FIGURES, "NAM,2001,4,", "NAM,2001,5,")
    publish_light(reopened(tiny))
    rewrite(tiny, FIGURES, "NAM,2000,3,bank-2001", "NAM,2002,6,bank-2002")
    publish_light(reopened(tiny))
    return tiny.store.home


def chain(home: Path) -> list[Release]:
    """The releases, first to current."""
    found = [Release.open(home)]
    while found[0].manifest.previous:
        found.insert(0, Release.open(home, found[0].manifest.previous))
    return found


def of(diff: Diff, table: str) -> TableDiff:
    return diff.tables[table]


def test_a_revised_value_is_told_with_both_values(home: Path) -> None:
    first, second, _ = chain(home)
    found = compare(first, second)
    rates = of(found, "rates")
    assert (rates.change, rates.needs, rates.rows.revised, rates.rows.added) == ("changed", "patch", 1, 0)
    (revision,) = rates.rows.revisions
    assert revision.key == {"iso3": "NAM", "year": "2001", "vintage_id": "bank-2002"}
    assert revision.values == {"rate_pct": ("4.0000", "5.0000")}
    assert rates.rows.columns == {"rate_pct": 1}
    assert "vintages" in found.same
    assert {t.table for t in found.changed} == {"rates", "rate_ranks"}


def test_rows_come_and_go_by_key(home: Path) -> None:
    _, second, third = chain(home)
    rows = of(compare(second, third), "rates").rows
    assert (rows.added, rows.removed, rows.revised) == (1, 1, 0)
    assert rows.added_keys == ({"iso3": "NAM", "year": "2002", "vintage_id": "bank-2002"},)
    assert rows.removed_keys == ({"iso3": "NAM", "year": "2000", "vintage_id": "bank-2001"},)


def test_a_mart_follows(home: Path) -> None:
    _, second, third = chain(home)
    told = json.loads(to_json(compare(second, third)))["tables"]["rate_ranks"]
    assert told["added"] == [{"year": "2002", "iso3": "NAM"}]


def test_counts_do_not_depend_on_the_limit(home: Path) -> None:
    first, _, third = chain(home)
    whole, short = of(compare(first, third), "rates").rows, of(compare(first, third, limit=0), "rates").rows
    assert (short.added, short.removed, short.revised) == (whole.added, whole.removed, whole.revised) == (1, 1, 1)
    assert (short.added_keys, short.removed_keys, short.revisions) == ((), (), ())


def test_each_release_carries_the_comparison_with_the_one_before(home: Path) -> None:
    first, second, third = chain(home)
    for before, after in ((first, second), (second, third)):
        told = json.loads(after.file_bytes("diff.json"))
        assert told == json.loads(to_json(compare(before, after)))


def test_a_release_and_itself(home: Path) -> None:
    release = Release.open(home)
    found = compare(release, release)
    assert not found.changed
    assert set(found.same) == set(release.manifest.tables)


def test_one_table_or_none_of_that_name(home: Path) -> None:
    first, second, _ = chain(home)
    assert list(compare(first, second, table="core.rates").tables) == ["rates"]
    with pytest.raises(NotFound, match="Did you mean rate_ranks or rates"):
        compare(first, second, table="rate_rank")


def test_releases_by_the_beginning_of_their_id(home: Path) -> None:
    ids = [r.id for r in chain(home)]
    assert find(home, ids[0]) == ids[0]
    assert find(home, ids[0].rpartition("-")[2][:6]) == ids[0]
    assert find(home, ids[0][:-3]) == ids[0]
    for unclear, said in (("2002-03-01", "3 releases begin so"), ("x", "no release begins so"), ("", "no release")):
        with pytest.raises(NotFound, match=said):
            find(home, unclear)
    before, after = between(home, None, None)
    assert [before.id, after.id] == ids[1:]
    before, after = between(home, ids[0], None)
    assert [before.id, after.id] == [ids[0], ids[2]]
    with pytest.raises(NotFound, match=r"has none before it: It is the first release.* Name two"):
        between(home, None, ids[0])


def test_a_damaged_file_is_not_compared(tmp_path: Path) -> None:
    tiny = make_tiny(tmp_path)
    first = publish_light(tiny)
    rewrite(tiny, FIGURES, "NAM,2001,4,", "NAM,2001,5,")
    second = publish_light(reopened(tiny))
    flip(first.folder / "tables/rates.parquet")
    with pytest.raises(ReleaseDamaged, match=r"rates\.parquet is not the file that was published"):
        compare(first, second)
    told = of(compare(first, second, tell_damage=True), "rates")
    assert (told.needs, told.rows.revised) == ("minor", 0)
    (first.folder / "tables/rates.parquet").unlink()
    assert "missing" in of(compare(first, second, tell_damage=True), "rates").rows.why_not


# --- columns ----------------------------------------------------------------------------------------------------------


def release_of(folder: Path, name: str, rows: dict[str, list[Any]], key: list[str], **columns: str) -> Release:
    """A release of one table, made by hand; `columns` are types, or `type|unit|description`."""
    from tradefin.releases.manifest import Manifest
    from tradefin.tables.parquet import parquet_bytes
    from tradefin.tables.store import digest

    data = parquet_bytes(pa.table(rows))
    (folder / name / "tables").mkdir(parents=True)
    (folder / name / "tables" / "t.parquet").write_bytes(data)
    parts = {n: (*c.split("|"), "", "")[:3] for n, c in columns.items()}
    infos = tuple(ColumnInfo(n, kind, unit, text, False) for n, (kind, unit, text) in parts.items())
    count = len(next(iter(rows.values())))
    table = TableInfo(
        "t",
        "core",
        count,
        "",
        "",
        tuple(key),
        infos,
        "1.0.0",
        "tables/t.parquet",
        digest(data),
        len(data),
        {},
        tuple(key),
    )
    return Release(name, folder / name, Manifest(name, "undated", "", "", {"t": table}, {}, ()), "")


def compared(tmp_path: Path, before: dict[str, Any], after: dict[str, Any]) -> TableDiff:
    return compare(release_of(tmp_path, "a", **before), release_of(tmp_path, "b", **after)).tables["t"]


def changes(found: TableDiff) -> list[tuple[str, str, str]]:
    return [(c.what, c.column, c.needs) for c in found.schema]


def test_a_column_of_the_same_values_was_renamed(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        {"rows": {"k": [1, 2], "x": [5, 6], "y": [5, 7]}, "key": ["k"], "k": "integer", "x": "integer", "y": "integer"},
        {"rows": {"k": [1, 2], "z": [5, 7], "w": [8, 9]}, "key": ["k"], "k": "integer", "z": "integer", "w": "integer"},
    )
    assert changes(found) == [
        ("column removed", "x", "major"),
        ("column added", "w", "minor"),
        ("column renamed", "z", "major"),
    ]
    assert (found.rows.revised, found.needs) == (0, "major")


def test_a_column_of_the_same_meaning_was_renamed_and_its_revisions_are_told(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        {"rows": {"k": [1, 2], "x": [5, 6]}, "key": ["k"], "k": "integer", "x": "integer|euro|the price"},
        {"rows": {"k": [1, 2], "z": [5, 7]}, "key": ["k"], "k": "integer", "z": "integer|euro|the price"},
    )
    assert changes(found) == [("column renamed", "z", "major")]
    assert [r.values for r in found.rows.revisions] == [{"z": ("6", "7")}]


def test_other_units_are_no_rename(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        {"rows": {"k": [1], "x_bn": [5]}, "key": ["k"], "k": "integer", "x_bn": "integer|bn|the price"},
        {"rows": {"k": [1], "x_mn": [5]}, "key": ["k"], "k": "integer", "x_mn": "integer|mn|the price"},
    )
    assert [c[0] for c in changes(found)] == ["column removed", "column added"]


def test_a_renamed_key_still_names_its_rows(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        {"rows": {"k": [1, 2], "x": [5, 6]}, "key": ["k"], "k": "integer", "x": "integer"},
        {"rows": {"id": [2, 3], "x": [7, 8]}, "key": ["id"], "id": "integer", "x": "integer"},
    )
    assert changes(found) == [("column renamed", "id", "major")]
    rows = found.rows
    assert (rows.added_keys, rows.removed_keys) == (({"id": "3"},), ({"k": "1"},))
    assert [(r.key, r.values) for r in rows.revisions] == [({"id": "2"}, {"x": ("6", "7")})]


def test_retyped_columns_are_compared_all_the_same(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        {"rows": {"k": [1, 2], "x": [5, 6]}, "key": ["k"], "k": "integer", "x": "integer"},
        {"rows": {"k": ["1", "2"], "x": ["5", "six"]}, "key": ["k"], "k": "text", "x": "text"},
    )
    assert changes(found) == [("type", "k", "major"), ("type", "x", "major")]
    assert (found.rows.added, found.rows.removed, found.rows.revised) == (0, 0, 1)


def test_rows_of_another_grain_are_not_compared(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        {"rows": {"k": [1, 1], "y": [1, 2]}, "key": ["k", "y"], "k": "integer", "y": "integer"},
        {"rows": {"k": [1], "y": [2]}, "key": ["k"], "k": "integer", "y": "integer"},
    )
    assert ("grain", "", "major") in changes(found)
    assert found.as_json()["rows_not_compared"] == "the grain has changed"
    assert "rows" not in found.as_json()


def test_a_key_that_names_two_rows_is_noticed(tmp_path: Path) -> None:
    found = compared(
        tmp_path,
        {"rows": {"k": [1, 1]}, "key": ["k"], "k": "integer"},
        {"rows": {"k": [1, 1, 1]}, "key": ["k"], "k": "integer"},
    )
    assert found.rows.why_not == "the key does not name one row"


def test_the_largest_bump() -> None:
    assert largest([]) == "none"
    assert largest(["patch", "major", "minor"]) == "major"


# --- any rows at all --------------------------------------------------------------------------------------------------

Rows = dict[tuple[str, int], tuple[int | None, str | None]]


def some_rows(chance: random.Random) -> Rows:
    keys = {(chance.choice("abc"), chance.randrange(12)) for _ in range(chance.randrange(25))}
    return {k: (chance.choice([None, 1, 2]), chance.choice([None, "", "x", "é'\""])) for k in keys}


def written(path: Path, rows: Rows) -> Path:
    columns = {
        "k": pa.array([k for k, _ in rows], pa.string()),
        "n": pa.array([n for _, n in rows], pa.int64()),
        "x": pa.array([x for x, _ in rows.values()], pa.int64()),
        "y": pa.array([y for _, y in rows.values()], pa.string()),
    }
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize("seed", range(30))
def test_any_rows_are_compared_as_two_dictionaries_would_be(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311 - not a secret
    before, after = some_rows(chance), some_rows(chance)
    files = written(tmp_path / "before 'a'.parquet", before), written(tmp_path / "b.parquet", after)
    with private() as con:
        comparison = Comparison(con, *files, (Pair("k", "k"), Pair("n", "n")))
        found = comparison.changes((Pair("x", "x"), Pair("y", "y")), (len(before), len(after)), 1000)
    same_key = before.keys() & after.keys()
    revised = {k for k in same_key if before[k] != after[k]}
    assert {(k["k"], int(k["n"] or 0)) for k in found.added_keys} == after.keys() - before.keys()
    assert {(k["k"], int(k["n"] or 0)) for k in found.removed_keys} == before.keys() - after.keys()
    assert (found.added, found.removed, found.revised) == (
        len(after.keys() - before.keys()),
        len(before.keys() - after.keys()),
        len(revised),
    )
    for revision in found.revisions:
        key = (str(revision.key["k"]), int(revision.key["n"] or 0))
        pairs = zip("xy", before[key], after[key], strict=True)
        assert revision.values == {c: (text(o), text(n)) for c, o, n in pairs if o != n}
    assert [r.key for r in found.revisions] == sorted(
        (r.key for r in found.revisions), key=lambda k: (k["k"] or "", int(k["n"] or 0))
    )


def text(value: object) -> str | None:
    return None if value is None else str(value)


# --- the command ------------------------------------------------------------------------------------------------------


def run(home: Path, *arguments: str) -> str:
    app = typer.Typer()
    app.command()(command)
    done = CliRunner().invoke(app, arguments, env={"TRADEFIN_HOME": str(home)}, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_command_says_what_has_changed(home: Path) -> None:
    first, second, third = chain(home)
    said = run(home, first.id, second.id)
    assert f"From release {first.id} to {second.id}" in said
    assert "~ iso3=NAM, year=2001, vintage_id=bank-2002: rate_pct 4.0000 → 5.0000" in said
    assert "1.0.0 → 1.0.1" in said
    last = run(home)
    assert f"From release {second.id} to {third.id}" in last
    assert "+ iso3=NAM, year=2002, vintage_id=bank-2002" in last
    assert "- iso3=NAM, year=2000, vintage_id=bank-2001" in last


def test_the_command_says_when_it_lists_less_than_there_is(home: Path) -> None:
    said = run(home, "--table", "rates", "--limit", "0")
    assert "(0 of 1 added rows; --limit lists more)" in said
    assert "rate_ranks" not in said


def test_long_texts_are_shown_where_they_differ() -> None:
    from tradefin.commands.diff import _apart

    assert _apart("4.0000", None) == "4.0000 → missing"
    shown = _apart(
        "In real terms the economy of the country grew by 5.1", "In real terms the economy of the country grew by 6"
    )
    assert shown == "…the country grew by 5.1 → …the country grew by 6"


def test_the_command_as_json(home: Path) -> None:
    told = json.loads(run(home, "--json"))
    assert told == json.loads(Release.open(home).file_bytes("diff.json"))
    assert json.loads(run(home, "--json", "--limit", "0"))["tables"]["rates"]["rows"]["added"] == 1
