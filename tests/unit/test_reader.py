"""The reader's face: light to import, verified before use, clear when something is not there."""

import builtins
import random
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow.dataset as ds
import pytest

import tradefin
from tests.publishing import flip, publish_light, writable
from tests.tiny import make_tiny, reopened, rewrite
from tradefin.errors import NotFound, ReleaseDamaged
from tradefin.releases.release import Release


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    publish_light(make_tiny(folder))
    return folder / "outputs"


def test_load_gives_an_arrow_table_with_units(home: Path) -> None:
    table = tradefin.load("rates", home=home)
    assert table.num_rows == 4
    assert table.column("rate_pct").to_pylist()[0] == Decimal("10.5000")
    assert table.schema.field("rate_pct").metadata[b"unit"] == b"percent"
    assert tradefin.load("core.rates", home=str(home)).equals(table)


def test_a_dataset_is_read_in_part_and_its_file_verified(home: Path, tmp_path: Path) -> None:
    found = tradefin.dataset("core.rates", home=home)
    assert found.to_table(columns=["iso3"], filter=ds.field("year") == 2001).column("iso3").to_pylist() == [
        "JPN",
        "NAM",
    ]
    spoilt = publish_light(make_tiny(tmp_path))
    flip(spoilt.folder / "tables" / "rates.parquet")
    with pytest.raises(ReleaseDamaged, match=r"rates\.parquet"):
        tradefin.dataset("rates", home=tmp_path / "outputs")
    with pytest.raises(NotFound, match="Did you mean rates"):
        tradefin.dataset("rats", home=home)


def test_load_takes_columns_in_the_order_asked_for(home: Path) -> None:
    assert tradefin.load("rates", home=home, columns=["rate_pct", "iso3"]).column_names == ["rate_pct", "iso3"]
    with pytest.raises(NotFound, match="Did you mean rate_pct"):
        tradefin.load("rates", home=home, columns=["rate_pc"])


def test_load_as_pandas_keeps_decimals_exact(home: Path) -> None:
    frame = tradefin.load("rates", home=home, as_="pandas")
    assert frame["rate_pct"].sum() == Decimal("28.75")
    assert frame["known_on"].iloc[0] == date(2001, 3, 1)
    assert frame.loc[frame["iso3"] == "NAM", "year"].tolist() == [2000, 2001]
    measured = tradefin.load("claim_measurements", home=home, as_="pandas")
    assert measured["note"].isna().all()


def test_load_as_polars(home: Path) -> None:
    assert tradefin.load("rates", home=home, as_="polars")["rate_pct"].sum() == Decimal("28.75")


def test_load_as_something_else(home: Path) -> None:
    with pytest.raises(ValueError, match="as_='spark' is not known"):
        tradefin.load("rates", home=home, as_="spark")  # type: ignore[call-overload]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_library_that_is_not_installed_is_named(home: Path, monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> ModuleType:  # noqa: ANN401 - as the built-in
        if name == library:
            raise ModuleNotFoundError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=f"needs {library}, which is not installed: pip install {library}"):
        tradefin.load("rates", home=home, as_=library)  # type: ignore[call-overload]


def test_unknown_tables_are_suggested(home: Path) -> None:
    with pytest.raises(NotFound, match="Did you mean rate_ranks"):
        tradefin.load("rate_rank", home=home)
    with pytest.raises(NotFound, match="There are: claim_measurements, claim_sensitivity"):
        tradefin.load("zzz", home=home)
    with pytest.raises(NotFound, match=r"no table 'marts\.rates'"):
        tradefin.load("marts.rates", home=home)


def test_without_a_release_the_error_says_how_to_get_one(tmp_path: Path) -> None:
    for call in (
        lambda: tradefin.load("rates", home=tmp_path),
        lambda: tradefin.tables(home=tmp_path),
        lambda: tradefin.connect(home=tmp_path),
        lambda: tradefin.release(home=tmp_path),
    ):
        with pytest.raises(NotFound, match="make run"):
            call()
    assert tradefin.releases(home=tmp_path) == []


def test_tables_lists_what_there_is(home: Path) -> None:
    found = tradefin.tables(home=home)
    assert [(t.layer, t.name, t.rows) for t in found] == [
        ("core", "rates", 4),
        ("core", "vintages", 2),
        ("marts", "rate_ranks", 4),
        ("claims", "claim_measurements", 4),
        ("claims", "claim_sensitivity", 3),
        ("claims", "claim_verdicts", 2),
        ("claims", "claims", 1),
        ("codelists", "codelist_countries", 2),
        ("codelists", "codelist_known_readings", 3),
        ("codelists", "codelist_verdicts", 4),
    ]
    rates = found[0]
    assert (rates.one_row_is, rates.key) == ("one country and year in one vintage", ("iso3", "year", "vintage_id"))
    assert (rates.columns[2].name, rates.columns[2].type, rates.columns[2].unit) == (
        "rate_pct",
        "decimal(9,4)",
        "percent",
    )


def test_connect_sees_every_table_by_bare_name_and_in_its_schema(home: Path) -> None:
    con = tradefin.connect(home=home)
    for table in tradefin.tables(home=home):
        assert con.execute(f"select count(*) from {table.name}").fetchall() == [(table.rows,)]
        assert con.execute(f"select count(*) from {table.layer}.{table.name}").fetchall() == [(table.rows,)]
    comments = con.execute(
        "select comment from duckdb_columns() where schema_name = 'core' and column_name = 'rate_pct'"
    ).fetchall()
    assert comments == [("percent",)]


def test_a_connection_stays_with_its_release(tmp_path: Path) -> None:
    tiny = make_tiny(tmp_path)
    first = publish_light(tiny)
    con = tradefin.connect(home=tiny.store.home)
    rewrite(tiny, "bundled/bank/rates.csv", "NAM,2001,4,", "NAM,2001,5,")
    second = publish_light(reopened(tiny))
    newest = "select max(rate_pct)::varchar from rates where iso3 = 'NAM'"
    assert con.execute(newest).fetchall() == [("4.0000",)]
    assert tradefin.connect(home=tiny.store.home).execute(newest).fetchall() == [("5.0000",)]
    assert tradefin.connect(first.id, home=tiny.store.home).execute(newest).fetchall() == [("4.0000",)]
    assert tradefin.load("rates", home=tiny.store.home, release=first.id).column("rate_pct").to_pylist()[-1] == 4
    found = tradefin.releases(home=tiny.store.home)
    assert [(r.id, r.current, bool(r.published_at)) for r in found] == [
        (second.id, True, True),
        (first.id, False, False),
    ]
    assert tradefin.release(home=tiny.store.home) == found[0]


def test_one_flipped_bit_is_never_read(tmp_path: Path) -> None:
    tiny = make_tiny(tmp_path)
    path = writable(publish_light(tiny).folder / "tables/rates.parquet")
    good = path.read_bytes()
    for bit in random.Random(2001).sample(range(8 * len(good)), 100):  # noqa: S311 - not a secret
        data = bytearray(good)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        with pytest.raises(ReleaseDamaged, match=r"rates\.parquet"):
            tradefin.load("rates", home=tiny.store.home)
    with pytest.raises(ReleaseDamaged, match=r"rates\.parquet"):
        tradefin.connect(home=tiny.store.home)
    assert tradefin.load("vintages", home=tiny.store.home).num_rows == 2
    path.write_bytes(good)
    assert tradefin.load("rates", home=tiny.store.home).num_rows == 4


def test_a_missing_file_or_changed_manifest_is_named(tmp_path: Path) -> None:
    tiny = make_tiny(tmp_path)
    release = publish_light(tiny)
    (release.folder / "tables/rates.parquet").unlink()
    with pytest.raises(ReleaseDamaged, match="missing"):
        tradefin.load("rates", home=tiny.store.home)
    flip(release.folder / "manifest.json")
    with pytest.raises(ReleaseDamaged, match="manifest"):
        tradefin.load("vintages", home=tiny.store.home)


def test_the_environment_names_the_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEFIN_HOME", str(home))
    assert tradefin.load("rates").num_rows == 4
    assert tradefin.release().id == Release.open(home).id


def test_functions_keep_their_names_beside_the_subpackages() -> None:
    from tradefin.releases.release import Pointer
    from tradefin.tables.store import Store

    assert callable(tradefin.tables) and callable(tradefin.releases)
    assert Store.__module__ == "tradefin.tables.store" and Pointer.__module__ == "tradefin.releases.release"
    assert all(getattr(tradefin, name) is not None for name in tradefin.__all__)


def test_reading_brings_nothing_of_the_pipeline(home: Path) -> None:
    code = f"""
import sys
import tradefin
light = [m for m in ("pyarrow", "duckdb") if m in sys.modules]
assert not light, light
tradefin.load("rates", home={str(home)!r})
tradefin.tables(home={str(home)!r})
tradefin.connect(home={str(home)!r}).execute("select * from rates").fetchall()
tradefin.releases(home={str(home)!r})
heavy = [m for m in ("dagster", "great_expectations", "pandas", "polars", "pydantic", "sqlglot", "ruamel.yaml", "yaml",
                     "scipy", "jinja2", "typer", "rich") if m in sys.modules]
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
