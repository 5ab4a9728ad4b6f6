"""The WTO's disputes: its file of all disputes, and the days of their stages from case pages and lists of documents.

The file has no days of panels and reports. The pages of disputes that may have had a panel are asked for them; where
the page of a dispute with adopted reports lacks a day of circulation, its list of documents is asked too. What belongs
here: which of them to ask, and putting them together. What does not: reading each (`wto_arrays`, `wto_pages`).
"""

import html
import re
from collections.abc import Sequence
from urllib.parse import quote

import pyarrow as pa

from tradefin.errors import SourceChanged
from tradefin.sources.bundled import text_table
from tradefin.sources.flow import Flow, Part, Request
from tradefin.sources.wto_arrays import read_arrays
from tradefin.sources.wto_pages import APPEALED, STAGES, circulated, narrative

FILE = "https://www.wto.org/library/disputes/dispute_arrays_e.js"
PAGE = "https://www.wto.org/english/tratop_e/dispu_e/cases_e/ds{}_e.htm"
DOCUMENTS = "https://docs.wto.org/dol2fe/Pages/SS/GetXMLResults.aspx?DataSource=Cat&query={}&Language=English"

FIELDS = (
    "code",
    "title",
    "origin",
    "destination",
    "start_date",
    "subject",
    "short_title",
    "agreement",
    "update_date",
    "status",
    "third_party",
    "one_page_sum",
    "reports_adopted",
    "pan_agree",
)
REPORTS = ("panel_report_circulated", "ab_report_circulated")
COLUMNS = [*FIELDS, "missing", *(f"page.{stage}" for stage in STAGES), *(f"documents.{stage}" for stage in REPORTS)]

_WRITTEN_IN_FULL = ("title", "short_title")
_ENOUGH_PAGES = 20
_PAGE = re.compile(r"/cases_e/ds([0-9]+)_e\.htm$")
_LISTED = re.compile(r"@Symbol=WT/DS([0-9]+)/")
_DAY = re.compile(r"(?:19|20)[0-9]{2}/[0-9]{2}/[0-9]{2}")
_STATUS = re.compile(
    r"ST[0-9]{1,3}#(?:19|20)[0-9]{2}_[0-9]{2}_[0-9]{2}(?:\|ST[0-9]{1,3}#(?:19|20)[0-9]{2}_[0-9]{2}_[0-9]{2})*"
)
_MEMBERS = re.compile(r"[A-Z]{2,3}(?:#[A-Z]{2,3})*")
_NO_PANEL = ("ST1", "ST32")
_PERHAPS_NO_PANEL = ("ST14", "ST31")

Dispute = dict[str, str]


def asks() -> tuple[Request, ...]:
    """The file of all disputes."""
    return (Request(FILE, accept="application/javascript, text/javascript, */*", suffix=".js"),)


def further(parts: tuple[Part, ...]) -> tuple[Request, ...]:
    """The case pages of disputes that may have had a panel; once these are there, lists of documents for some."""
    asked = {part.request.address for part in parts}
    disputes = _disputes(parts)
    pages = tuple(
        Request(PAGE.format(_number(one)), accept="text/html", suffix=".htm", optional=True)
        for one in _with_pages(disputes)
    )
    if len(asked) == 1 and pages:
        return pages
    days = _days_of_pages(parts)
    lists = [
        Request(_documents(_number(one)), accept="application/xml, text/xml", suffix=".xml", optional=True)
        for one in disputes
        if _lacks_circulation(one, days)
    ]
    return tuple(request for request in lists if request.address not in asked)


def legible(part: Part) -> None:
    """Reads one page or list of documents alone.

    Raises:
        SourceChanged: It is not such.
    """
    if _PAGE.search(part.request.address):
        narrative(part.data, f"WTO, {part.request.address}")
    elif number := _LISTED.search(part.request.address):
        circulated(part.data, number[1], f"WTO, documents of DS{number[1]}")


def parse(parts: tuple[Part, ...]) -> pa.Table:
    """One row per dispute: the file's fields, then the days of its stages where page or list of documents tell them.

    `missing` names what was due and is not there, so that nobody takes its days for days that were taken back.

    Titles are written without HTML's names of characters (`&mdash;`); everything else is as in the file.

    Raises:
        SourceChanged: The file has another syntax, other fields or malformed ones, or hardly a page tells when reports
            were adopted.
    """
    disputes = _disputes(parts)
    pages = _days_of_pages(parts)
    _check_pages(disputes, pages)
    lists = {
        _number(one): circulated(part.data, _number(one), f"WTO, documents of {one['code']}")
        for one in disputes
        for part in parts
        if part.request.address == _documents(_number(one))
    }
    rows = []
    due = {_number(one) for one in _with_pages(disputes)}
    for one in disputes:
        missing = "case page" if _number(one) in due - pages.keys() else ""
        if _lacks_circulation(one, pages) and _number(one) not in lists:
            missing = "list of documents"
        page, listed = pages.get(_number(one), {}), lists.get(_number(one), {})
        days = [*(page.get(stage, "") for stage in STAGES), *(listed.get(stage, "") for stage in REPORTS)]
        rows.append([*(html.unescape(one[f]) if f in _WRITTEN_IN_FULL else one[f] for f in FIELDS), missing, *days])
    return text_table(COLUMNS, rows)


def _disputes(parts: Sequence[Part]) -> list[Dispute]:
    """The disputes of the file, the newest first."""
    files = [part for part in parts if part.request.address == FILE]
    if len(files) != 1:
        raise SourceChanged(f"WTO disputes: {len(files)} files of disputes came where one was asked for.")
    where = f"WTO, {FILE}"
    arrays = read_arrays(files[0].data, where)
    if not arrays.get("ds_array"):
        raise SourceChanged(f"{where}: no array ds_array with disputes; there are: {', '.join(arrays) or 'none'}.")
    found = arrays["ds_array"]
    return [_checked(found[number], number, where) for number in sorted(found, reverse=True)]


def _checked(dispute: Dispute, number: int, where: str) -> Dispute:
    at = f"{where}, ds_array[{number}]"
    missing, extra = sorted(set(FIELDS) - set(dispute)), sorted(set(dispute) - set(FIELDS))
    if missing or extra:
        raise SourceChanged(f"{at}: fields gone: {', '.join(missing) or 'none'}; new: {', '.join(extra) or 'none'}.")
    if dispute["code"] != f"DS{number}":
        raise SourceChanged(f"{at}: its code is {dispute['code'][:40]!r}.")
    for field, form, may_lack in (
        ("start_date", _DAY, False),
        ("update_date", _DAY, True),
        ("status", _STATUS, False),
        ("origin", _MEMBERS, False),
        ("destination", _MEMBERS, False),
        ("third_party", _MEMBERS, True),
    ):
        if not form.fullmatch(dispute[field]) and not (may_lack and not dispute[field]):
            raise SourceChanged(f"{at}: {field} is {dispute[field][:80]!r}, not of its form.")
    return dispute


def _number(dispute: Dispute) -> str:
    return dispute["code"].removeprefix("DS")


def _documents(number: str) -> str:
    return DOCUMENTS.format(quote(f"@Symbol=WT/DS{number}/*", safe="@=/*"))


def _with_pages(disputes: list[Dispute]) -> list[Dispute]:
    """Disputes that may have had a panel, those that surely had or asked for one first."""
    surely, perhaps = [], []
    for one in disputes:
        codes = {pair.split("#")[0] for pair in one["status"].split("|")}
        if one["reports_adopted"] == "TRUE" or one["pan_agree"] or not codes <= {*_NO_PANEL, *_PERHAPS_NO_PANEL}:
            surely.append(one)
        elif not codes <= {*_NO_PANEL}:
            perhaps.append(one)
    return [*surely, *perhaps]


def _days_of_pages(parts: Sequence[Part]) -> dict[str, dict[str, str]]:
    numbers = {part.request.address: _PAGE.search(part.request.address) for part in parts}
    return {
        match[1]: narrative(part.data, f"WTO, {part.request.address}")
        for part in parts
        if (match := numbers[part.request.address])
    }


def _lacks_circulation(dispute: Dispute, pages: dict[str, dict[str, str]]) -> bool:
    page = pages.get(_number(dispute))
    return page is not None and dispute["reports_adopted"] == "TRUE" and (REPORTS[0] not in page or APPEALED in page)


def _check_pages(disputes: list[Dispute], pages: dict[str, dict[str, str]]) -> None:
    """Pages whose narrative nobody can read any more must not make days vanish."""
    due = [one for one in disputes if one["reports_adopted"] == "TRUE" and _number(one) in pages]
    told = [one for one in due if "adopted" in pages[_number(one)]]
    if len(due) >= _ENOUGH_PAGES and len(told) < len(due) / 2:
        raise SourceChanged(
            f"WTO disputes: of {len(due)} case pages of disputes with adopted reports only {len(told)} tell when they "
            "were adopted: the wording or the layout of the pages has changed."
        )


FLOWS: tuple[Flow, ...] = (Flow("wto", "disputes", asks, parse, further, legible=legible),)
