"""The SQL box in Debian's Chromium: with its programs it returns what the page prints, without them it says how."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.publishing import audits_of, write_pages
from tests.tiny import make_tiny
from tests.web import Web, served
from tradefin.audit import docs
from tradefin.commands.report import _copy
from tradefin.errors import NotFound, Unavailable
from tradefin.releases.publish import publish
from tradefin.releases.release import Release
from tradefin.report import sqlbox

pytestmark = pytest.mark.xdist_group("browser")

SLOW = 30_000  # milliseconds, for 40 megabytes of programs on a busy machine


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The tiny project's release, with real pages."""
    builder = make_tiny(tmp_path_factory.mktemp("tiny"))
    with mock.patch.object(docs, "write_docs", write_pages):
        return publish(builder, audits_of(builder))


@pytest.fixture(scope="module")
def programs() -> dict[str, bytes]:
    """The box's programs, from the cache or by npm."""
    try:
        return sqlbox.files()
    except (NotFound, Unavailable) as error:
        pytest.skip(f"the SQL box's programs are not at hand: {error}")


@pytest.fixture(scope="module")
def bare(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the release without the programs."""
    folder = tmp_path_factory.mktemp("bare")
    _copy(release, folder)
    return folder


@pytest.fixture(scope="module")
def full(release: Release, programs: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the release with the programs."""
    folder = tmp_path_factory.mktemp("full")
    _copy(release, folder)
    sqlbox.lay(programs, folder, release.manifest)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("no chromium: apt-get install -y chromium")
        pytest.skip("no chromium: apt-get install -y chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    found = browser.new_page()
    yield found
    found.close()


@pytest.fixture
def said(page: Page) -> list[str]:
    """Whatever the console complains of."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.fixture
def asked(page: Page) -> list[str]:
    """Every address that the page asks for."""
    found: list[str] = []
    page.context.on("request", lambda request: found.append(request.url))
    return found


def _outside(asked: list[str], web: Web) -> list[str]:
    return [url for url in asked if not url.startswith((f"{web.address}/", f"blob:{web.address}/", "data:"))]


def _run(page: Page, sql: str) -> None:
    page.get_by_label("SQL on any table").fill(sql)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled(timeout=SLOW)


def _cells(page: Page) -> list[list[str]]:
    rows = page.get_by_role("region", name="Result of the query").locator("tbody tr").all()
    return [row.locator("td").all_inner_texts() for row in rows]


def test_a_query_returns_the_figures_that_the_page_prints(
    full: Path, page: Page, said: list[str], asked: list[str]
) -> None:
    with served(full) as web:
        page.goto(f"{web.address}/report/tables/rates.html")
        printed = page.get_by_role("region", name="First rows of rates").locator("tbody tr")
        figures = [row.locator("td").all_inner_texts() for row in printed.all()]
        assert any("11.25" in row for row in figures)
        assert not any("sqlbox/" in url for url in asked)  # nothing of it is read before it is asked for

        page.get_by_role("button", name="Open the SQL box").click()
        page.get_by_role("button", name="The first rows").click()
        status = page.locator("#sqlbox").get_by_role("status")
        expect(status).to_contain_text("4 rows in", timeout=SLOW)
        assert _cells(page) == figures

        page.get_by_role("button", name="How high were the rates of 2001?").click()
        expect(status).to_contain_text("2 rows in", timeout=SLOW)
        assert _cells(page) == [["JPN", "11.25"], ["NAM", "4"]]

        _run(page, "select max(r.rate_pct), null from rates r join marts.rate_ranks using (iso3, year) -- joined")
        assert _cells(page) == [["11.25", "NULL"]]
        assert said == []
        assert _outside(asked, web) == []


def test_a_mistake_is_told_in_duckdbs_words_and_nobody_else_is_asked(
    full: Path, page: Page, said: list[str], tmp_path: Path
) -> None:
    (tmp_path / "x.csv").write_text("a\n1\n")
    with served(full) as web, served(tmp_path) as other:
        page.goto(f"{web.address}/report/tables/rates.html")
        page.get_by_role("button", name="Open the SQL box").click()
        alert = page.locator("#sqlbox").get_by_role("alert")
        _run(page, "select iso3,\n  rate from rates")
        expect(alert).to_contain_text("LINE 2")
        expect(alert).to_contain_text('"rate" not found')
        _run(page, "set threads = 1")
        expect(alert).to_contain_text("one that returns rows")
        assert said == []
        _run(page, f"set custom_extension_repository = '{other.address}'")
        for query in (f"from '{other.address}/x.csv'", "from read_parquet('x')", "load json", "select '{}'::json"):
            _run(page, query)
            expect(alert).to_be_visible()
        assert other.asked == []  # the browser itself refuses
        _run(page, "select 1 as one")
        assert _cells(page) == [["1"]]


def test_without_the_programs_the_page_says_how_to_get_them(bare: Path, page: Page) -> None:
    how = page.get_by_text("tradefin report --with-sql --to DIR")
    with served(bare) as web:
        page.goto(f"{web.address}/report/tables/rates.html")
        expect(how).to_be_hidden()
        page.get_by_role("button", name="Open the SQL box").click()
        expect(how).to_be_visible()
        expect(how.locator("xpath=..")).to_be_focused()


def test_from_disk_the_page_says_how_to_serve_it(bare: Path, page: Page, said: list[str]) -> None:
    page.goto((bare / "report/tables/rates.html").as_uri())
    expect(page.get_by_text("tradefin report --with-sql --to DIR")).to_be_visible()
    expect(page.get_by_role("button", name="Open the SQL box")).to_be_hidden()
    assert said == []


def test_the_programs_change_no_file_of_the_copy(full: Path, bare: Path) -> None:
    for path in bare.rglob("*"):
        if path.is_file():
            assert (full / path.relative_to(bare)).read_bytes() == path.read_bytes()
