"""A figure walked back: every mart and every verdict ends at rows that publishers published."""

import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.publishing import audits_of, light, publish_light
from tests.tiny import make_tiny, rewrite
from tradefin.errors import NotFound
from tradefin.project import Project
from tradefin.releases.publish import publish
from tradefin.releases.release import Release
from tradefin.tables.builder import Builder
from tradefin.trace.figure import Trace, Tracer, trace
from tradefin.trace.walk import Stage

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    builder = make_tiny(tmp_path_factory.mktemp("trace"))
    publish_light(builder)
    return builder


@pytest.fixture(scope="module")
def tracer(tiny: Builder) -> Tracer:
    return Tracer(Release.open(tiny.store.home), tiny.project)


def stage(found: Trace, table: str) -> Stage:
    return next(s for s in found.stages if s.table == table)


def test_a_figure_ends_at_the_row_that_was_published(tracer: Tracer) -> None:
    found = tracer.trace("rate_ranks", "2001,JPN", "rate_pct")
    assert found.columns == {"rate_pct": "11.2500"}
    assert [(s.table, s.layer, s.rows, s.made_from) for s in found.stages] == [
        ("rate_ranks", "marts", 1, ["rates"]),
        ("rates", "core", 1, ["source_bank_rates"]),
        ("source_bank_rates", "source", 1, []),
    ]
    row = {"iso3": "JPN", "year": "2001", "rate": "11.25", "vintage_id": "bank-2002", "source_id": "bank-report"}
    assert found.stages[-1].first == [row]
    (document,) = found.documents
    assert (document.publisher, document.edition, document.known_on) == ("The Bank", "second", "2002-03-01")
    assert (document.address, document.licence) == ("https://bank.example/report", "Terms of the bank")
    bundled = tracer.release.manifest.sources[0]["files"]["rates"]
    assert (document.file, document.sha256) == ("bank/rates.csv", bundled["snapshot_sha256"])


def test_a_rank_ends_at_all_rows_that_it_compares(tracer: Tracer) -> None:
    found = tracer.trace("rate_ranks", "iso3=NAM,year=2001", "rank")
    assert [r["iso3"] for r in stage(found, "source_bank_rates").first] == ["JPN", "NAM"]
    assert stage(found, "source_bank_rates").columns == {"rate": 2}


def test_without_a_column_the_whole_row_is_walked_back(tracer: Tracer) -> None:
    found = tracer.trace("rates", "JPN,2000,bank-2001")
    assert set(found.columns) == {"rate_pct", "known_on", "period_end"}
    assert {"source_bank_rates", "vintages", "source_bank_vintages"} <= {s.table for s in found.stages}


def test_a_verdict_is_walked_back_as_of_its_day(tracer: Tracer) -> None:
    now = tracer.trace("claim_verdicts", "rate_is_high")
    assert now.known == "as of 2002-03-01 (latest)"
    assert [s.table for s in now.stages] == [
        "claim_verdicts",
        "claim_measurements",
        "rate_ranks",
        "rates",
        "source_bank_rates",
    ]
    assert [r["year"] for r in now.stages[-1].first] == ["2001"]
    then = tracer.trace("claim_verdicts", "rate_is_high,2001-12-06", "verdict")
    assert then.known == "as of 2001-12-06 (published)"
    assert [r["year"] for r in then.stages[-1].first] == ["2000"]  # that of 2001 was published in 2002
    assert then.documents[0].known_on == "2001-03-01"


def test_measurements_and_definitions_are_walked_back(tracer: Tracer) -> None:
    key = "claim_id=rate_is_high,as_of=2002-03-01,period=2000"
    found = tracer.trace("claim_measurements", key, "value")
    assert [r["rate"] for r in found.stages[-1].first] == ["10.5"]
    answer = tracer.trace("claim_sensitivity", "claim_id=rate_is_high,as_of=2002-03-01", "value")
    assert [r["year"] for r in answer.stages[-1].first] == ["2001"]
    periods = tracer.trace("claim_sensitivity", "claim_id=rate_is_high,as_of=2002-03-01", "periods_true")
    assert [r["year"] for r in periods.stages[-1].first] == ["2000", "2001"]


def test_a_claim_as_such_holds_no_figure(tracer: Tracer) -> None:
    assert "holds no figure" in tracer.trace("claims", "rate_is_high").note


def test_what_is_not_there_is_named(tracer: Tracer) -> None:
    for key, message in (
        ("JPN,1999", "no row with"),
        ("2001", "2 rows with year=2001"),
        ("1,2,3", "has 3 values"),
        ("isoo=JPN", "no column 'isoo'"),
    ):
        with pytest.raises(NotFound, match=message):
            tracer.trace("rate_ranks", key)
    with pytest.raises(NotFound, match="Did you mean rate_pct"):
        tracer.trace("rate_ranks", "2001,JPN", "rate_pc")
    with pytest.raises(NotFound, match="Did you mean rate_ranks"):
        tracer.trace("rate_rank", "2001,JPN")


def test_a_query_that_is_not_followed_gives_an_upper_bound(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    rewrite(builder, "sql/marts/rate_ranks.sql", "from newest", "from newest limit 10")
    publish_light(builder)
    found = trace(builder.store.home, "rate_ranks", "2001,JPN", "rate_pct", project=builder.project)
    assert "not followed (LIMIT)" in found.stages[0].note
    assert (stage(found, "rates").rows, stage(found, "rates").at_most) == (4, True)
    assert stage(found, "source_bank_rates").at_most


def test_without_the_publishers_files_it_ends_at_the_core_table(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    publish_light(builder)
    rewrite(builder, "bundled/bank/rates.csv", "11.25", "12.25")
    (kept,) = (builder.store.home / "tables" / "source_bank_rates").iterdir()
    assert trace(builder.store.home, "rates", "JPN,2001", project=builder.project).documents  # from the store
    kept.unlink()
    found = trace(builder.store.home, "rates", "JPN,2001", "rate_pct", project=builder.project)
    assert "source_bank_rates is not at hand as the release was made from it" in found.stages[0].note


def test_the_command_prints_a_tree_and_json(tiny: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    import typer

    from tradefin.commands.trace import trace as command

    monkeypatch.setenv("TRADEFIN_HOME", str(tiny.store.home))
    monkeypatch.setenv("TRADEFIN_PROJECT", str(tiny.project.root))
    app = typer.Typer()
    app.command()(command)
    shown = RUNNER.invoke(app, ["rate_ranks", "2001,JPN", "rate_pct"])
    assert shown.exit_code == 0, shown.output
    for part in (
        "rate_pct = 11.2500",
        "sql/marts/rate_ranks.sql",
        "rate=11.25",
        "https://bank.example/report",
        "sha256",
    ):
        assert part in shown.output
    told = json.loads(RUNNER.invoke(app, ["claim_verdicts", "rate_is_high", "--json"]).output)
    assert [s["table"] for s in told["stages"]][-1] == "source_bank_rates"
    assert told["documents"][0]["licence"] == "Terms of the bank"


# --- the project's own release: a figure of each mart, each verdict ---------------------------------------------------

MARTS = sorted(p.stem for p in (Project.find().root / "sql" / "marts").glob("*.sql"))
CLAIMS = sorted(Project.find().claim_files)
REAL = pytest.mark.xdist_group("real release")  # one worker reads it once


@pytest.fixture(scope="module")
def real(builder: Builder) -> Tracer:
    with light():
        return Tracer(publish(builder, audits_of(builder)), builder.project)


def _ends_at_publishers(found: Trace) -> None:
    ends = [s for s in found.stages if s.layer == "source"]
    assert ends, f"{found.table} {found.key}: {[(s.table, s.note) for s in found.stages]} {found.note}"
    assert not any(s.at_most for s in found.stages), "every query of the project is followed exactly"
    for end in ends:
        assert end.rows >= 1
        assert any(v for row in end.first for v in row.values())
    assert sum(d.rows for d in found.documents) == sum(s.rows for s in ends)
    for document in found.documents:
        assert document.sha256 or document.sent, document
        assert document.address or document.landing_page, document
        assert document.licence or not document.source_id, document


@REAL
@pytest.mark.parametrize("mart", MARTS)
def test_a_figure_of_each_mart_ends_at_what_was_published(real: Tracer, mart: str) -> None:
    info, table = real.release.table(mart), real.release.arrow(mart)
    figures = [c.name for c in info.columns if c.name not in info.key and c.type.startswith(("decimal", "integer"))]
    others = [c.name for c in info.columns if c.name not in info.key]
    cells = [
        (place, name)
        for name in figures or others
        for place, value in enumerate(table.column(name).to_pylist())
        if value is not None
    ]
    if not cells:
        assert table.num_rows == 0, f"{mart} has rows but no figure"
        return
    place, column = random.Random(mart).choice(cells)  # noqa: S311 - not a secret
    row = table.slice(place, 1).to_pylist()[0]
    key = ",".join(f'"{k}={"" if row[k] is None else row[k]}"' for k in info.key)
    found = real.trace(mart, key, column)
    assert found.key == {k: None if row[k] is None else found.key[k] for k in info.key}
    _ends_at_publishers(found)


@REAL
@pytest.mark.parametrize("claim", CLAIMS)
def test_each_verdict_then_and_now_ends_at_what_was_published(real: Tracer, claim: str) -> None:
    verdicts = [v for v in real.release.arrow("claim_verdicts").to_pylist() if v["claim_id"] == claim]
    days = sorted(v["as_of"] for v in verdicts)
    for day in {days[0], days[-1]}:
        found = real.trace("claim_verdicts", f"{claim},{day}", "verdict")
        measured = next((s for s in found.stages if s.table == "claim_measurements"), None)
        if measured and any(row["value"] is not None for row in measured.first):
            _ends_at_publishers(found)
        else:  # not testable, or nothing known on that day
            assert found.note
            assert found.columns["verdict"] in ("not testable", "undecided")
