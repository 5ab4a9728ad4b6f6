"""The report in headless Chromium: from disk and from a web server, narrow and wide, light and dark, without script."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request

from tradefin.releases.release import Release

pytestmark = pytest.mark.xdist_group("report")

_OF_EACH_KIND = (
    "index.html",
    "claims/reserves_cover_2001.html",
    "claims/us_keeps_losing.html",
    "claims/monetary_policy_difficulty.html",
    "tables/index.html",
    "tables/imf_quota_gaps.html",
    "freshness.html",
    "method.html",
    "licences.html",
)


@contextmanager
def _page(browser: Browser, base: str, trouble: list[str], **context: Any) -> Iterator[Page]:  # noqa: ANN401
    """A page whose errors, and requests for anything outside of the release, are noted."""
    with browser.new_context(**context) as opened:
        page = opened.new_page()
        page.on(
            "console", lambda m: trouble.append(f"{page.url}: {m.text}") if m.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda e: trouble.append(f"{page.url}: {e}"))
        page.on("requestfailed", lambda r: None if _given_up(r) else trouble.append(f"{page.url}: {r.url} failed"))
        page.on("request", lambda r: None if _ours(r.url, base) else trouble.append(f"{page.url} asks {r.url}"))
        yield page


def _given_up(request: Request) -> bool:
    """Whether the page was left before a picture further down had come."""
    return request.failure == "net::ERR_ABORTED"


def _ours(address: str, base: str) -> bool:
    return address.startswith((base.removesuffix("report/"), "data:", "blob:"))


def _draw(page: Page) -> None:
    """Bring every chart into view, and wait until the script has drawn it."""
    for figure in page.query_selector_all("figure.chart"):
        figure.scroll_into_view_if_needed()
        figure.wait_for_selector(".drawn svg", timeout=20_000)


def test_every_page_opens_from_disk_on_a_narrow_screen(browser: Browser, report: Path, site_pages: list[str]) -> None:
    trouble: list[str] = []
    base = report.as_uri() + "/"
    size = {"width": 360, "height": 740}
    with _page(browser, base, trouble, viewport=size) as page:
        for name in site_pages:
            page.goto(base + name)
            if page.evaluate("document.documentElement.scrollWidth") > 360:
                trouble.append(f"{name} scrolls sideways")
    assert trouble == []


def test_every_page_opens_from_a_web_server(browser: Browser, served: str, site_pages: list[str]) -> None:
    trouble: list[str] = []
    with _page(browser, served, trouble, viewport={"width": 1200, "height": 900}) as page:
        for name in site_pages:
            answer = page.goto(served + name)
            assert answer is not None and answer.ok, name
    assert trouble == []


@pytest.mark.parametrize("width", [360, 1200])
def test_charts_have_marks(browser: Browser, report: Path, site_pages: list[str], width: int) -> None:
    trouble: list[str] = []
    base = report.as_uri() + "/"
    names = [n for n in site_pages if n == "index.html" or n.startswith("claims/")]
    if width == 360:
        names = [n for n in names if n in _OF_EACH_KIND]
    drawn = 0
    with _page(browser, base, trouble, viewport={"width": width, "height": 900}) as page:
        for name in names:
            page.goto(base + name)
            _draw(page)
            for figure in page.query_selector_all("figure.chart"):
                marks = figure.query_selector_all(".drawn g.role-mark path, .drawn g.role-mark text")
                assert len(marks) > 1, (name, figure.get_attribute("id"))
                box, card = (figure.query_selector(s).bounding_box() for s in (".drawn svg", ".drawn"))  # type: ignore[union-attr]
                assert box and card and box["width"] <= card["width"]
                drawn += 1
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert trouble == []
    assert drawn > (6 if width == 360 else 55)


def test_a_chart_answers_the_pointer(browser: Browser, report: Path) -> None:
    with _page(browser, report.as_uri() + "/", [], viewport={"width": 1200, "height": 900}) as page:
        page.goto((report / "claims/reserves_cover_2001.html").as_uri())
        _draw(page)
        page.locator("#chart-reserves_cover_2001-definitions .drawn g.mark-symbol path").first.hover()
        page.wait_for_selector("#vg-tooltip-element.visible")
        assert "five largest" in page.inner_text("#vg-tooltip-element")


def test_pictures_stand_without_script(browser: Browser, report: Path) -> None:
    with _page(
        browser, report.as_uri() + "/", [], java_script_enabled=False, viewport={"width": 360, "height": 740}
    ) as page:
        page.goto((report / "claims/reserves_cover_2001.html").as_uri())
        for picture in page.locator(".picture img").all():
            picture.scroll_into_view_if_needed()
            assert picture.is_visible()
            assert (picture.get_attribute("alt") or "").count(".") > 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_out(browser: Browser, report: Path, scheme: str) -> None:
    axe = Axe()
    found: list[tuple[str, str, list[Any]]] = []
    base = report.as_uri() + "/"
    with _page(browser, base, [], viewport={"width": 1200, "height": 900}, color_scheme=scheme) as page:
        for name in _OF_EACH_KIND:
            page.goto(base + name)
            _draw(page)
            bad = [v for v in axe.run(page).response["violations"] if v["impact"] in ("serious", "critical")]
            found += [(name, v["id"], [node["target"] for node in v["nodes"]][:3]) for v in bad]
    assert found == []


def test_keyboard_reaches_content_and_wide_tables(browser: Browser, report: Path) -> None:
    with _page(browser, report.as_uri() + "/", [], viewport={"width": 360, "height": 740}) as page:
        page.goto((report / "tables/imf_quota_gaps.html").as_uri())
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#main"
        unreachable = page.evaluate(
            "[...document.querySelectorAll('*')].filter(e => e.scrollWidth > e.clientWidth + 1 && e.tabIndex < 0 &&"
            " ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)).length"
        )
        assert unreachable == 0


def test_overview_paints_at_once(browser: Browser, report: Path) -> None:
    taken = []
    for _ in range(3):
        with _page(browser, report.as_uri() + "/", [], viewport={"width": 1200, "height": 900}) as page:
            page.goto((report / "index.html").as_uri())
            page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
            taken.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    assert min(taken) < 1000, taken


def test_on_paper_every_chart_is_a_picture(browser: Browser, report: Path) -> None:
    with _page(browser, report.as_uri() + "/", [], viewport={"width": 1200, "height": 900}) as page:
        page.goto((report / "claims/us_keeps_losing.html").as_uri())
        _draw(page)
        assert page.pdf(format="A4").startswith(b"%PDF")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert page.locator(".picture:visible").count() == page.locator("figure.chart").count()
        page.set_viewport_size({"width": 794, "height": 1123})  # A4
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") <= 794, "a table is cut"


def test_the_release_lists_every_file_of_its_report(release: Release, report: Path) -> None:
    found = {p.relative_to(release.folder).as_posix() for p in report.rglob("*") if p.is_file()}
    assert found <= set(release.manifest.files)
