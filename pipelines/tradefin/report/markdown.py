"""The Markdown of the project's other pages as HTML, so that no page is written twice.

What belongs here: headings with anchors, tables and code that scroll by keyboard, links that lead somewhere in a
release.
"""

import html
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

Relink = Callable[[str], str | None]


def to_html(text: str, relink: Relink, about: str) -> Markup:
    """Markdown as HTML.

    Args:
        text: The Markdown; HTML in it is text.
        relink: Where a link leads on the site; None where it leads nowhere there, and only its words stay.
        about: What the page is about, for the names of its tables.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    _links(tokens, relink)
    _headings(tokens)
    renderer: Any = parser.renderer
    rules = renderer.rules
    rules["table_open"] = _table_open(tokens, about)
    rules["table_close"] = lambda *_: "</table></div>\n"
    rules["th_open"] = lambda *_: '<th scope="col">'
    rules["fence"] = rules["code_block"] = _code
    return Markup(renderer.render(tokens, parser.options, {}))  # noqa: S704 - made here, HTML in it is escaped


def sections(text: str) -> dict[str, str]:
    """The parts of a page below its second-level headings, by heading; what stands above the first under ''."""
    found = {"": ""}
    title = ""
    for line in text.splitlines(keepends=True):
        if line.startswith("## "):
            title = line.removeprefix("## ").strip()
            found[title] = ""
        else:
            found[title] += line
    return found


def anchor(title: str) -> str:
    """The anchor of a heading."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def region(label: str) -> str:
    """How a part begins that may be wider than the page: focusable and named, so that it scrolls by keyboard."""
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{html.escape(label)}">'


def _headings(tokens: Sequence[Token]) -> None:
    for opened, inside in pairwise(tokens):
        if opened.type == "heading_open":
            opened.attrSet("id", anchor(inside.content))


def _links(tokens: Sequence[Token], relink: Relink) -> None:
    for token in tokens:
        if token.children:
            kept: list[Token] = []
            dropped = False
            for child in token.children:
                if child.type == "link_open":
                    target = relink(str(child.attrGet("href")))
                    dropped = target is None
                    if target is not None:
                        child.attrSet("href", target)
                if child.type in ("link_open", "link_close") and dropped:
                    continue
                kept.append(child)
            token.children = kept


def _table_open(tokens: Sequence[Token], about: str) -> Callable[..., str]:
    titles: dict[int, str] = {}
    title = about
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            title = f"{about}: {tokens[place + 1].content}"
        titles[place] = title
    return lambda _tokens, place, *_: region(titles[place].replace("`", "")) + "<table>"


def _code(tokens: Sequence[Token], place: int, *_: object) -> str:
    token = tokens[place]
    kind = f' class="language-{html.escape(token.info.strip())}"' if token.info.strip() else ""
    return f'<pre tabindex="0"><code{kind}>{html.escape(token.content)}</code></pre>\n'
