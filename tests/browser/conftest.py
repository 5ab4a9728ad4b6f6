"""A release with its report, and Chromium.

The browser is Debian's: `apt-get install -y chromium`. Where it is missing these tests skip, but not in CI.
"""

import json
import os
import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from unittest import mock

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.publishing import audits_of
from tradefin.audit import engine
from tradefin.releases.publish import publish
from tradefin.releases.release import Release
from tradefin.tables.builder import Builder

_HOW = "No Chromium found. Get it with: apt-get install -y chromium (Debian, Ubuntu), then run the tests again."


def _bare_data_docs(validated: list[tuple[dict[str, Any], dict[str, Any]]], folder: Path) -> None:
    """A page where Great Expectations would put one: what is on it is tested elsewhere, and costs time."""
    for name in ["index.html", *(engine.DATA_DOCS_PAGE.format(table=suite["name"]) for suite, _ in validated)]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("<!doctype html><title>Data Docs</title>", encoding="utf-8")


@pytest.fixture(scope="session")
def release(builder: Builder, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The project's own release with its report, audited by hand."""
    with mock.patch.object(engine, "build_data_docs", _bare_data_docs):
        return publish(builder, audits_of(builder), tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="session")
def report(release: Release) -> Path:
    """Folder of its report."""
    return release.folder / "report"


@pytest.fixture(scope="session")
def site_pages(report: Path) -> list[str]:
    """Every page, by path from the report's folder."""
    return sorted(p.relative_to(report).as_posix() for p in report.rglob("*.html"))


@pytest.fixture(scope="module")  # one at a time may live in a process
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(_HOW)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path)
        yield found
        found.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture(scope="session")
def served(release: Release) -> Iterator[str]:
    """Address of the report on a web server of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(release.folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/report/"
    server.shutdown()


def inline_specs(html: str) -> list[dict[str, Any]]:
    """What a page holds for its charts."""
    parts = html.split('<script type="application/json">')[1:]
    return [json.loads(part.split("</script>")[0]) for part in parts]
