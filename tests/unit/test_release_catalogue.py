"""What a release says about itself: the DuckDB file and the data package."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.publishing import publish_light
from tests.tiny import make_tiny
from tradefin.errors import ProjectInvalid
from tradefin.releases import datapackage
from tradefin.releases.database import meaning, problems_of
from tradefin.releases.manifest import Manifest
from tradefin.releases.release import Release


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return publish_light(make_tiny(tmp_path_factory.mktemp("tiny")))


@pytest.fixture(scope="module")
def con(release: Release) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(release.database), read_only=True)


@pytest.fixture
def package(release: Release) -> dict[str, Any]:
    return dict(json.loads((release.folder / "datapackage.json").read_text(encoding="utf-8")))


def test_tables_are_in_their_schemas_with_their_rows(release: Release, con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute("select schema_name, table_name from duckdb_tables() where schema_name <> 'meta'").fetchall()
    assert set(found) == {(t.layer, t.name) for t in release.manifest.tables.values()}
    assert con.execute("select iso3, rate_pct::varchar from core.rates").fetchall() == [
        ("JPN", "10.5000"),
        ("JPN", "11.2500"),
        ("NAM", "3.0000"),
        ("NAM", "4.0000"),
    ]


def test_every_table_and_column_has_a_comment(con: duckdb.DuckDBPyConnection) -> None:
    tables = con.execute("select schema_name, table_name, comment from duckdb_tables() where not internal").fetchall()
    columns = con.execute(
        "select schema_name || '.' || table_name || '.' || column_name, comment from duckdb_columns() "
        "where not internal and schema_name in ('codelists', 'core', 'marts', 'claims', 'meta')"
    ).fetchall()
    assert len(tables) == 10 + 8
    assert not [t for t in tables if not t[2]]
    assert not [c for c, comment in columns if not comment]
    assert dict(columns)["core.rates.rate_pct"] == "percent"


def test_meaning_holds_the_unit() -> None:
    assert meaning("the quota", "millions of SDR") == "the quota [millions of SDR]"
    assert (meaning("", "percent"), meaning("year", "")) == ("percent", "year")


def test_keys_and_not_null_are_declared(con: duckdb.DuckDBPyConnection) -> None:
    keys = con.execute("select table_name, key from meta.tables").fetchall()
    assert dict(keys)["rates"] == ["iso3", "year", "vintage_id"]
    assert len(keys) == 10
    nullable = con.execute(
        "select column_name from duckdb_columns() where schema_name = 'claims' "
        "and table_name = 'claim_measurements' and is_nullable"
    ).fetchall()
    assert {n for (n,) in nullable} == {"value", "claimed_value", "ratio_to_claim", "note", "known_by"}


def test_meta_tables_tell_the_release(release: Release, con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute("select release, rows from meta.release").fetchall() == [(release.id, 29)]
    assert con.execute("select sha256, key from meta.tables where table_name = 'rates'").fetchall() == [
        (release.manifest.tables["rates"].sha256, ["iso3", "year", "vintage_id"])
    ]
    assert con.execute(
        "select unit, min, max from meta.columns where column_name = 'rate_pct' and table_name = 'rates'"
    ).fetchall() == [("percent", "0", "100")]
    assert con.execute("select licence, attribution from meta.sources").fetchall() == [
        ("bank-terms", "Source: The Bank"),
        ("apache-2", "Source: tradefin"),
    ]
    assert con.execute("select count(*) from meta.checks where success").fetchall() == [(10,)]
    assert ("NAM", "Namibia") in con.execute("from codelists.codelist_countries").fetchall()


def test_lineage_is_read_from_the_sql(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute("select upstream from meta.lineage where table_name = 'rates'").fetchall() == [
        ("source_bank_rates",),
        ("vintages",),
    ]
    assert con.execute(
        "select upstream, upstream_column from meta.column_lineage where table_name = 'rates' "
        "and column_name = 'rate_pct'"
    ).fetchall() == [("source_bank_rates", "rate")]


def test_a_database_with_other_rows_is_noticed(release: Release) -> None:
    tree = json.loads(release.manifest.to_bytes())
    assert not problems_of(release.database, release.manifest)
    tree["tables"]["rates"]["rows"] = 5
    other = Manifest.from_bytes(json.dumps(tree).encode(), "manifest")
    assert problems_of(release.database, other) == ["tradefin.duckdb: core.rates has 4 rows instead of 5"]


# --- the data package -------------------------------------------------------------------------------------------------


def test_the_package_describes_fields_keys_and_rights(package: dict[str, Any]) -> None:
    resources = {r["name"]: r for r in package["resources"]}
    schema = resources["rates"]["schema"]
    fields = {f["name"]: f for f in schema["fields"]}
    assert fields["rate_pct"]["unit"] == "percent"
    assert fields["rate_pct"]["constraints"] == {"required": True, "minimum": 0, "maximum": 100}
    assert fields["iso3"]["constraints"]["enum"] == ["JPN", "NAM"]
    assert schema["primaryKey"] == ["iso3", "year", "vintage_id"]
    assert schema["foreignKeys"] == [
        {"fields": ["iso3"], "reference": {"resource": "codelist_countries", "fields": ["iso3"]}},
        {"fields": ["vintage_id"], "reference": {"resource": "vintages", "fields": ["vintage_id"]}},
    ]
    assert resources["rates"]["licenses"][0]["path"] == "https://bank.example/terms"
    assert resources["vintages"]["sources"][0]["title"] == "tradefin"  # it holds no publisher's figures


def test_frictionless_itself_reads_the_package(release: Release) -> None:
    frictionless = pytest.importorskip("frictionless")
    package = frictionless.Package(str(release.folder / "datapackage.json"))
    report = package.validate()
    assert report.valid, report.flatten(["title", "message"])
    assert {t.name: t.stats["rows"] for t in report.tasks} == {t.name: t.rows for t in release.manifest.tables.values()}


def spoil(package: dict[str, Any], place: str, value: object) -> None:
    *parts, last = place.split(".")
    node: Any = package
    for part in parts:
        node = node[int(part)] if part.isdigit() else node[part]
    if value is None:
        del node[last]
    else:
        node[int(last) if last.isdigit() else last] = value


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("resources", []),
        ("licenses", []),
        ("contributors", [{}]),
        ("version", None),
        ("name", "Trade Fin"),
        ("homepage", "tradefin"),
        ("licenses.0.name", "bank terms"),
        ("sources.0.path", "../elsewhere"),
        ("resources.0.name", None),
        ("resources.0.path", "/etc/passwd"),
        ("resources.0.path", "tables/../../x"),
        ("resources.0.path", "file:x"),
        ("resources.0.data", []),
        ("resources.0.type", "json"),
        ("resources.0.hash", "sha256:xyz"),
        ("resources.0.bytes", "many"),
        ("resources.0.mediatype", "parquet"),
        ("resources.0.schema.fields", []),
        ("resources.0.schema.primaryKey", ["a", "a"]),
        ("resources.0.schema.foreignKeys.0.reference", {}),
        ("resources.0.schema.fields.0.type", "text"),
        ("resources.0.schema.fields.0.constraints.minimum", 1),
        ("resources.0.schema.fields.0.constraints.enum", [1]),
        ("resources.0.schema.fields.1.constraints.minimum", "1990"),
        ("resources.0.schema.fields.1.constraints.required", "yes"),
    ],
)
def test_the_form_refuses(package: dict[str, Any], place: str, value: object) -> None:
    datapackage.validate(package)
    spoil(package, place, value)
    with pytest.raises(ProjectInvalid, match=r"datapackage\.json"):
        datapackage.validate(package)


def test_the_readme_names_tables_and_attributions(release: Release) -> None:
    text = (release.folder / "README.md").read_text(encoding="utf-8")
    assert release.id in text
    assert "| `rates` | core | 4 |" in text
    assert "Source: The Bank. [Terms of the bank](https://bank.example/terms), checked on 2026-11-23." in text


def test_the_files_of_a_release_hold_no_local_path(release: Release) -> None:
    local = str(release.folder.parents[2]).encode()
    assert not [p.name for p in release.folder.rglob("*") if p.is_file() and local in p.read_bytes()]


def test_paths_with_quotes_are_fine(tmp_path: Path) -> None:
    place = tmp_path / "o'neill ü"
    place.mkdir()
    assert publish_light(make_tiny(place)).database.exists()
