"""Pages of www.imf.org: the list of members' quotas and votes, and the links of a quota data page.

What belongs here: reading these pages. What does not: when they are asked for.
"""

import re
from urllib.parse import urljoin

import pyarrow as pa
from selectolax.lexbor import LexborHTMLParser, LexborNode

from tradefin.errors import SourceChanged
from tradefin.sources.bundled import text_table
from tradefin.sources.imf_sdmx import as_number
from tradefin.sources.text import decode_text, html_title

LABELS = ("Member", "Millions of SDRs", "Percent of Total Quota", "Number", "Percent of Total Votes")
COLUMNS = ["ISOCODE", *LABELS, "Last Updated"]

_UPDATED = re.compile(r"Last Updated:\s*([A-Z][a-z]+ [0-9]{1,2}, [0-9]{4})")
_FEWEST_MEMBERS = 150


def members_quotas(data: bytes, where: str) -> pa.Table:
    """The members' quotas page: one row per member, its quota and its votes.

    A member's cells carry `data-label`, its code stands in a hidden input; footnote marks of names are left out, and
    so are the governors. The last line has the total, against which the quotas are added up.

    Returns:
        Columns: `ISOCODE`, the labels, and the day of "Last Updated" on every row; texts as on the page.

    Raises:
        SourceChanged: No members, a cell is missing or not a number, no day, or the quotas do not add up to the total.
    """
    page = LexborHTMLParser(decode_text(data, where))
    rows = [_member(line, where) for line in page.css("tr") if line.css_first("input[name$=hdISOCODE]")]
    if len(rows) < _FEWEST_MEMBERS:
        raise SourceChanged(
            f"{where}: {len(rows)} lines have a hidden input hdISOCODE, where some 190 members are due. The page is "
            f"{html_title(data)}."
        )
    updated = _UPDATED.search(page.body.text(separator=" ") if page.body else "")
    if not updated:
        raise SourceChanged(f"{where}: no 'Last Updated: Month day, year' on the page.")
    listed = sum(as_number(row[2], f"{where}, {row[1]}") for row in rows)
    total = _total(page, where)
    if abs(listed - as_number(total, f"{where}, total")) > 1:
        raise SourceChanged(f"{where}: {len(rows)} members' quotas add up to {listed}, the page's total is {total}.")
    return text_table(COLUMNS, [[*row, updated[1]] for row in rows])


def workbook_links(data: bytes, where: str) -> list[str]:
    """Addresses of the Excel files that a page links to, in the order of the page, with https as they are asked for."""
    page = LexborHTMLParser(decode_text(data, where))
    try:
        links = [urljoin(where, link.attributes.get("href") or "") for link in page.css("a[href]")]
    except ValueError as error:
        raise SourceChanged(f"{where}: the page links to what is no address ({error}).") from error
    links = [re.sub("^http:", "https:", link) for link in links]
    return list(dict.fromkeys(link for link in links if re.search(r"\.xlsx?(\?|$)", link, re.IGNORECASE)))


def _member(line: LexborNode, where: str) -> list[str]:
    code = line.css_first("input[name$=hdISOCODE]")
    iso = (code.attributes.get("value") or "").strip() if code else ""
    for mark in line.css("sup"):
        mark.decompose()
    cells = {cell.attributes.get("data-label"): _words(cell) for cell in line.css("td[data-label]")}
    missing = [label for label in LABELS if not cells.get(label)]
    if missing or not re.fullmatch("[A-Z]{3}", iso):
        raise SourceChanged(
            f"{where}, member '{cells.get('Member', '')}' ({iso or 'no code'}): no cell labelled {', '.join(missing)}. "
            f"Its labels: {', '.join(str(label) for label in cells)}."
        )
    for label in LABELS[1:]:
        as_number(cells[label], f"{where}, {cells['Member']}, {label}")
    return [iso, *(cells[label] for label in LABELS)]


def _total(page: LexborHTMLParser, where: str) -> str:
    """The total of all quotas: the second cell below the heading that is anchored as `total`."""
    anchor = page.css_first("a[name=total]")
    table = anchor.parent if anchor else None
    while table is not None and table.tag != "table":
        table = table.parent
    cells = [_words(cell) for cell in table.css("td")] if table else []
    if len(cells) < 2 or not cells[1]:
        raise SourceChanged(f"{where}: no line of totals under the anchor 'total'.")
    return cells[1]


def _words(node: LexborNode) -> str:
    return " ".join(node.text().split())
