"""The WTO's disputes and anti-dumping tables.

Disputes: DS1 to DS624 from the WTO's own dispute file and case pages, the rest from its news and documents as
seen; status codes whose meaning was inferred; and the text evidence on United States-Japan disputes.

Left out: `source` texts (they are citations here), `status_as_of` (it is the vintage's day), what the facts
conclude about United States-Japan disputes (SQL concludes it afresh and a test compares), and the errors of the WTO
and the dates on which two of its texts disagree, most of which are right in the disputes already: they are corrections
(`expectations/corrections`, a test compares).
"""

import re
from pathlib import Path

from tradefin.bundled.compilers._trade import COMPILED_ON, Row, action, citation, read, vintage

PUBLISHER = "wto"
FILE = "wto-disputes-2024-06"
PAGES = "wto-case-pages-and-summaries"
CREDIT = "facts-with-credit"
DISPUTES_PAGE = "https://www.wto.org/english/tratop_e/dispu_e/dispu_status_e.htm"
CASE_PAGE = "https://www.wto.org/english/tratop_e/dispu_e/cases_e/ds{}_e.htm"
DISPUTE_FILE = "https://www.wto.org/library/disputes/dispute_arrays_e.js"
# DS622 stands in the file of June 2024, but its panel report is known from the WTO's news of this day.
DS622_NEWS = "2026-07-08"
EVIDENCE = ("ds_number", "text_evidence", "compliance")
# Start of the source text -> (slug, label, day it was public, how that day was derived, address).
AD_SOURCES = {
    "WTO AD_MeasuresByExpCty.pdf": (
        "wto-ad-by-exporter-to-2019", "Anti-dumping measures by exporter, 1995-2019",
        COMPILED_ON, "download_date",
        "https://www.wto.org/english/tratop_e/adp_e/AD_MeasuresByExpCty.pdf",
    ),
    "WTO AD_MeasuresByRepMem.pdf": (
        "wto-ad-by-reporter-to-2025", "Anti-dumping measures by reporting member, 1995-2025",
        COMPILED_ON, "download_date",
        "https://www.wto.org/english/tratop_e/adp_e/AD_MeasuresByRepMem.pdf",
    ),
    "wto.org/english/news_e/pres01_e/pr259": (
        "wto-press-259", "WTO press release 259", "2001-11-27", "stated",
        "https://www.wto.org/english/news_e/pres01_e/pr259_e.htm",
    ),
    "wto.org/english/news_e/pres04_e/pr374": (
        "wto-press-374", "WTO press release 374", "2004-04-20", "stated",
        "https://www.wto.org/english/news_e/pres04_e/pr374_e.htm",
    ),
    "wto.org/english/news_e/pres09_e/pr556": (
        "wto-press-556", "WTO press release 556", "2009-12-31", "year_end",
        "https://www.wto.org/english/news_e/pres09_e/pr556_e.htm",
    ),
    "wto.org/english/news_e/pres10_e/pr623": (
        "wto-press-623", "WTO press release 623", "2010-12-31", "year_end",
        "https://www.wto.org/english/news_e/pres10_e/pr623_e.htm",
    ),
    "supplychainbrain.com": (
        "wto-press-556-and-2008-10", "two half years: report of October 2008 and press release 556",
        "2009-12-31", "year_end", "https://www.wto.org/english/news_e/pres09_e/pr556_e.htm",
    ),
}  # fmt: skip


def compile_tables(facts: Path) -> dict[str, list[Row]]:
    """The disputes with what is known about their texts, and the anti-dumping tables.

    Args:
        facts: Folder of the compiled facts.
    """
    published = read(facts / "facts_wto_disputes.csv")
    actions = [
        (row, _ad_source(row["source"]))
        for name in ("facts_antidumping.csv", "facts_antidumping_more.csv")
        for row in read(facts / name)
        if row["compiled_by"].startswith("WTO")
    ]
    titles = {slug: row["source"] for row, slug in actions}
    return {
        "disputes": [_dispute(row) for row in published],
        "dispute_evidence": [
            {
                **{name: row[name] for name in EVIDENCE},
                "vintage_id": FILE,
                "source_id": f"us-japan-ds{row['ds_number']}",
            }
            for row in read(facts / "facts_us_japan_disputes.csv")
        ],
        "status_codes": [
            {**{k: v for k, v in row.items() if k != "source"}, "vintage_id": FILE, "source_id": PAGES}
            for row in read(facts / "wto_status_codes_inferred.csv")
        ],
        "antidumping": [action(row, slug, slug) for row, slug in actions],
        "vintages": _vintages(published),
        "citations": _citations(facts, published, titles),
    }


def _dispute(row: Row) -> Row:
    kept = {k: v for k, v in row.items() if k not in ("sources", "status_as_of", "third_parties")}
    # One list was seen only in part; the mark moves to a column of its own.
    third_parties = row["third_parties"].removeprefix("(partial) ")
    return {
        **kept,
        "third_parties": third_parties,
        "third_parties_note": "partial" if third_parties != row["third_parties"] else "",
        "vintage_id": _vintage_id(row),
        "source_id": _source_id(row),
    }


def _seen_on(row: Row) -> str:
    return DS622_NEWS if row["ds_number"] == "622" else row["status_as_of"]


def _vintage_id(row: Row) -> str:
    return FILE if _seen_on(row) == "2024-06-23" else f"wto-news-{_seen_on(row)}"


def _source_id(row: Row) -> str:
    """A slug of the texts a dispute was read from, or the dispute's own where nothing else shares them."""
    if _vintage_id(row) != FILE:
        return f"wto-news-ds{row['ds_number']}"
    parts = {"dispute_arrays": "file", "narrative": "page", "One-Page": "summary", "list of disputes": "list"}
    return "wto-dispute-" + "-".join(slug for text, slug in parts.items() if text in row["sources"])


def _ad_source(source: str) -> str:
    return next(document[0] for start, document in AD_SOURCES.items() if source.startswith(start))


def _vintages(published: list[Row]) -> list[Row]:
    note = "day of the newest status date in the file"
    rows = [vintage(PUBLISHER, FILE, "dispute file and case pages, June 2024", "2024-06-23", "download_date", note)]
    for day in sorted({_seen_on(row) for row in published} - {"2024-06-23"}):
        month_only = re.fullmatch(r"\d{4}-\d{2}", day)
        known_on, rule = (f"{day}-30", "end_of_month") if month_only else (day, "stated")
        rows.append(vintage(PUBLISHER, f"wto-news-{day}", f"WTO news and documents to {day}", known_on, rule))
    for slug, label, known_on, rule, _ in AD_SOURCES.values():
        note = "day of publication not seen" if rule == "download_date" else ""
        rows.append(vintage(PUBLISHER, slug, label, known_on, rule, note))
    return rows


def _citations(facts: Path, published: list[Row], titles: Row) -> list[Row]:
    evidence = read(facts / "facts_us_japan_disputes.csv")
    rows = [
        citation(
            PUBLISHER,
            PAGES,
            "WTO case-page narratives (2024) and One-Page Case Summaries",
            DISPUTES_PAGE,
            "case pages",
            CREDIT,
        ),
    ]
    by_source = {_source_id(row): row for row in published}
    for slug, row in sorted(by_source.items()):
        news = slug.startswith("wto-news-")
        address = CASE_PAGE.format(row["ds_number"]) if news else DISPUTE_FILE
        kind, licence = ("quotation", "quotation") if news else ("data file and case pages", CREDIT)
        # A news item is named by its page at the WTO, not by the name under which a copy was kept.
        title = re.sub(r"wto/raw/news/\S+ \(([^)]+)\)", r"\1", row["sources"])
        rows.append(citation(PUBLISHER, slug, title, address, kind, licence))
    for row in evidence:
        address = CASE_PAGE.format(row["ds_number"])
        slug = f"us-japan-ds{row['ds_number']}"
        rows.append(citation(PUBLISHER, slug, row["sources"], address, "case pages", "quotation"))
    for slug, _, _, _, address in AD_SOURCES.values():
        kind = "press release" if "press" in slug else "table"
        rows.append(citation(PUBLISHER, slug, titles[slug], address, kind, CREDIT))
    return rows
