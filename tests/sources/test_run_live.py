"""`tradefin run --live`: a release of what publishers give, whatever any one of them does."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import stamina
from typer.testing import CliRunner

from tests.conftest import ROOT, SHARED
from tests.sources import bank, real_bytes
from tests.sources.bank import CSV, FLOW, HOST, MIRROR, ZIP, zipped
from tests.sources.faults import FAULTS, Fault
from tests.sources.live_bank import Bank, rates
from tests.sources.loopback import HASTY, QUICK, Loopback, Reply
from tests.sources.two_banks import BANK_ZIP, COOP, make_two
from tradefin import cli
from tradefin.orchestration.live import LiveOutcome, run_live
from tradefin.orchestration.run import run as tradefin_run
from tradefin.project import Project
from tradefin.releases.release import Release
from tradefin.releases.verify import verify
from tradefin.sources import live
from tradefin.sources.archive import Archive
from tradefin.sources.description import Publisher
from tradefin.sources.http import Client
from tradefin.sources.notices import Notice
from tradefin.sources.reporting import tell
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store, digest

GOOD = rates("JP,2000,10.5", "JP,2001,11.25", "JP,2002,12", "NA,2000,3", "NA,2001,4", "NA,2002,5")
COOPS = rates("JP,2000,10.5", "JP,2003,14")

Figures = set[tuple[str, int, str]]


@pytest.fixture(autouse=True)
def without_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@pytest.fixture(scope="module")
def publisher() -> Iterator[Loopback]:
    with Loopback(HOST, MIRROR) as one:
        yield one


@pytest.fixture(scope="module")
def impostor() -> Iterator[Loopback]:
    with Loopback(HOST, self_signed=True) as one:
        yield one


@pytest.fixture
def two(tmp_path: Path, publisher: Loopback, monkeypatch: pytest.MonkeyPatch) -> Bank:
    publisher.serve(CSV, GOOD)
    publisher.serve(COOP, COOPS)
    publisher.asked.clear()
    return make_two(tmp_path, publisher, monkeypatch)


def run(two: Bank) -> LiveOutcome:
    two.publisher.asked.clear()
    return run_live(two.builder.project, two.builder.store.home, client_for=two.publisher.client)


def states(two: Bank) -> dict[str, str]:
    rows = two.live().table("source_states").to_pylist()
    return {f"{row['publisher']}.{row['flow']}": row["state"] for row in rows}


def stands(two: Bank) -> dict[str, str]:
    found = live.statuses(two.builder.project, two.builder.store, datetime.now(UTC))
    return {f"{one.publisher}.{one.flow}": one.state for one in found}


def figures(two: Bank) -> Figures:
    rows = two.live().table("rates").to_pylist()
    return {(row["vintage_id"].split("-")[0], row["year"], str(row["rate_pct"])) for row in rows}


def test_a_live_run_releases_and_the_next_downloads_nothing(two: Bank) -> None:
    first = run(two)
    assert [(one.publisher, one.state) for one in first.sources] == [("bank", "changed"), ("coop", "changed")]
    assert {("bank", 2002, "12.0000"), ("coop", 2003, "14.0000")} <= figures(two)
    assert set(states(two).values()) == {"live"}
    home = two.builder.store.home
    snapshots = sorted(path.name for path in (home / "snapshots").iterdir())
    pointer = (home / "current.json").read_bytes()

    second = run(two)
    assert [one.state for one in second.sources] == ["unchanged", "unchanged"]
    assert [one.status for one in two.publisher.asked] == [304, 304]
    assert second.run.release == first.run.release
    assert (home / "current.json").read_bytes() == pointer, "nothing new is published"
    assert [path.name for path in (home / "releases").iterdir()] == [first.run.release]
    assert sorted(path.name for path in (home / "snapshots").iterdir()) == snapshots


def test_the_manifest_names_every_answer_behind_a_release(two: Bank) -> None:
    two.publisher.serve(COOP, COOPS.replace(b",14\n", b",1400\n"))  # no contract accepts that
    first = run(two)
    home = two.builder.store.home
    (bank,) = Release.open(home).manifest.sources[0]["answers"]
    (snapshot,) = [one for one in Archive(Store(home)).snapshots() if one.publisher == "bank"]
    assert bank == {
        "flow": "rates",
        "address": CSV,
        "fetched_at": snapshot.fetched_at.isoformat(),
        "snapshot_sha256": digest(GOOD),
        "bytes": len(GOOD),
        "licence": "bank-terms",
    }
    assert "answers" not in Release.open(home).manifest.sources[1], "what was refused is behind nothing"
    verify(home)
    assert run(two).run.release == first.run.release
    two.publisher.serve(COOP, COOPS)
    two.publisher.serve(CSV, GOOD.replace(b",12\n", b",12.5\n"))
    run(two)
    answers = {one["publisher"]: one["answers"] for one in Release.open(home).manifest.sources}
    assert [len(answers["bank"]), len(answers["coop"])] == [2, 1]
    tradefin_run(two.builder.project, home)
    assert all("answers" not in one for one in Release.open(home).manifest.sources), "a bundled release rests on none"


def test_figures_that_no_contract_accepts_are_told(two: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Notice] = []
    monkeypatch.setattr("tradefin.orchestration.live.tell", lambda store, found: tell(store, found, _to(told)))
    run(two)
    two.publisher.serve(COOP, COOPS.replace(b",14\n", b",1400\n"))
    run(two)
    assert stands(two) == {"bank.rates": "ok", "coop.rates": "stale"}
    (coop,) = [s for s in live.statuses(two.builder.project, two.builder.store, datetime.now(UTC)) if s.error]
    assert coop.error == "ContractBroken" and "rates, column rate_pct" in coop.message and "1400" in coop.message
    assert [(one.kind, one.source) for one in told] == [("source_refused", "coop.rates")]
    run(two)
    assert len(told) == 1, "told once"
    two.publisher.serve(COOP, COOPS)
    run(two)
    assert stands(two)["coop.rates"] == "ok"
    assert [one.kind for one in told] == ["source_refused", "source_recovered"]


def _to(told: list[Notice]) -> Callable[[Notice], tuple[str, ...]]:
    def send(notice: Notice) -> tuple[str, ...]:
        told.append(notice)
        return ()

    return send


def test_a_revision_is_a_new_release(two: Bank) -> None:
    first = run(two)
    two.publisher.serve(CSV, GOOD.replace(b",12\n", b",12.5\n"))
    second = run(two)
    assert second.run.release != first.run.release
    assert ("bank", 2002, "12.5000") in figures(two)
    assert Release.open(two.builder.store.home).id == second.run.release
    assert Release.open(two.builder.store.home, first.run.release).id == first.run.release, "the older one stays"


def test_one_publisher_fails_and_the_other_is_released(two: Bank) -> None:
    run(two)
    two.publisher.serve(CSV, Reply(b"down", 503))
    two.publisher.serve(COOP, rates("JP,2000,10.5", "JP,2003,14", "JP,2004,15"))
    done = run(two)
    one, other = done.sources
    assert (one.state, one.error) == ("failed", "Unavailable")
    assert other.state == "changed"
    assert Release.open(two.builder.store.home).id == done.run.release
    assert {("bank", 2002, "12.0000"), ("coop", 2004, "15.0000")} <= figures(two)
    assert states(two) == {"bank.rates": "stale", "coop.rates": "live"}
    assert stands(two) == {"bank.rates": "stale", "coop.rates": "ok"}

    two.publisher.serve(CSV, GOOD)
    assert [one.state for one in run(two).sources] == ["unchanged", "unchanged"]
    assert set(states(two).values()) == {"live"}


def test_a_publisher_that_never_answered_leaves_the_bundled_figures(two: Bank) -> None:
    two.publisher.serve(CSV, Reply(b"down", 503))
    done = run(two)
    assert done.run.release
    assert {year for publisher, year, _ in figures(two) if publisher == "bank"} == {2000, 2001}
    assert states(two) == {"bank.rates": "failed", "coop.rates": "live"}
    assert stands(two)["bank.rates"] == "failed"


@pytest.fixture(scope="module")
def well() -> dict[bool, tuple[Path, Figures]]:
    """Outputs and figures after a round in which all was well, by whether the bank's answer is a zip."""
    return {}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_whatever_one_does_the_other_goes_on(
    fault: Fault,
    tmp_path: Path,
    publisher: Loopback,
    impostor: Loopback,
    well: dict[bool, tuple[Path, Figures]],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, good = (ZIP, zipped()) if fault.zipped else (CSV, bank.GOOD)
    two = make_two(tmp_path, publisher, monkeypatch, BANK_ZIP if fault.zipped else FLOW)
    publisher.serve(address, good)
    publisher.serve(COOP, COOPS)
    if fault.zipped not in well:
        assert {one.state for one in two.ask()} == {"changed"}
        kept = tmp_path_factory.mktemp("well") / "outputs"
        well[fault.zipped] = (kept, figures(two))
        shutil.copytree(two.builder.store.home, kept)
    else:
        shutil.copytree(well[fault.zipped][0], two.builder.store.home)
    before = well[fault.zipped][1]

    faulty = impostor if fault.self_signed else publisher
    faulty.serve(address, *fault.replies)
    publisher.serve(COOP, rates("JP,2000,10.5", "JP,2003,14", "JP,2004,15"))

    def client_for(one: Publisher) -> Client:
        source = faulty if one.publisher == "bank" else publisher
        return source.client(one, HASTY if fault.hasty and one.publisher == "bank" else QUICK)

    project, store = two.builder.project, two.builder.store
    one, other = live.refresh(project, store, client_for=client_for)
    assert (one.state, one.error, other.state) == ("failed", fault.error.__name__, "changed")
    assert figures(two) == before | {("coop", 2004, "15.0000")}, "nothing is lost, the other is there"
    assert states(two) == {"bank.rates": "stale", "coop.rates": "live"}


CHILD = """
import sys
from dataclasses import replace
from pathlib import Path
import pytest
from tests.sources.bank import FLOW
from tests.sources.loopback import CONTACT, QUICK, ToLoopback
from tests.sources.two_banks import COOP_FLOW
from tradefin.orchestration.live import run_live
from tradefin.project import Project
from tradefin.sources import connectors
from tradefin.sources.http import Client
from types import SimpleNamespace

root, port, authority = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]).read_bytes()
for slug, flow in (("bank", FLOW), ("coop", COOP_FLOW)):
    sys.modules[f"the_{slug}"] = SimpleNamespace(FLOWS=(flow,))
    connectors.MODULES[slug] = (f"the_{slug}",)
run_live(
    Project(root / "project", root / "project/bundled"),
    root / "outputs",
    client_for=lambda one: Client(one, contact=CONTACT, limits=QUICK, transport=ToLoopback(port, authority)),
)
"""


def test_a_run_killed_while_fetching_resumes(two: Bank, tmp_path: Path) -> None:
    two.publisher.release.clear()
    two.publisher.serve(CSV, Reply(GOOD, how="held"))
    authority = tmp_path / "authority.pem"
    authority.write_bytes(two.publisher.authority)
    home = two.builder.store.home
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path), str(two.publisher.port), str(authority)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        until = time.monotonic() + 30
        while not (two.publisher.asked_for(CSV) and any(home.glob("fetches/coop/rates/*.json"))):
            assert child.poll() is None and time.monotonic() < until
            time.sleep(0.02)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    two.publisher.release.set()
    assert not list(home.glob("fetches/bank/rates/*.json"))
    assert not (home / "current.json").exists()
    for path in (home / "snapshots").glob("[!.]*"):
        assert digest(path.read_bytes()) == path.name.split(".")[0], "no partial snapshot is ever visible"

    two.publisher.serve(CSV, GOOD)
    done = run(two)
    assert [(one.publisher, one.state) for one in done.sources] == [("bank", "changed"), ("coop", "unchanged")]
    assert {("bank", 2002, "12.0000"), ("coop", 2003, "14.0000")} <= figures(two)


@pytest.fixture
def command(two: Bank, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The command in this process, on the tiny project, its connections led to the loopback publisher."""
    monkeypatch.setenv("TRADEFIN_PROJECT", str(two.builder.project.root))
    monkeypatch.setenv("TRADEFIN_HOME", str(two.builder.store.home))
    monkeypatch.setenv("TRADEFIN_CONTACT", "tests@tradefin.example")
    monkeypatch.setattr(live, "Client", lambda one, contact: two.publisher.client(one))
    return CliRunner()


def test_the_command_says_what_came_of_each_source(two: Bank, command: CliRunner) -> None:
    two.publisher.serve(CSV, Reply(b"down", 503))
    done = command.invoke(cli.app, ["run", "--live"])
    assert done.exit_code == 0, done.output
    for word in ("bank.rates", "failed", "Unavailable", "coop.rates", "changed", "1 of 2 sources failed", "Release "):
        assert word in done.output
    told = json.loads(command.invoke(cli.app, ["run", "--live", "--json", "--source", "coop"]).stdout)
    assert [(one["publisher"], one["state"]) for one in told["sources"]] == [("coop", "unchanged")]
    assert told["release"] in done.output
    assert command.invoke(cli.app, ["run", "--source", "coop"]).exit_code == 2


def test_refresh_plan_snapshots_and_status(two: Bank, command: CliRunner) -> None:
    planned = json.loads(command.invoke(cli.app, ["refresh", "--plan", "--json"]).stdout)
    assert [(one["publisher"], one["address"], one["last_asked"]) for one in planned] == [
        ("bank", CSV, None),
        ("coop", COOP, None),
    ]
    assert CSV in command.invoke(cli.app, ["refresh", "--plan", "--source", "bank"]).stdout
    assert two.publisher.asked == []
    before = json.loads(command.invoke(cli.app, ["status", "--json"]).stdout)
    assert [(one["state"], one["checked_at"]) for one in before] == [("never", None)] * 2

    asked = json.loads(command.invoke(cli.app, ["refresh", "--json"]).stdout)
    assert [(one["publisher"], one["state"], one["rows"]) for one in asked] == [
        ("bank", "changed", 6),
        ("coop", "changed", 2),
    ]
    assert not (two.builder.store.home / "current.json").exists()
    kept = json.loads(command.invoke(cli.app, ["snapshots", "--json"]).stdout)
    assert {one["sha256"] for one in kept} == {digest(GOOD), digest(COOPS)}
    assert digest(GOOD)[:12] in command.invoke(cli.app, ["snapshots"]).stdout

    two.publisher.serve(CSV, GOOD.replace(b"OBS_VALUE", b"VALUE"))
    changed = command.invoke(cli.app, ["refresh"])
    assert changed.exit_code == 4
    assert "column VALUE is new" in " ".join(changed.stdout.split())
    two.publisher.serve(CSV, Reply(b"", 500))
    assert command.invoke(cli.app, ["refresh", "--source", "bank"]).exit_code == 3
    assert command.invoke(cli.app, ["refresh", "--source", "coop"]).exit_code == 0
    (one,) = json.loads(command.invoke(cli.app, ["status", "--json", "--source", "bank"]).stdout)
    assert one["state"] == "stale"
    assert one["checked_at"] > one["changed_at"]
    assert one["next_due"] > one["checked_at"]
    shown = command.invoke(cli.app, ["status"]).stdout
    assert "stale" in shown and "500" in shown and "ok" in shown


def test_an_unknown_source_is_named(two: Bank, command: CliRunner) -> None:
    done = command.invoke(cli.app, ["refresh", "--source", "nobody"])
    assert "No live source is called nobody" in str(done.exception)


@pytest.fixture(scope="module")
def raw() -> Path:
    """Folder of the publishers' real bytes; a checkout without it skips."""
    folder = SHARED / "raw"
    if not folder.is_dir():
        pytest.skip(f"no real bytes at {folder}: they are read in place and never copied")
    return folder


def test_the_publishers_real_bytes_become_a_release(
    raw: Path, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Loopback(*real_bytes.hosts(project)) as publishers:
        real_bytes.serve_all(raw, publishers, monkeypatch)
        client_for = real_bytes.client_for(publishers)
        first = run_live(project, tmp_path, client_for=client_for)
        found = {f"{one.publisher}.{one.flow}": one for one in first.sources}
        came = {name for name, one in found.items() if one.state == "changed"}
        assert {one.split(".")[0] for one in came} == set(real_bytes.SERVE), "each publisher has given something"
        assert all(one.rows for name, one in found.items() if name in came)
        publishers.asked.clear()

        second = run_live(project, tmp_path, client_for=client_for)
        assert {one.status for one in publishers.asked} <= {304, 404}, "nothing is downloaded twice"
        assert 304 in {one.status for one in publishers.asked}
        assert second.run.release == first.run.release
        assert [path.name for path in (tmp_path / "releases").iterdir()] == [first.run.release]

        down = next(iter(sorted(came)))
        for snapshot in Archive(Store(tmp_path)).snapshots():
            if f"{snapshot.publisher}.{snapshot.flow}" == down:
                publishers.serve(snapshot.address, Reply(b"down", 503))
        third = live.refresh(project, Store(tmp_path), client_for=client_for)
        states = {f"{one.publisher}.{one.flow}": one.state for one in third}
        assert states[down] == "failed"
        assert all(states[name] == "unchanged" for name in came - {down})
    rows = Builder(project, Store(tmp_path), live=True).table("source_states").to_pylist()
    assert {f"{r['publisher']}.{r['flow']}" for r in rows if r["state"] == "stale"} == {down}
