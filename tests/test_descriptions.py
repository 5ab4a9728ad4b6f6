"""A release says of each table and column the same in every place, and what its contract says."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

import tradefin
from tests.publishing import publish_light
from tests.tiny import make_tiny
from tradefin.releases.database import meaning
from tradefin.releases.release import Release
from tradefin.tables.builder import Builder

Said = dict[str, dict[str, Any]]  # table, or table.column -> what is said of it


def contracts(builder: Builder) -> Said:
    """What the contracts and publishers say."""
    said: Said = {}
    for stem, contract in builder.contracts.items():
        sources = builder.sources_of(stem)
        said[stem] = {
            "text": contract.text,
            "grain": contract.one_row_is,
            "caveats": list(contract.caveats),
            "sources": sorted((p.name, p.landing_page) for p in sources),
            "licences": sorted(
                (one.name, one.address, one.attribution) for p in sources for one in p.licences.values()
            ),
        }
        for name, column in contract.columns.items():
            text = column.text or column.unit
            said[f"{stem}.{name}"] = {"text": text, "unit": column.unit, "codelist": column.codelist}
    return said


def database(release: Release) -> Said:
    """What the schema `meta` says."""
    with duckdb.connect(str(release.database), read_only=True) as con:
        sources = rows(con, "from meta.sources")
        tables, columns = rows(con, "from meta.tables"), rows(con, "from meta.columns")
    said: Said = {}
    for table in tables:
        own = [s for s in sources if s["publisher"] in table["publishers"]]
        said[table["table_name"]] = {
            "text": table["description"],
            "grain": table["one_row_is"],
            "caveats": table["caveats"],
            "sources": sorted({(s["name"], s["landing_page"]) for s in own}),
            "licences": sorted((s["licence_name"], s["address"], s["attribution"]) for s in own),
        }
    for column in columns:
        said[f"{column['table_name']}.{column['column_name']}"] = {
            "text": column["description"],
            "unit": column["unit"] or "",
            "codelist": column["codelist"] or "",
        }
    return said


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = con.sql(sql).to_arrow_table().to_pylist()
    return found


def parquet(release: Release) -> Said:
    """What each Parquet file's metadata says."""
    said: Said = {}
    for stem, table in release.manifest.tables.items():
        schema = pq.read_schema(release.folder / table.path)
        about = json.loads(schema.metadata[b"tradefin"])
        said[stem] = {
            "text": about["description"],
            "grain": about["one_row_is"],
            "caveats": about["caveats"],
            "sources": sorted({(r["publisher"], r["landing_page"]) for r in about["rights"]}),
            "licences": sorted((r["licence"], r["address"], r["attribution"]) for r in about["rights"]),
        }
        for field in schema:
            known = {k.decode(): v.decode() for k, v in (field.metadata or {}).items()}
            said[f"{stem}.{field.name}"] = {
                "text": known.get("description", ""),
                "unit": known.get("unit", ""),
                "codelist": known.get("codelist", ""),
            }
    return said


def package(release: Release) -> Said:
    """What `datapackage.json` says; its descriptions hold the caveats, its titles the grain."""
    said: Said = {}
    for resource in json.loads((release.folder / "datapackage.json").read_text(encoding="utf-8"))["resources"]:
        caveats = resource["caveats"]
        said[resource["name"]] = {
            "text": resource["description"].removesuffix(" ".join(["", *caveats])),
            "grain": resource["title"].removeprefix("One row is "),
            "caveats": caveats,
            "sources": sorted((s["title"], s["path"]) for s in resource["sources"]),
            "licences": sorted((one["title"], one["path"], one["attribution"]) for one in resource["licenses"]),
        }
        for field in resource["schema"]["fields"]:
            said[f"{resource['name']}.{field['name']}"] = {
                "text": field["description"],
                "unit": field.get("unit", ""),
                "codelist": field.get("codelist", ""),
            }
    return said


PLACES: list[Callable[[Release], Said]] = [database, parquet, package]


@pytest.mark.xdist_group("real release")
@pytest.mark.parametrize("place", PLACES, ids=lambda p: p.__name__)
def test_every_place_says_what_the_contracts_say(
    place: Callable[[Release], Said], real: Release, builder: Builder
) -> None:
    wanted, found = contracts(builder), place(real)
    assert set(found) == set(wanted)
    assert [(name, found[name], told) for name, told in wanted.items() if found[name] != told] == []


@pytest.mark.xdist_group("real release")
def test_nothing_is_left_unsaid(builder: Builder) -> None:
    """Every table has text, source and licence, every column text, every number a unit."""
    for name, told in contracts(builder).items():
        table, _, column = name.partition(".")
        assert told["text"], name
        if not column:
            assert told["sources"] and all(all(one) for one in (*told["sources"], *told["licences"])), name
        elif builder.contracts[table].columns[column].type.startswith(("integer", "decimal")):
            assert told["unit"], name


@pytest.mark.xdist_group("real release")
def test_comments_say_it_too(real: Release, builder: Builder) -> None:
    with duckdb.connect(str(real.database), read_only=True) as con:
        tables = con.execute("select table_name, comment from duckdb_tables() where schema_name <> 'meta'").fetchall()
        columns = con.execute(
            "select table_name || '.' || column_name, comment from duckdb_columns() "
            "where not internal and schema_name <> 'meta'"
        ).fetchall()
    assert dict(tables) == {s: f"{c.text} One row is {c.one_row_is}." for s, c in builder.contracts.items()}
    assert dict(columns) == {
        f"{s}.{n}": meaning(column.text, column.unit)
        for s, c in builder.contracts.items()
        for n, column in c.columns.items()
    }


@pytest.mark.xdist_group("real release")
def test_what_as_of_needs_travels_with_the_files(real: Release, builder: Builder) -> None:
    for stem, contract in builder.contracts.items():
        info, schema = real.manifest.tables[stem], pq.read_schema(real.folder / real.manifest.tables[stem].path)
        told = json.loads(schema.metadata[b"tradefin"])["as_of"]
        assert told == (contract.as_of.model_dump(mode="json") if contract.as_of else None)
        assert (info.as_of is None) == (contract.as_of is None)
        since = {n: c.known_from for n, c in contract.columns.items() if c.known_from}
        assert {c.name: c.known_from for c in info.columns if c.known_from} == since
        assert {
            f.name: f.metadata[b"known_from"].decode() for f in schema if b"known_from" in (f.metadata or {})
        } == since


@pytest.mark.xdist_group("real release")
def test_the_sql_of_every_table_is_there(real: Release, builder: Builder) -> None:
    for stem, path in builder.project.sql_files.items():
        assert (real.folder / real.manifest.tables[stem].sql).read_bytes() == path.read_bytes()
    for claim, path in builder.project.claim_sql_files.items():
        assert (real.folder / f"sql/claims/{claim}.sql").read_bytes() == path.read_bytes()
    listed = {name for name in real.manifest.files if name.startswith("sql/")}
    assert len(listed) == len(builder.project.sql_files) + len(builder.project.claim_sql_files)


@pytest.mark.xdist_group("real release")
def test_every_question_of_the_dictionary_has_an_answer(real: Release, builder: Builder) -> None:
    """Run as a reader of the DuckDB file would; only a table that is empty without live figures may answer nothing."""
    silent = []
    with duckdb.connect(str(real.database), read_only=True) as con:
        con.execute("set search_path = 'core,marts,claims,codelists'")
        for stem, contract in builder.contracts.items():
            for example in contract.examples:
                try:
                    answered = bool(con.execute(example.sql).fetchall())
                except duckdb.Error as error:
                    pytest.fail(f"{stem}, '{example.question}': {error}")
                if real.manifest.tables[stem].rows and not answered:
                    silent.append(f"{stem}: {example.question}")
    assert silent == []


@pytest.mark.xdist_group("real release")
def test_every_table_is_loaded_as_its_page_says(real: Release) -> None:
    for stem, table in real.manifest.tables.items():
        assert tradefin.load(stem, release=real.id, home=real.folder.parents[1]).num_rows == table.rows


# --- Croissant --------------------------------------------------------------------------------------------------------


def test_mlcroissant_finds_no_fault_and_reads_the_rows(tmp_path: Path) -> None:
    mlc = pytest.importorskip("mlcroissant")
    release = publish_light(make_tiny(tmp_path))
    dataset = mlc.Dataset(jsonld=str(release.folder / "croissant.json"))
    assert dataset.metadata.ctx.issues.report() == ""
    assert {r.uuid for r in dataset.metadata.record_sets} == set(release.manifest.tables)
    found = list(dataset.records("rates"))
    assert [(r["rates/iso3"], r["rates/year"], r["rates/rate_pct"]) for r in found] == [
        (b"JPN", 2000, 10.5),
        (b"JPN", 2001, 11.25),
        (b"NAM", 2000, 3.0),
        (b"NAM", 2001, 4.0),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            '"fileObject": {\n       "@id": "tables/rates.parquet"',
            '"fileObject": {\n       "@id": "tables/tares.parquet"',
        ),
        ('"@id": "vintages/vintage_id"\n      }\n     }', '"@id": "vintages/id"\n      }\n     }'),
        ('"dataType": "sc:Float"', '"dataType": "sc:Price"'),
        ('"encodingFormat": "application/x-parquet",', ""),
    ],
)
def test_mlcroissant_would_notice(old: str, new: str, tmp_path: Path) -> None:
    mlc = pytest.importorskip("mlcroissant")
    path = publish_light(make_tiny(tmp_path)).folder / "croissant.json"
    text = path.read_text(encoding="utf-8")
    assert old in text
    spoilt = tmp_path / "croissant.json"
    spoilt.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(mlc.ValidationError):
        mlc.Dataset(jsonld=str(spoilt))


@pytest.mark.xdist_group("real release")
def test_the_projects_croissant_is_valid_and_whole(real: Release) -> None:
    mlc = pytest.importorskip("mlcroissant")
    dataset = mlc.Dataset(jsonld=str(real.folder / "croissant.json"))
    assert dataset.metadata.ctx.issues.report() == ""
    fields = {f.uuid for r in dataset.metadata.record_sets for f in r.fields}
    assert fields == {f"{t.name}/{c.name}" for t in real.manifest.tables.values() for c in t.columns}
    for stem in ("codelist_reserve_series_publishers", "us_japan_disputes", "wto_rulings"):  # they refer to others
        assert sum(1 for _ in dataset.records(stem)) == real.manifest.tables[stem].rows


@pytest.mark.xdist_group("real release")
def test_it_is_a_dataset_of_schema_org(real: Release) -> None:
    """What search engines for datasets ask for: name, description, licence, creator, what is measured in what unit."""
    told = json.loads((real.folder / "croissant.json").read_text(encoding="utf-8"))
    assert (told["@type"], told["@context"]["@vocab"]) == ("sc:Dataset", "https://schema.org/")
    assert 50 <= len(told["description"]) <= 5000
    assert all(told[key] for key in ("name", "url", "license", "creator", "keywords", "isBasedOn", "datePublished"))
    assert all(v["unitText"] and v["description"] for v in told["variableMeasured"])
