"""What happened when in a dispute: the narrative of its page at www.wto.org and its list of documents at docs.wto.org.

Nothing but days is taken. What belongs here: reading these two. What does not: which of them are asked for (`wto`).
"""

import re
from collections.abc import Iterator
from datetime import datetime
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from selectolax.lexbor import LexborHTMLParser

from tradefin.errors import SourceChanged
from tradefin.sources.text import html_title, looks_like_html

STAGES = ("panel_established", "panel_report_circulated", "ab_report_circulated", "adopted")
APPEALED = "appealed"  # the page tells of an Appellate Body report but not of the day of its circulation

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DAY = re.compile(rf"\b([0-9]{{1,2}}) ({_MONTHS}) ((?:19|20)[0-9]{{2}})\b")
_LEFT_OUT = "script, style, nav, header, footer, noscript"
_BLOCKS = "h1, h2, h3, h4, p, li"
_FIRST_PROCEEDINGS_END = re.compile(
    r"^(implementation of|compliance proceedings|proceedings under article 2[12]|recourse to article 2[12]|arbitration"
    r" under article 2[12])",
    re.IGNORECASE,
)
# A sentence on compliance or retaliation tells of other panels and reports.
_LATER = re.compile(r"article 2[12]\.[0-9]|compliance panel|original panel|arbitrat", re.IGNORECASE)
# What must stand in a sentence, and what must not.
_SAYS = {
    "panel_established": (
        re.compile(r"\b(?:DSB|Dispute Settlement Body)(?: \w+){0,3}? established\b.{0,80}?\bpanels?\b|"
                   r"\bpanels? (?:was|were) established\b", re.IGNORECASE),
        re.compile(r"\bdeferred\b|\bnot (?:been )?established\b|\bno panel", re.IGNORECASE),
    ),
    "panel_report_circulated": (
        re.compile(r"\bpanels?(?:['\u2019]s?)? reports? (?:was|were) circulated\b|"
                   r"\breports? of the panels? (?:was|were) circulated\b|\bpanel circulated its report", re.IGNORECASE),
        re.compile(r"\bexpect|\bestimate|\bnot be (?:possible|able)|\bwould be circulated", re.IGNORECASE),
    ),
    "ab_report_circulated": (
        re.compile(r"\bAppellate Body(?:['\u2019]s?)? reports? (?:was|were) circulated\b|"
                   r"\breports? of the Appellate Body (?:was|were) circulated\b|"
                   r"\bAppellate Body (?:issued|circulated) its report", re.IGNORECASE),
        re.compile(r"\bexpect|\bestimate|\bnot be (?:possible|able)|\bwould be circulated", re.IGNORECASE),
    ),
    "adopted": (
        re.compile(r"\b(?:DSB|Dispute Settlement Body)(?: \w+){0,3}? adopted\b.{0,300}?\breports?\b|"
                   r"\breports?(?: \w+){0,4}?(?:,? (?:together with|as modified by|and) [^.]{0,120}?)?,? "
                   r"(?:was|were) adopted\b", re.IGNORECASE),
        re.compile(r"\bnot adopted\b|\bconsider(?:ed|ation)? the adoption\b|\bdeferred\b", re.IGNORECASE),
    ),
}  # fmt: skip


def narrative(data: bytes, where: str) -> dict[str, str]:
    """Days of the stages of the first proceedings that a case page tells of, ISO, by stage; the first of each.

    `APPEALED` stands among them, without a day, where a report of the Appellate Body was adopted but its own day is not
    told.

    Args:
        data: The page; in Windows-1252 where it is not UTF-8.
        where: What was asked, for errors.

    Raises:
        SourceChanged: Not a page, or one without any paragraph.
    """
    if not looks_like_html(data):
        raise SourceChanged(f"{where}: a page of HTML was due, but this begins {data[:40]!r}.")
    page = LexborHTMLParser(_decoded(data))
    for node in page.css(_LEFT_OUT):
        node.decompose()
    blocks = [(node.tag or "", " ".join(node.text(separator=" ").split())) for node in page.css(_BLOCKS)]
    if not any(tag == "p" and text for tag, text in blocks):
        raise SourceChanged(f"{where}: a page of HTML ({html_title(data)}) without a single paragraph.")
    found: dict[str, str] = {}
    for sentence in _sentences(blocks):
        for stage, (says, but) in _SAYS.items():
            fits = stage not in found and says.search(sentence) and not but.search(sentence)
            if fits and (day := _day(sentence, says)):
                found[stage] = day
                if stage == "adopted" and "appellate body" in sentence.lower():
                    found[APPEALED] = ""
    if "ab_report_circulated" in found:
        found.pop(APPEALED, None)
    return found


def circulated(data: bytes, number: str, where: str) -> dict[str, str]:
    """Days on which the reports of a dispute were issued by its list of documents, ISO, by stage.

    Args:
        data: The list, XML.
        number: The dispute's number.
        where: What was asked, for errors.

    Raises:
        SourceChanged: Not such a list.
    """
    if looks_like_html(data):
        raise SourceChanged(f"{where}: a page of HTML ({html_title(data)}) came where XML was due.")
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise SourceChanged(f"{where}: not XML that may be read: {str(error)[:200]}.") from error
    documents = list(root.iter("DOCUMENT"))
    if not documents:
        raise SourceChanged(f"{where}: no DOCUMENT in the list <{str(root.tag)[:40]}>.")
    found: dict[str, str] = {}
    for document in documents:
        symbols = {symbol.strip() for symbol in _field(document, "SYMBOL").split("#")}
        for stage, end in (("panel_report_circulated", "R"), ("ab_report_circulated", "AB/R")):
            if f"WT/DS{number}/{end}" in symbols:
                day = _issued(_field(document, "ISSUINGDATE"), where)
                found[stage] = min(day, found.get(stage, day))
    return found


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _sentences(blocks: list[tuple[str, str]]) -> Iterator[str]:
    """Sentences of paragraphs and list items up to the heading that begins what follows the first proceedings."""
    for tag, text in blocks:
        if tag.startswith("h") and _FIRST_PROCEEDINGS_END.search(text):
            return
        for sentence in re.split(r"(?<=[a-z0-9)\]][.;]) +(?=[A-Z])", text):
            if not _LATER.search(sentence):
                yield sentence


def _day(sentence: str, says: re.Pattern[str]) -> str:
    """The one day of a sentence; of several the one nearest to what it says."""
    match = says.search(sentence)
    days = [(abs(one.start() - match.start()), one) for one in _DAY.finditer(sentence)] if match else []
    for _, one in sorted(days, key=lambda pair: pair[0]):
        try:
            return datetime.strptime(one[0], "%d %B %Y").date().isoformat()
        except ValueError:  # such as 31 June
            continue
    return ""


def _field(document: Element, name: str) -> str:
    return (document.findtext(name) or document.get(name) or "").strip()


def _issued(text: str, where: str) -> str:
    try:
        return datetime.strptime(text[:10], "%d/%m/%Y").date().isoformat()
    except ValueError as error:
        raise SourceChanged(f"{where}: ISSUINGDATE is {text[:40]!r}, not DD/MM/YYYY.") from error
