"""The command as a user types it, on a release of the tiny project."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny import make_tiny, rewrite
from tradefin.errors import NotFound
from tradefin.project import Project
from tradefin.tables.builder import Builder

pytestmark = pytest.mark.xdist_group("cli")


def command(builder: Builder, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run `tradefin` in a process of its own."""
    env = {**os.environ, "TRADEFIN_PROJECT": str(builder.project.root), "TRADEFIN_HOME": str(builder.store.home)}
    line = [sys.executable, "-m", "tradefin.cli", *arguments]
    return subprocess.run(line, env=env, capture_output=True, text=True, input=stdin, timeout=120, check=False)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    """A tiny project with one release, made by the command itself."""
    builder = make_tiny(tmp_path_factory.mktemp("cli"))
    done = command(builder, "run")
    assert done.returncode == 0, done.stderr
    assert "rate_is_high" in done.stdout
    assert "supported" in done.stdout
    assert done.stderr == "", "a run in a pipe is quiet"
    return builder


def test_claims(tiny: Builder) -> None:
    assert "11.25 % (2001)" in command(tiny, "claims").stdout
    one = command(tiny, "claims", "rate_is_high").stdout
    assert "It is one country." in one
    assert "newest: the newest rate" in one or "newest (primary): the newest rate" in one
    ledger = json.loads(command(tiny, "claims", "--json").stdout)
    assert [v["verdict"] for v in ledger[0]["verdicts"]] == ["supported", "supported"]
    assert {m["value"] for m in ledger[0]["measurements"]} == {10.5, 11.25}
    assert command(tiny, "claims", "--markdown").stdout.startswith("| Claim | Claimed |")


def test_an_unknown_claim(tiny: Builder) -> None:
    done = command(tiny, "claims", "rate_is_low")
    assert (done.returncode, done.stdout) == (9, "")
    assert done.stderr == "tradefin: No claim is called 'rate_is_low'; `tradefin claims` lists them.\n"


def test_query_prints_csv_in_a_pipe(tiny: Builder) -> None:
    sql = "select iso3, rate_pct from rate_ranks where year = 2001 order by rank"
    assert command(tiny, "query", sql).stdout == "iso3,rate_pct\nJPN,11.2500\nNAM,4.0000\n"
    assert command(tiny, "query", "-", stdin=sql).stdout.startswith("iso3,rate_pct\n")
    assert json.loads(command(tiny, "query", sql, "--json").stdout)[0] == {"iso3": "JPN", "rate_pct": "11.2500"}


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('{file}')",
        "select * from '{file}'",
        "copy (select 1) to '{folder}/out.csv'",
        "attach '{folder}/new.duckdb'",
        "export database '{folder}/all'",
        "install httpfs",
        "load httpfs",
        "select * from read_parquet('https://example.org/x.parquet')",
        "set enable_external_access = true",
        "reset enable_external_access",
        "pragma enable_object_cache; set lock_configuration = false",
        "drop table core.rates",
        "insert into core.rates select * from core.rates",
        "select getenv('HOME')",
        "select * from answer",
        "select content from read_text('{file}')",
        "select * from glob('{folder}/*')",
    ],
)
def test_query_is_locked_down(sql: str, tiny: Builder, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("secret\n42\n")
    done = command(tiny, "query", sql.format(file=secret, folder=tmp_path))
    assert (done.returncode, done.stdout) == (10, ""), done
    assert sorted(p.name for p in tmp_path.iterdir()) == ["secret.csv"]
    assert "Traceback" not in done.stderr


def test_tables_releases_verify_where(tiny: Builder) -> None:
    assert {t["name"] for t in json.loads(command(tiny, "tables", "--json").stdout)} >= {
        "rates",
        "rate_ranks",
        "claims",
    }
    (release,) = json.loads(command(tiny, "releases", "--json").stdout)
    assert json.loads(command(tiny, "verify", "--json").stdout)["release"] == release["id"]
    paths = command(tiny, "where", "rate_ranks").stdout.splitlines()
    assert [Path(p).name for p in paths] == ["rate_ranks.sql", "rate_ranks.yml"]
    assert command(tiny, "where", "nowhere").returncode == 9


def test_a_broken_figure_stops_the_release_and_says_where(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    assert command(builder, "run").returncode == 0
    before = (builder.store.home / "current.json").read_bytes()
    rewrite(builder, "bundled/bank/rates.csv", "NAM,2001,4,", "NAM,2001,-1,")
    done = command(builder, "run")
    assert done.returncode == 5, done
    for word in ("rates", "rate_pct", "iso3=NAM", "year=2001", "-1"):
        assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert (builder.store.home / "current.json").read_bytes() == before


def test_iceberg_says_what_it_has_listed_and_lists_it_once(tiny: Builder) -> None:
    told = json.loads(command(tiny, "iceberg", "--json").stdout)
    assert {"table": "core.rates", "rows": 4, "files": 1, "state": "new"} in told
    again = command(tiny, "iceberg")
    catalogue = tiny.store.home / "iceberg" / "catalog.db"
    rows = sum(one["rows"] for one in told)
    assert again.stdout == (
        f"{catalogue}: {len(told)} tables ({len(told)} same), {rows:,} rows in {len(told)} Parquet files.\n"
    )
    assert again.stderr == ""


def test_help_names_the_exit_codes(tiny: Builder) -> None:
    done = command(tiny, "--help")
    assert done.returncode == 0
    assert "Exit codes: 0 done" in done.stdout


def test_wrong_usage(tiny: Builder) -> None:
    done = command(tiny, "querry")
    assert done.returncode == 2
    assert "No such command" in done.stderr


@pytest.mark.parametrize("name", ["/etc/passwd", "../sql", "", "a" * 10_000, "rates\0"])
def test_where_looks_for_names_and_nothing_else(name: str) -> None:
    with pytest.raises(NotFound, match="Nothing in the project is called"):
        Project.find().where(name)
