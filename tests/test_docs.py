"""The pages that are made from contracts, sources and verdicts are fresh, and their links lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tradefin.docs import pages
from tradefin.tables.builder import Builder

_LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def test_generated_pages_are_fresh(builder: Builder) -> None:
    made = pages(builder)
    stale = [name for name, text in made.items() if not (ROOT / name).exists() or (ROOT / name).read_text() != text]
    assert stale == [], "run `make docs`"
    kept = {f"docs/{d}/{p.name}" for d in ("tables", "claims") for p in (ROOT / "docs" / d).glob("*.md")}
    assert kept <= set(made), "pages of tables or claims that are no more"


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/**/*.md")), ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = [t for t in _LINK.findall(page.read_text(encoding="utf-8")) if "://" not in t]
    assert [t for t in targets if not (page.parent / t).exists()] == []


def test_no_page_is_longer_than_a_reader_can_bear() -> None:
    pages_read = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    assert [p.name for p in pages_read if len(p.read_text().splitlines()) > 500] == []
