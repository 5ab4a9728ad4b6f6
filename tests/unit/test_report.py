"""The report of the tiny project: charts by the same bytes wherever they are drawn, pages, the command."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from unittest import mock

import altair as alt
import duckdb
import pytest
from typer.testing import CliRunner

from tests.publishing import audits_of, publish_light, write_pages
from tests.tiny import FILES, make_tiny
from tradefin.audit import docs
from tradefin.claims.ledger import Entry, entries_of
from tradefin.cli import app
from tradefin.releases.publish import publish
from tradefin.releases.release import Release
from tradefin.releases.verify import verify
from tradefin.report import catalogue, drawing
from tradefin.report.charts.chart import RowLabels, scale_of
from tradefin.report.charts.definitions import day_of
from tradefin.report.convert import Converter, Job
from tradefin.report.drawing import Caption, Drawing
from tradefin.report.markdown import sections, to_html
from tradefin.report.site import overview_image
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store

pytestmark = pytest.mark.xdist_group("tiny report")

_CAPTION = Caption(("Source: The Bank",), date(2002, 3, 1), "2002-03-01-0123456789ab")


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    return make_tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def release(builder: Builder) -> Release:
    """The tiny project's release with its report."""
    with mock.patch.object(docs, "write_docs", write_pages):
        return publish(builder, audits_of(builder))


@pytest.fixture(scope="module")
def con(release: Release) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(release.database), read_only=True) as found:
        yield found


@pytest.fixture(scope="module")
def entries(builder: Builder, release: Release) -> list[Entry]:
    return entries_of(builder.table)


def _drawn(entries: list[Entry], con: duckdb.DuckDBPyConnection, store: Store, caption: Caption) -> list[Drawing]:
    charts = catalogue.charts_of(entries, lambda table: table in ("claims", "claim_verdicts"))
    return drawing.draw(charts, con, lambda _: caption, store)


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("2001", date(2001, 7, 1)),
        ("FY1985", date(1985, 7, 1)),
        ("1995-2001", date(2001, 7, 1)),
        ("2001-02-28", date(2001, 2, 28)),
        ("since 2001-12-07 to 2024", date(2024, 7, 1)),
        ("2003H2", date(2003, 7, 1)),
        ("14th_review", None),
    ],
)
def test_periods_end(period: str, day: date | None) -> None:
    assert day_of(period) == day


def test_charts_whose_tables_are_missing_are_left_out(entries: list[Entry]) -> None:
    found = {chart.id for chart in catalogue.charts_of(entries, lambda _: False)}
    assert found == {"verdicts", "rate_is_high-definitions", "rate_is_high-through-time"}
    assert "turnover_and_reserves" in {chart.id for chart in catalogue.charts_of(entries, lambda _: True)}


def test_the_same_bytes_in_another_process_and_after_other_charts(
    entries: list[Entry], con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    first = _drawn(entries, con, Store(tmp_path / "a"), _CAPTION)
    alt.layer(alt.Chart("x").mark_bar().add_params(alt.selection_point())).to_dict()  # Altair counts what it names
    again = _drawn(entries, con, Store(tmp_path / "b"), _CAPTION)
    assert [(d.specs, d.svg, d.png) for d in first] == [(d.specs, d.svg, d.png) for d in again]
    assert all(d.png.startswith(b"\x89PNG") for d in first)


def test_another_release_is_not_drawn_again_and_bears_its_own_id(
    entries: list[Entry], con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    store = Store(tmp_path)
    first = _drawn(entries, con, store, _CAPTION)
    kept = set((tmp_path / "memo" / "charts").iterdir())
    other = Caption(_CAPTION.sources, _CAPTION.newest, "2002-03-01-ba9876543210")
    again = _drawn(entries, con, store, other)
    assert set((tmp_path / "memo" / "charts").iterdir()) == kept
    for one, two in zip(first, again, strict=True):
        assert _CAPTION.release in one.svg["wide"]
        assert one.svg["wide"].replace(_CAPTION.release, other.release) == two.svg["wide"]
        assert one.png != two.png


def test_a_drawing_names_what_it_shows(entries: list[Entry], con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for one in _drawn(entries, con, Store(tmp_path), _CAPTION):
        for svg in one.svg.values():
            assert "Sources: The Bank." in svg
            assert "Newest vintage of 1 March 2002" in svg
        assert one.specs["wide"]["description"].startswith(one.chart.title)
        assert one.size["narrow"][0] < 380
        assert "<" not in one.inline
        assert set(json.loads(one.inline)) == {"datasets", "wide", "narrow"}


def test_what_cannot_be_drawn_is_said() -> None:
    with Converter(1) as converter, pytest.raises(RuntimeError, match="could not be drawn"):
        converter.send(Job("{", "", ("a", "b"), png=False))
        converter.made()


def test_pictures_come_in_the_order_that_they_were_asked_for() -> None:
    svgs = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{n}" height="9"/>' for n in range(10, 60)]
    with Converter(len(svgs)) as converter:
        for svg in svgs:
            converter.send(Job("", svg, ("-", "-"), png=True))
        made = converter.made()
    assert [one.svg for one in made] == svgs
    widths = [int.from_bytes(one.png[16:20], "big") for one in made]
    assert widths == sorted(widths)


def test_no_font_of_the_machine_is_used() -> None:
    told = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="30"><text y="20" font-family="{}">text</text></svg>'
    )
    families = ("DejaVu Sans", "DejaVu Serif", "No Such Font")  # Debian has the first two
    with Converter(1) as converter:
        for family in families:
            converter.send(Job("", told.format(family), ("-", "-"), png=True))
        assert len({one.png for one in converter.made()}) == 1


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_labels_are_whole(width: str) -> None:
    long = "a definition whose name is longer than any line that there is room for, which is why it is broken"
    labels = RowLabels(["short", long], width)  # type: ignore[arg-type]  # one of the two
    shown = json.dumps(labels.y("name").to_dict()) + json.dumps([layer.to_dict() for layer in labels.above("name")])
    assert all(word in shown for word in long.split())
    assert "…" not in shown
    assert labels.height > RowLabels(["short", "long"], width).height  # type: ignore[arg-type]


def test_scales_show_differences() -> None:
    assert scale_of([1.0, 40.0])[1] == ", log scale"
    assert scale_of([-1.0, 40.0])[1] == ""
    assert scale_of([85.0, 89.0])[0].to_dict()["zero"] is False
    assert scale_of([2.0, 9.0])[0].to_dict()["domain"][0] == 0
    assert scale_of([5.0, 5.0])[0].to_dict()["domain"][0] == 0


def test_markdown_is_escaped_and_its_links_lead_somewhere() -> None:
    table, code = "| a |\n|---|\n| `1<2` |", "```sql\nselect 1 < 2\n```"
    text = f"## A & B\n\n[kept](x.md) [dropped](../../y.yml) <script>\n\n{table}\n\n{code}\n"
    html = to_html(text, lambda link: None if link.startswith("../..") else "x.html", "page")
    assert '<a href="x.html">kept</a> dropped &lt;script&gt;' in html
    assert '<h2 id="a-b">' in html
    assert 'tabindex="0" aria-label="page: A &amp; B"><table>' in html
    assert '<pre tabindex="0"><code class="language-sql">select 1 &lt; 2' in html
    assert set(sections(text)) == {"", "A & B"}


def test_the_report_is_part_of_the_release(release: Release, builder: Builder) -> None:
    files = {n.removeprefix("report/") for n in release.manifest.files if n.startswith("report/")}
    assert {"index.html", "method.html", "freshness.html", "licences.html", "claims/rate_is_high.html"} <= files
    assert {f"tables/{stem}.html" for stem in builder.contracts} <= files
    assert {"charts/verdicts.svg", "charts/verdicts-narrow.svg", "charts/verdicts.png", "assets/charts.js"} <= files
    assert verify(builder.store.home).release == release.id
    page = release.file_bytes("report/claims/rate_is_high.html").decode()
    assert "11.25 % (2001)" in page
    assert "rate_pct &gt; 10" in page
    assert "{{" not in page


def test_dagster_shows_the_overview(release: Release, tmp_path: Path) -> None:
    assert overview_image(release).startswith("![Verdict on every claim](data:image/svg+xml;base64,")
    assert "no chart" in overview_image(publish_light(make_tiny(tmp_path)))


def test_a_project_without_claims_has_a_report(tmp_path: Path) -> None:
    kept = {n: t for n, t in FILES.items() if "rate_is_high" not in n}
    with mock.patch.dict(FILES, kept, clear=True), mock.patch("tests.tiny.LEDGER", ()):
        builder = make_tiny(tmp_path)
    with mock.patch.object(docs, "write_docs", write_pages):
        files = publish(builder, audits_of(builder)).manifest.files
    assert "report/index.html" in files
    assert not any(n.startswith("report/charts/") for n in files)


def test_the_command(release: Release, builder: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEFIN_HOME", str(builder.store.home))
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    run = CliRunner().invoke
    assert run(app, ["report"]).stdout.strip() == str(release.folder / "report/index.html")
    told = json.loads(run(app, ["report", "--json", "--open", "--to", str(tmp_path / "site")]).stdout)
    assert told == {"release": release.id, "page": str(tmp_path / "site/report/index.html")}
    assert opened == [(tmp_path / "site/report/index.html").as_uri()]
    copied = {p.relative_to(tmp_path / "site").as_posix() for p in (tmp_path / "site").rglob("*") if p.is_file()}
    assert copied >= {*release.manifest.all_files(), "index.html"} - {"tradefin.duckdb"}
    assert "tradefin.duckdb" not in copied
    assert run(app, ["report", "--to", str(tmp_path / "site")]).exit_code == 2
    assert run(app, ["report", "--release", "2000-01-01-000000000000"]).exit_code != 0


def test_reading_a_release_needs_nothing_of_the_report() -> None:
    heavy = "import tradefin, sys; print({'altair', 'vl_convert', 'jinja2'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
