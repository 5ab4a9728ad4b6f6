"""Anti-dumping figures and events quoted from papers, booklets and the press: 124 figures and 17 events.

Most quote the WTO at second hand, so they keep a compiler of their own and are never added to the WTO's.
"""

import re
from pathlib import Path

from tradefin.bundled.compilers._trade import COMPILED_ON, Row, action, citation, read, vintage

PUBLISHER = "trade_press"
# Start of the source text -> (slug, day it was public, how that day was derived, address). The slug names
# edition and document alike: each of these is one document that was never revised.
DOCUMENTS = {
    "Defence Wing booklet": ("booklet-1995-2017", COMPILED_ON, "download_date", "https://online.flipbuilder.com/zvnz/mbuu"),
    "Yin 2003": ("yin-2003", "2003-12-31", "year_end", "https://m.moam.info/"),
    "industryweek.com": (
        "industryweek-2009-05", "2009-05-31", "end_of_month", "https://www.industryweek.com/the-economy/article/21944461"
    ),
    "supplychainbrain.com": (
        "wto-report-2008-10-in-press", "2008-10-20", "stated", "https://www.supplychainbrain.com/articles/4240"
    ),
    "news.everychina.com": ("everychina-2011-05", "2011-05-20", "stated", "https://news.everychina.com/"),
    "china.org.cn": (
        "china-org-cn-2004-11", "2004-11-02", "stated", "http://www.china.org.cn/english/2004/Nov/110967.htm"
    ),
    "tradelawnews.blogspot.com": (
        "wto-report-2005-05-in-press", "2005-05-31", "end_of_month", "https://tradelawnews.blogspot.com/2005/05"
    ),
    "textilegoglobal.com": (
        "wto-report-2006-05-in-press", "2006-05-08", "stated", "http://www.textilegoglobal.com/eng/news/4213.html"
    ),
    "irochemco.com": ("irochemco-2006", COMPILED_ON, "download_date", "http://www.irochemco.com/"),
    "taylorfrancis.com": (
        "taylor-francis-1995-2002", COMPILED_ON, "download_date", "https://doi.org/10.4324/9780203799796-16"
    ),
}  # fmt: skip
ADP_139 = "https://www.wto.org/gatt_docs/English/HTM/139.WPF.HTM"
EVENTS = "antidumping-events-2026-11"


def compile_tables(facts: Path) -> dict[str, list[Row]]:
    """Tables `antidumping`, `antidumping_events`, `vintages` and `citations`.

    Args:
        facts: Folder that holds the three files of anti-dumping facts.
    """
    quoted = [
        row
        for name in ("facts_antidumping.csv", "facts_antidumping_more.csv")
        for row in read(facts / name)
        if row["compiled_by"].startswith("secondary")
    ]
    rows = [action(row, _slug(row["source"]), _slug(row["source"])) for row in quoted]
    titles = {_slug(row["source"]): row["source"] for row in quoted}
    vintages = [vintage(PUBLISHER, slug, titles[slug], day, rule) for slug, day, rule, _ in DOCUMENTS.values()]
    documents = [
        citation(PUBLISHER, slug, titles[slug], address, "quotation", "quotation")
        for slug, _, _, address in DOCUMENTS.values()
    ]
    events, event_documents = _events(read(facts / "facts_antidumping_events_japan_china.csv"))
    label = "first uses of anti-dumping by Japan and China, compiled November 2026"
    vintages.append(vintage(PUBLISHER, EVENTS, label, COMPILED_ON, "download_date"))
    return {
        "antidumping": rows,
        "antidumping_events": events,
        "vintages": vintages,
        "citations": documents + event_documents,
    }


def _slug(source: str) -> str:
    return next(document[0] for start, document in DOCUMENTS.items() if source.startswith(start))


def _events(facts: list[Row]) -> tuple[list[Row], list[Row]]:
    """The events and one citation for each distinct text that they were read from."""
    names = {
        text: f"antidumping-event-source-{n:02d}" for n, text in enumerate(sorted({row["source"] for row in facts}), 1)
    }
    events = [
        {
            **{k: v for k, v in row.items() if k != "source"},
            "vintage_id": EVENTS,
            "source_id": names[row["source"]],
        }
        for row in facts
    ]
    address = {text: ADP_139 if text == "ADP/139" else "https://" + re.split("[; ]", text)[0] for text in names}
    documents = [
        citation(PUBLISHER, slug, text, address[text], "quotation", "quotation") for text, slug in names.items()
    ]
    return events, documents
