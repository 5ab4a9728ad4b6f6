"""The tables of a release as an Iceberg table set: the same files, alike in every engine, whole or as before."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

import tradefin
from tests.publishing import flip, publish_light
from tests.sources.loopback import Loopback
from tests.tiny import make_tiny, reopened, rewrite
from tests.unit.test_partitioned import STEM, answer, ask, published
from tradefin import iceberg
from tradefin.addresses import marked
from tradefin.errors import ProjectInvalid, ReleaseDamaged, Unavailable
from tradefin.iceberg import CATALOGUE, FOLDER, write
from tradefin.partitioned.flow import Partitions
from tradefin.project import Project
from tradefin.releases.release import Release
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store


@pytest.fixture
def tiny(tmp_path: Path) -> Builder:
    return make_tiny(tmp_path)


@pytest.fixture
def release(tiny: Builder) -> Release:
    return publish_light(tiny)


def catalogue(home: Path) -> SqlCatalog:
    return SqlCatalog("tradefin", uri=f"sqlite:///{home / FOLDER / CATALOGUE}", warehouse=(home / FOLDER).as_uri())


def tables(home: Path) -> Iterator[Table]:
    listed = catalogue(home)
    for (namespace,) in listed.list_namespaces():
        for name in listed.list_tables(namespace):
            yield listed.load_table(name)


def files_of(table: Table) -> list[str]:
    return [task.file.file_path.removeprefix("file://") for task in table.scan().plan_files()]


def rows(table: pa.Table) -> list[tuple[Any, ...]]:
    return sorted((tuple(row.values()) for row in table.to_pylist()), key=repr)


@pytest.mark.filterwarnings("ignore:Iceberg scan planning")  # polars would rather plan by a package of its own
def test_every_engine_reads_from_the_same_files_what_load_reads(tiny: Builder, release: Release) -> None:
    home = tiny.store.home
    listed = write(home)
    assert [(one.table, one.rows, one.files, one.state) for one in listed] == [
        (f"{info.layer}.{name}", info.rows, 1, "new") for name, info in release.manifest.tables.items()
    ]
    found = {table.name()[-1]: table for table in tables(home)}
    assert set(found) == set(release.manifest.tables)
    for name, table in found.items():
        expected = rows(tradefin.load(name, home=home))
        files = files_of(table)
        assert files in ([], [str(release.folder / release.manifest.tables[name].path)])
        assert rows(table.scan().to_arrow()) == expected
        assert rows(pl.scan_iceberg(table.metadata_location).collect().to_arrow()) == expected
        if files:
            with duckdb.connect() as con:
                assert rows(con.execute(f"from read_parquet({files})").to_arrow_table()) == expected
    assert not [*(home / FOLDER).rglob("*.parquet")]


def test_a_table_tells_what_its_columns_mean_and_whose_figures_they_are(tiny: Builder, release: Release) -> None:
    write(tiny.store.home)
    table = catalogue(tiny.store.home).load_table(("core", "rates"))
    docs = {field.name: field.doc for field in table.schema().fields}
    assert (docs["iso3"], docs["rate_pct"], docs["year"]) == ("the country", "in percent", "year of the rate; in year")
    assert table.properties["comment"] == "The rate of each country."
    assert "https://bank.example/terms" in table.properties["tradefin"]
    assert table.properties["tradefin.sha256"] == release.manifest.tables["rates"].sha256


def test_each_release_is_a_snapshot_that_can_be_gone_back_to(tiny: Builder, release: Release) -> None:
    home = tiny.store.home
    write(home)
    rewrite(tiny, "bundled/bank/rates.csv", "NAM,2001,4,", "NAM,2001,5,")
    second = publish_light(reopened(tiny))
    assert {one.state for one in write(home)} == {"changed"}
    table = catalogue(home).load_table(("core", "rates"))
    for one in (release, second):
        then = table.scan(snapshot_id=table.refs()[one.id].snapshot_id).to_arrow()
        assert rows(then) == rows(tradefin.load("rates", home=home, release=one.id))
    assert rows(table.scan().to_arrow()) == rows(tradefin.load("rates", home=home))
    write(home, release.id)
    table = catalogue(home).load_table(("core", "rates"))
    assert rows(table.scan().to_arrow()) == rows(tradefin.load("rates", home=home, release=release.id))


def test_listing_again_changes_nothing(tiny: Builder, release: Release) -> None:
    home = tiny.store.home
    write(home)
    before = {path: path.read_bytes() for path in (home / FOLDER).rglob("*") if path.is_file()}
    assert {one.state for one in write(home)} == {"same"}
    assert before == {path: path.read_bytes() for path in (home / FOLDER).rglob("*") if path.is_file()}


def test_a_damaged_file_is_named_and_nothing_is_listed(tiny: Builder, release: Release) -> None:
    flip(release.folder / release.manifest.tables["rates"].path)
    with pytest.raises(ReleaseDamaged, match=r"rates\.parquet is not the file that was published"):
        write(tiny.store.home)
    assert not (tiny.store.home / FOLDER).exists()


def test_one_that_is_interrupted_leaves_the_catalogue_as_it_was(
    tiny: Builder, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tiny.store.home
    write(home)
    before = (home / FOLDER / CATALOGUE).read_bytes()
    rewrite(tiny, "bundled/bank/rates.csv", "NAM,2001,4,", "NAM,2001,5,")
    publish_light(reopened(tiny))
    real, turns = iceberg._list, iter(range(3))

    def dying(catalogue: SqlCatalog, given: iceberg.Given) -> iceberg.Listed:
        if next(turns, None) is None:
            raise KeyboardInterrupt
        return real(catalogue, given)

    monkeypatch.setattr(iceberg, "_list", dying)
    with pytest.raises(KeyboardInterrupt):
        write(home)
    assert (home / FOLDER / CATALOGUE).read_bytes() == before
    monkeypatch.undo()
    assert {one.state for one in write(home)} == {"changed"}


def test_another_version_of_a_contract_makes_the_table_anew(tiny: Builder, release: Release) -> None:
    home = tiny.store.home
    write(home)
    contract = "expectations/tables/rates.yml"
    rewrite(tiny, contract, "  known_on: {", "  newly_on: {type: date, text: new}\n  known_on: {")
    rewrite(tiny, contract, "version: 1.0.0", "version: 1.1.0")
    rewrite(tiny, "sql/core/rates.sql", "v.known_on,", "v.known_on, v.known_on as newly_on,")
    second = publish_light(reopened(tiny))
    write(home)
    table = catalogue(home).load_table(("core", "rates"))
    assert rows(table.scan().to_arrow()) == rows(tradefin.load("rates", home=home))
    assert "newly_on" in table.schema().column_names
    assert set(table.refs()) == {"main", second.id}
    assert set(catalogue(home).load_table(("marts", "rate_ranks")).refs()) == {"main", release.id, second.id}


def test_a_folder_that_has_moved_says_what_to_do(tiny: Builder, release: Release, tmp_path: Path) -> None:
    write(tiny.store.home)
    moved = tiny.store.home.rename(tmp_path / "moved")
    with pytest.raises(Unavailable, match=r"written for another place.*Remove the folder iceberg and list again"):
        write(moved)


def test_outputs_in_an_object_store_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEFIN_CACHE", str(tmp_path))
    with pytest.raises(ProjectInvalid, match="s3://bucket/path: only outputs in a folder"):
        write(marked("s3://bucket/path"))


def test_without_the_extra_it_says_what_to_install(
    tiny: Builder, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyiceberg.catalog.sql", None)
    with pytest.raises(Unavailable, match=r"pip install 'tradefin\[iceberg\]'"):
        write(tiny.store.home)


def test_partitions_are_one_table_partitioned_by_their_column(project: Project, tmp_path: Path) -> None:
    home = tmp_path / "outputs"
    tiny = make_tiny(tmp_path)
    assert publish_light(tiny).folder.is_relative_to(home)
    (flow,) = Partitions.all(Builder(project, Store(home)))
    with Loopback("stats.bis.org") as bis:
        ask(bis, flow, "GB", answer("GB", "US,2025-Q4,-3166.185,A", "US,2026-Q1,194782.426,A"))
        ask(bis, flow, "NO", answer("NO", "SE,2026-Q1,0.132,E"))
        published(flow, "GB")
        first = published(flow, "NO")
        write(home)
        table = catalogue(home).load_table(("partitioned", STEM))
        assert [field.name for field in table.spec().fields] == ["reporting_country"]
        assert table.scan().to_arrow().num_rows == first.rows == 3
        one = table.scan(row_filter="reporting_country = 'NO'")
        assert [Path(task.file.file_path).stem for task in one.plan_files()] == [first.partitions["NO"].sha256]
        ask(bis, flow, "NO", answer("NO", "SE,2026-Q1,0.5,A", "SE,2025-Q4,0.4,A"))
        second = published(flow, "NO")
        write(home)
    table = catalogue(home).load_table(("partitioned", STEM))
    assert table.scan().to_arrow().num_rows == second.rows == 4
    assert table.scan(snapshot_id=table.refs()[first.id].snapshot_id).to_arrow().num_rows == 3
    assert {pq.read_metadata(file).num_rows for file in files_of(table)} == {2}
