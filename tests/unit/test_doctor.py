"""The doctor sees what is wrong and says how bad it is; it changes nothing."""

import json
import shutil
import tempfile
from collections import namedtuple
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tests.publishing import flip, publish_light
from tests.sources.bank import CSV, HOST
from tests.sources.live_bank import Bank, make_bank, rates
from tests.sources.loopback import Loopback, Reply
from tests.tiny import make_tiny
from tradefin.commands.doctor import doctor as command
from tradefin.doctor import Finding, examine
from tradefin.project import Project
from tradefin.releases.release import Release
from tradefin.tables.builder import Builder


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builder:
    builder = make_tiny(tmp_path)
    _use(builder, monkeypatch)
    return builder


def _use(builder: Builder, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("TRADEFIN_PROJECT", str(builder.project.root))
    patch.setenv("TRADEFIN_HOME", str(builder.store.home))
    patch.setenv("TRADEFIN_CACHE", str(builder.store.home.parent / "cache"))


def _by_name(found: tuple[Finding, ...]) -> dict[str, Finding]:
    return {one.what: one for one in found}


def _worst(found: tuple[Finding, ...]) -> list[str]:
    return [one.what for one in found if one.level == "problem"]


def test_a_sound_house(tiny: Builder) -> None:
    release = publish_light(tiny)
    before = sorted(tiny.store.home.rglob("*"))
    found = examine(tiny.store.home)
    assert _worst(found) == []
    said = _by_name(found)
    assert said["release"].found.startswith(f"{release.id}, 10 tables, ")
    assert said["its files"].found.startswith("manifest verified")
    assert said["project"].found == str(tiny.project.root)
    assert said["outputs"].found == str(tiny.store.home)
    assert said["cache of remote releases"].found.endswith("cache (not made yet)")
    assert {"tradefin", "Python", "duckdb", "pyarrow", "dagster", "great-expectations", "clock"} <= set(said)
    assert "doctor --sources" in said["publishers' servers"].advice
    assert sorted(tiny.store.home.rglob("*")) == before


def test_before_the_first_release(tiny: Builder) -> None:
    found = examine(tiny.store.home)
    assert _worst(found) == []
    assert (_by_name(found)["release"].level, _by_name(found)["release"].found) == ("note", "none yet")


def test_a_damaged_release(tiny: Builder) -> None:
    release = publish_light(tiny)
    (release.folder / "tables/rates.parquet").unlink()
    found = examine(tiny.store.home)
    assert _worst(found) == ["its files"]
    assert "tables/rates.parquet" in _by_name(found)["its files"].found
    flip(release.folder / "manifest.json")
    assert _worst(examine(tiny.store.home)) == ["release"]


def test_a_clock_that_is_behind(tiny: Builder) -> None:
    publish_light(tiny)
    found = examine(tiny.store.home, now=datetime(2001, 12, 6, tzinfo=UTC))
    assert _worst(found) == ["clock"]
    (tiny.store.home / "current.json").write_text("{}")
    assert _worst(examine(tiny.store.home)) == ["release"]


def test_no_room_and_nothing_writable(tiny: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1 << 20))

    def refuses(**_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(tempfile, "TemporaryFile", refuses)
    found = examine(tiny.store.home)
    assert _worst(found) == ["free space for outputs"]
    assert "read-only" in _by_name(found)["outputs"].found


def test_what_is_not_installed(tiny: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    real = metadata.version

    def version(name: str) -> str:
        if name in ("dagster", "duckdb"):
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "version", version)
    found = examine(tiny.store.home)
    assert _worst(found) == ["duckdb"]
    assert _by_name(found)["dagster"].advice == "pip install 'tradefin[pipeline]'"


def test_without_a_project(tiny: Builder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRADEFIN_PROJECT", str(tmp_path / "nowhere"))
    assert _worst(examine(tiny.store.home)) == ["project", "live sources"]


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    with Loopback(HOST) as publisher:
        made = make_bank(tmp_path, publisher, monkeypatch)
        _use(made.builder, monkeypatch)
        yield made


def test_a_stale_source_is_named(bank: Bank) -> None:
    bank.publisher.serve(CSV, rates("JP,2000,10.5", "JP,2001,11"), Reply(b"moved", 404, etag=False))
    bank.ask()
    bank.ask()
    found = examine(bank.builder.store.home, now=bank.today)
    assert _worst(found) == []
    assert _by_name(found)["live sources"].found == "1 stale"
    assert _by_name(found)["bank.rates"].found.startswith("stale: ")


def test_servers_that_answer_and_that_do_not(bank: Bank) -> None:
    home, client_for = bank.builder.store.home, bank.publisher.client
    bank.publisher.serve(CSV, rates("JP,2000,10.5", "JP,2001,11"), Reply(b"gone", 404), Reply(how="silent"))
    assert _by_name(examine(home, client_for=client_for))["server of bank"].found == f"{HOST} answers 200"
    found = examine(home, client_for=client_for)
    assert (_worst(found), _by_name(found)["server of bank"].found) == (["server of bank"], f"{HOST} answers 404")
    with Loopback("elsewhere.example") as other:
        found = examine(home, client_for=other.client)
    assert _worst(found) == ["server of bank"]
    assert "could not prove to be that host" in _by_name(found)["server of bank"].found
    assert not (home / "snapshots").exists()


def test_the_command(tiny: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    release: Release = publish_light(tiny)
    monkeypatch.delenv("TRADEFIN_CONTACT", raising=False)
    app, runner = typer.Typer(), CliRunner()
    app.command()(command)
    done = runner.invoke(app, [])
    assert (done.exit_code, release.id in done.stdout) == (0, True)
    assert len(done.stdout.splitlines()) < 40
    told = json.loads(runner.invoke(app, ["--json"]).stdout)
    assert told["ok"] and {"what", "found", "level", "advice"} == set(told["findings"][0])
    flip(release.folder / "manifest.json")
    done = runner.invoke(app, [])
    assert (done.exit_code, "1 problem" in done.stdout) == (1, True)
    assert "TRADEFIN_CONTACT" in str(runner.invoke(app, ["--sources"]).exception)
    assert Project.find().root == tiny.project.root
