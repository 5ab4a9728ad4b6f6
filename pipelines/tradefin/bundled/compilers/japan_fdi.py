"""Japan's outward direct investment by destination: scraps from documents that quote different statistics.

Each basis (notifications to the Ministry of Finance in dollars or in yen, the IMF's survey of positions, the World
Bank's net flows) counts something else, so nothing here is added up across them. Left out: three rows without any
figure, which only say that investment rose or fell (China in fiscal 1995, where the page's figure is a misprint, and
the world in fiscal 1998 and 1999, whose changes gave the totals of 1997 and 1998 that stand here as derived).
"""

from pathlib import Path

from tradefin.bundled.compilers._trade import COMPILED_ON, Row, citation, read, vintage

PUBLISHER = "japan_fdi"
# Start of the source text -> (slug, title, day it was public, how that day was derived, address, kind, licence).
DOCUMENTS = {
    "mofa.go.jp": (
        "mofa-bluebook-1987", "Ministry of Foreign Affairs of Japan, Diplomatic Bluebook 1987, chapter 4-3",
        "1987-12-31", "year_end", "https://www.mofa.go.jp/policy/other/bluebook/1987/1987-4-3.htm",
        "quotation", "quotation",
    ),
    "web-japan.org": (
        "web-japan-1996-10-07", "Trends in Japan, 7 October 1996, on notifications to the Ministry of Finance",
        "1996-10-07", "stated", "https://web-japan.org/trends96/honbun/tj961001.html", "quotation", "quotation",
    ),
    "wtec.org": (
        "wtec-mechatronics", "WTEC report on mechatronics in Japan, chapter 1, page 7",
        COMPILED_ON, "download_date", "https://www.wtec.org/loyola/mechtron/01_07.htm", "quotation", "quotation",
    ),
    "meti.go.jp": (
        "meti-overseas-survey-8", "Ministry of Economy, Trade and Industry, overseas business survey, on notifications",
        COMPILED_ON, "download_date",
        "https://www.meti.go.jp/statistics/tyo/kaigaizi/result/result_8/h2c405bj.html", "quotation", "quotation",
    ),
    "state.gov": (
        "state-investment-climate", "US Department of State, report citing the IMF's direct investment survey",
        COMPILED_ON, "download_date", "https://www.state.gov/report/custom/f2b41a04eb", "quotation", "quotation",
    ),
    "github:open-numbers": (
        "wdi-outflows-2026-03-01", "Foreign direct investment, net outflows, percent of GDP (BM.KLT.DINV.WD.GD.ZS)",
        "2026-03-01", "stated",
        "https://data.worldbank.org/indicator/BM.KLT.DINV.WD.GD.ZS"
        " (copy at github.com/open-numbers/ddf--gapminder--systema_globalis, commit c63631a)",
        "publisher copy", "cc-by-4.0",
    ),
}  # fmt: skip


def compile_tables(facts: Path) -> dict[str, list[Row]]:
    """Tables `outward_investment`, `vintages` and `citations`.

    Args:
        facts: Folder that holds the facts on Japan's outward investment.

    Returns:
        Rows by table name; one row of `outward_investment` is one destination in one period on one basis.
    """
    rows = [
        {
            **{name: row[name] for name in ("basis", "period", "region", "value", "unit", "share_pct", "note")},
            "vintage_id": _slug(row["source"]),
            "source_id": _slug(row["source"]),
        }
        for row in read(facts / "facts_japan_outward_fdi.csv")
        if row["value"] or row["share_pct"]
    ]
    return {
        "outward_investment": rows,
        "vintages": [
            vintage(PUBLISHER, slug, title, day, rule) for slug, title, day, rule, _, _, _ in DOCUMENTS.values()
        ],
        "citations": [
            citation(PUBLISHER, slug, title, address, kind, licence)
            for slug, title, _, _, address, kind, licence in DOCUMENTS.values()
        ],
    }


def _slug(source: str) -> str:
    (found,) = (document[0] for start, document in DOCUMENTS.items() if source.startswith(start))
    return found
