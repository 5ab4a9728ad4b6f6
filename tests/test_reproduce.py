"""A release made again has the same bytes; where it has not, it is said why."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina
import typer
from typer.testing import CliRunner

from tests.publishing import audits_of, light, publish_light
from tests.sources.bank import CSV, HOST, MIRROR
from tests.sources.live_bank import Bank, make_bank, rates
from tests.sources.loopback import Loopback
from tests.tiny import make_tiny, rewrite
from tradefin.commands.reproduce import reproduce as command
from tradefin.releases.publish import publish
from tradefin.releases.release import Release
from tradefin.releases.reproduce import Reproduction, reproduce
from tradefin.tables.builder import Builder
from tradefin.tables.store import digest
from tradefin.trace.figure import Tracer

FIRST = rates("JP,2000,10.5", "JP,2001,11.25", "NA,2000,3", "NA,2001,4.5")
SECOND = rates("JP,2000,10.5", "JP,2001,12", "NA,2000,3", "NA,2001,4.5")


@pytest.fixture
def tiny(tmp_path: Path) -> Builder:
    builder = make_tiny(tmp_path / "made")
    publish_light(builder)
    return builder


def copied(builder: Builder, folder: Path) -> Path:
    """The releases alone, as somebody has them who was given nothing else."""
    shutil.copytree(builder.store.home / "releases", folder / "releases")
    shutil.copy(builder.store.home / "current.json", folder)
    return folder


def states(found: Reproduction) -> dict[str, str]:
    return {t.table: t.state for t in found.tables if t.state != "same"}


def test_a_release_alone_is_made_again(tiny: Builder, tmp_path: Path) -> None:
    home = copied(tiny, tmp_path / "given")
    before = sorted(home.rglob("*"))
    found = reproduce(home, project=tiny.project)
    assert (found.same, found.made_from, found.differs, states(found)) == (True, "bundled", (), {})
    assert {t.table for t in found.tables} == set(tiny.contracts)
    assert sorted(home.rglob("*")) == before  # nothing is left behind


def test_nothing_is_taken_from_the_store(tiny: Builder) -> None:
    (rates_file,) = (tiny.store.home / "tables" / "rates").iterdir()
    rates_file.write_bytes(b"damaged")
    assert reproduce(tiny.store.home, project=tiny.project).same


@pytest.mark.parametrize(
    ("name", "old", "new", "differs", "said"),
    [
        ("sql/marts/rate_ranks.sql", "rate_pct desc", "rate_pct", {"rate_ranks"}, "git log --find-object"),
        (
            "bundled/bank/rates.csv",
            "JPN,2001,11.25",
            "JPN,2001,11.5",
            {"rates", "rate_ranks"},
            "bundled file bank/rates.csv",
        ),
        ("expectations/tables/rates.yml", "version: 1.0.0", "version: 1.1.0", {"rates"}, "version 1.1.0 here, 1.0.0"),
        ("expectations/codelists/countries.csv", "Namibia", "Republic of Namibia", {"codelist_countries"}, "codelist"),
    ],
)
def test_what_is_not_as_it_was_is_named(
    tiny: Builder, name: str, old: str, new: str, differs: set[str], said: str
) -> None:
    rewrite(tiny, name, old, new)
    found = reproduce(tiny.store.home, project=tiny.project)
    changed = {t for t, state in states(found).items() if state == "different"}
    if "codelist_countries" not in {t.table for t in found.tables}:
        differs = differs - {"codelist_countries"}  # it has no contract, so it is no table of the release
    assert not found.same or not differs
    assert differs <= changed
    assert any(said in sentence for sentence in found.differs), found.differs


def test_another_version_says_what_to_check_out(tiny: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    from tradefin.releases import reproduce as module

    monkeypatch.setattr(module, "__version__", "99.0.0")
    found = reproduce(tiny.store.home, project=tiny.project)
    made_by = Release.open(tiny.store.home).manifest.made_by
    assert f"check out v{made_by}" in found.differs[0]


def test_a_table_that_cannot_be_made_is_named(tiny: Builder) -> None:
    rewrite(tiny, "sql/marts/rate_ranks.sql", "rank() over", "no_such_function() over")
    found = reproduce(tiny.store.home, project=tiny.project)
    assert not found.same
    assert states(found)["rate_ranks"] == "cannot be made"


def test_the_command_ends_with_7_when_a_table_differs(tiny: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEFIN_HOME", str(tiny.store.home))
    monkeypatch.setenv("TRADEFIN_PROJECT", str(tiny.project.root))
    app = typer.Typer()
    app.command()(command)
    done = CliRunner().invoke(app, [])
    assert done.exit_code == 0, done.output
    assert f"{len(tiny.contracts)} of {len(tiny.contracts)} tables made again from the bundled figures" in done.output
    rewrite(tiny, "bundled/bank/rates.csv", "JPN,2001,11.25", "JPN,2001,11.5")
    told = CliRunner().invoke(app, ["--json"])
    assert told.exit_code == 7
    tree = json.loads(told.output)
    assert tree["same"] is False
    assert {t["table"]: t["state"] for t in tree["tables"]}["rates"] == "different"


# --- with what publishers have sent -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def publisher() -> Iterator[Loopback]:
    with Loopback(HOST, MIRROR) as one:
        yield one


@pytest.fixture
def bank(tmp_path: Path, publisher: Loopback, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    publisher.serve(CSV, FIRST)
    with stamina.set_testing(True, attempts=2, cap=True):
        yield make_bank(tmp_path, publisher, monkeypatch)


def released(bank: Bank) -> Release:
    live = bank.live()
    with light():
        return publish(live, audits_of(live))


def test_a_live_release_is_made_again_from_its_snapshots(bank: Bank) -> None:
    bank.ask()
    first = released(bank)
    bank.publisher.serve(CSV, SECOND)
    bank.ask()
    second = released(bank)
    assert first.id != second.id
    for release in (first, second):  # the older one from the log as it was then
        found = reproduce(bank.builder.store.home, release.id, bank.builder.project)
        assert (found.same, found.made_from, found.differs) == (True, "snapshots", ()), found


def test_a_live_figure_is_traced_to_what_was_sent(bank: Bank) -> None:
    bank.ask()
    release = released(bank)
    found = Tracer(release, bank.builder.project).trace("rate_ranks", "2001,NAM", "rate_pct")
    assert found.columns == {"rate_pct": "4.5000"}
    (document,) = found.documents
    (sent,) = document.sent
    assert (sent.sha256, sent.fetched_at[:10]) == (digest(FIRST), "2026-01-05")
    assert (document.file, document.known_on, document.licence) == ("", "2026-01-05", "Terms of the bank")


def test_a_live_release_without_its_snapshots_says_so(bank: Bank, tmp_path: Path) -> None:
    bank.ask()
    release = released(bank)
    home = copied(bank.live(), tmp_path / "given")
    found = reproduce(home, release.id, bank.builder.project)
    assert not found.same
    assert any("whose snapshots are not below" in sentence for sentence in found.differs)
    shutil.copytree(bank.builder.store.home / "fetches", home / "fetches")
    shutil.copytree(bank.builder.store.home / "snapshots", home / "snapshots")
    assert reproduce(home, release.id, bank.builder.project).same
    for path in (home / "snapshots").iterdir():
        if path.read_bytes() == FIRST:
            path.write_bytes(FIRST.replace(b"11.25", b"11.26"))
    damaged = reproduce(home, release.id, bank.builder.project)
    assert not damaged.same
    assert any("sent on 2026-01-05 by https://" in sentence for sentence in damaged.differs)
