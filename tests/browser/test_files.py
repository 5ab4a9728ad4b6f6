"""The report's files: every link leads somewhere, every figure is the release's own, nothing comes from elsewhere."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb
import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.browser.conftest import inline_specs
from tradefin.claims.figures import readable
from tradefin.releases.release import Release

pytestmark = pytest.mark.xdist_group("report")

_OVERVIEW = """
select c.claim_id, v.as_of, v.verdict, m.value, m.unit, m.period, c.headline_label
from claims.claims as c
join claims.claim_verdicts as v on v.claim_id = c.claim_id
left join claims.claim_measurements as m
    on m.claim_id = c.claim_id and m.as_of = v.as_of and m.known = v.known and m.definition = c.primary_definition
    and m.measure = c.headline_measure and m.value is not null
    and (c.primary_period = 'newest' or m.period = c.primary_period)
where v.as_of in (select min(as_of) from claims.claim_verdicts as o where o.claim_id = c.claim_id)
    or v.as_of in (select max(as_of) from claims.claim_verdicts as o where o.claim_id = c.claim_id)
qualify row_number() over (partition by c.claim_id, v.as_of order by m.period desc) = 1
order by c.claim_id, v.as_of
"""


@pytest.fixture(scope="module")
def con(release: Release) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(release.database), read_only=True)


def _parsed(path: Path) -> Any:  # noqa: ANN401 - a tree whose every search may fail, which fails the test
    return LexborHTMLParser(path.read_text(encoding="utf-8"))


def test_every_link_leads_somewhere(report: Path, site_pages: list[str]) -> None:
    trees = {(report / name).resolve(): _parsed(report / name) for name in site_pages}
    ids = {path: {n.attributes["id"] for n in tree.css("[id]")} for path, tree in trees.items()}
    lost = []
    for path, tree in trees.items():
        for node in tree.css("[href], [src], [srcset]"):
            for name in ("href", "src", "srcset"):
                target = node.attributes.get(name)
                if not target or target.startswith("data:"):
                    continue
                parts = urlsplit(target)
                if parts.scheme:
                    if (node.tag, parts.scheme) not in (("a", "https"), ("a", "http")):
                        lost.append((path.name, target))  # a page may lead elsewhere, but asks nothing of it
                    continue
                found = (path.parent / unquote(parts.path)).resolve() if parts.path else path
                if found not in ids and found.suffix == ".html" and found.exists():
                    ids[found] = {n.attributes["id"] for n in _parsed(found).css("[id]")}
                if not found.is_file() or (parts.fragment and parts.fragment not in ids[found]):
                    lost.append((path.name, target))
    assert lost == []


def test_headings_have_ids_once_and_pages_their_own_titles(report: Path, site_pages: list[str]) -> None:
    titles = []
    for name in site_pages:
        tree = _parsed(report / name)
        found = [n.attributes["id"] for n in tree.css("[id]")]
        assert sorted(set(found)) == sorted(found), name
        assert len(tree.css("h1")) == 1, name
        titles.append(tree.css_first("title").text())
    assert len(set(titles)) == len(titles)


def test_overview_says_what_the_release_says(report: Path, con: duckdb.DuckDBPyConnection) -> None:
    tree = _parsed(report / "index.html")
    rows = con.execute(_OVERVIEW).fetchall()
    claims = {row[0] for row in rows}
    assert {n.attributes["id"] for n in tree.css("ul.claims > li")} == claims
    for claim in claims:
        then, *later = (row for row in rows if row[0] == claim)
        now = (later or [then])[-1]
        entry = tree.css_first(f"#{claim}")
        if entry.css_first("dl") is None:
            assert now[2] == "not testable"
            continue
        for row, cell in zip((then, now), entry.css("dd"), strict=True):
            _, _, verdict, value, unit, period, label = row
            shown = " ".join(cell.css_first(".figure").text().removesuffix("*").split())
            label = f" {label}" if label else ""
            assert shown == (f"{readable(value, unit)}{label} ({period})" if value is not None else "no figure"), claim
            assert cell.css_first(".badge").text().endswith(verdict)


def test_pages_of_claims_print_a_query_and_what_it_returns(report: Path, con: duckdb.DuckDBPyConnection) -> None:
    measured = con.execute("select claim_id from claims.claims where not_testable is null order by all").fetchall()
    assert len(measured) > 20
    for (claim,) in measured:
        tree = _parsed(report / f"claims/{claim}.html")
        heading = tree.css_first("#numbers")
        query, table = _next(heading, "pre"), _next(heading, "div")
        answer = con.execute(query.text()).fetchall()
        shown = [[cell.text() for cell in row.css("td")] for row in table.css("tbody tr")]
        assert shown == [[_as_shown(value) for value in row] for row in answer], claim


def _next(node: Any, tag: str) -> Any:  # noqa: ANN401 - as above
    while node.tag != tag:
        node = node.next
    return node


def _as_shown(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)


def test_definitions_on_pages_are_those_of_the_release(report: Path, con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute(
        "select claim_id, definition, value, unit, period, holds from claims.claim_sensitivity where known = 'latest'"
    ).fetchall()
    words = {True: "yes", False: "no", None: "cannot be told"}
    trees = {row[0]: _parsed(report / f"claims/{row[0]}.html") for row in rows}
    for claim, definition, value, unit, period, holds in rows:
        table = _next(trees[claim].css_first("#by-definition"), "div")
        cells = next(
            r for r in ([c.text() for c in tr.css("td")] for tr in table.css("tbody tr")) if r[0] == definition
        )
        assert cells[2] == (f"{readable(value, unit)} ({period})" if value is not None else "no figure"), claim
        assert cells[4] == words[holds], (claim, definition)


def test_charts_hold_the_figures_of_the_release(report: Path, con: duckdb.DuckDBPyConnection) -> None:
    for (claim,) in con.execute(
        "select distinct claim_id from claims.claim_sensitivity where holds is not null"
    ).fetchall():
        specs = inline_specs((report / f"claims/{claim}.html").read_text(encoding="utf-8"))
        shown = [row for spec in specs for rows in spec["datasets"].values() for row in rows]
        told = {(row["reading"], row["figure"]) for row in shown if row.get("reading") and row["kind"] != "break-even"}
        rows = con.execute(
            "select s.value from claims.claim_sensitivity as s join claims.claims as c on c.claim_id = s.claim_id "
            "and c.primary_definition = s.definition where s.claim_id = ? and known = 'latest' and value is not null",
            [claim],
        ).fetchall()
        assert {("now", float(value)) for (value,) in rows} <= told, claim


def test_tables_are_all_there(report: Path, release: Release) -> None:
    tree = _parsed(report / "tables/index.html")
    shown = {r.css_first("a").text(): r.css("td")[1].text() for r in tree.css("tbody tr")}
    assert shown == {t.name: f"{t.rows:,}" for t in release.manifest.tables.values()}
    for name, info in release.manifest.tables.items():
        text = _parsed(report / f"tables/{name}.html").body.text()
        assert [c.name for c in info.columns if c.name not in text] == []


def test_pictures_name_title_unit_sources_and_release(report: Path, release: Release) -> None:
    pictures = sorted((report / "charts").glob("*.svg"))
    assert len(pictures) > 100
    for path in pictures:
        text = re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8"))
        assert "Sources: " in text and release.id in text and "ewest vintage of" in text, path.name
        if not path.stem.endswith("-narrow"):
            assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG"), path.name


def test_narrow_pictures_fit_a_telephone(report: Path) -> None:
    wide = {}
    for path in (report / "charts").glob("*-narrow.svg"):
        across = float(path.read_text(encoding="utf-8").split(' width="')[1].split('"')[0])
        if across > 380:  # 360 pixels less the margins, scaled down by less than a fifth
            wide[path.name] = across
    assert wide == {}


def test_the_overview_is_light(report: Path) -> None:
    tree = _parsed(report / "index.html")
    linked = [n.attributes.get("href") or n.attributes.get("src") for n in tree.css("link, script[src], img")]
    files = {"index.html", *(name for name in linked if name and not name.startswith("data:"))}
    assert sum((report / name).stat().st_size for name in files) < 1_500_000


def test_figures_in_page_specs_are_json(report: Path) -> None:
    for path in (report / "claims").glob("*.html"):
        for spec in inline_specs(path.read_text(encoding="utf-8")):
            assert set(spec) == {"datasets", "wide", "narrow"}
            assert json.dumps(spec)
