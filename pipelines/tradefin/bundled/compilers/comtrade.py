"""Trade within and between blocs, 1964-2016: sums over UN Comtrade's exports as the penppml data set keeps them.

Beside them nine shares that the WTO published, quoted at second hand. Left out: the 13 rows that the facts mark
INVALID, shares of NAFTA and of the three blocs in 1992 without the trade between the United States and Canada, which
the data set has as zero. Eleven of them stand here repaired from another data set, as an edition of their own; the two
without a repair, NAFTA's imports and its part of the world's exports, are missing.
"""

from pathlib import Path

from tradefin.bundled.compilers._trade import COMPILED_ON, Row, citation, read, vintage

PUBLISHER = "comtrade"
DATA_SET = "https://github.com/tomzylkin/penppml (data/trade.rda at commit e6a4e23)"
# Start of the source text -> (slug, what it is, address, kind, licence). Of none can the day be told on which it became
# public, so each is known from the day of the compilation on.
DOCUMENTS = {
    "github:tomzylkin/penppml": (
        "penppml-trade",
        "Exports in US dollars by exporter, importer and every fourth year 1964-2016, from Comtrade; summed over blocs",
        DATA_SET,
        "computed from a data file",
        "mit",
    ),
    "penppml trade.rda + patentcity": (
        "penppml-trade-repaired-1992",
        "The same for 1992, with the trade between the United States and Canada taken from TRADHIST",
        f"{DATA_SET}; patentcity, tradeflow_xx.csv (a copy of TRADHIST)",
        "computed from two data files",
        "quotation",
    ),
    "WTO International Trade Statistics": (
        "wto-its-2008-chart",
        "WTO, International Trade Statistics 2008, chart I.5, in a copy (page 18)",
        "https://www.yumpu.com/en/document/view/27721846/",
        "quotation",
        "quotation",
    ),
    "people.hofstra.edu": (
        "transport-geography-ch5-ch7",
        "The Geography of Transport Systems, pages on trade poles (chapters 5 and 7), citing the WTO",
        "https://people.hofstra.edu/geotrans/eng/ch5en/conc5en/tradepoles.html",
        "quotation",
        "quotation",
    ),
}


def compile_tables(facts: Path) -> dict[str, list[Row]]:
    """Tables `trade_by_bloc`, `vintages` and `citations`.

    Args:
        facts: Folder that holds the facts on trade blocs.

    Returns:
        Rows by table name; one row of `trade_by_bloc` is one measure of one bloc in one year and edition.
    """
    rows = [
        {
            "bloc": row["group"],
            **{name: row[name] for name in ("year", "measure", "value", "unit", "value_kind", "note")},
            "vintage_id": _document(row["source"])[0],
            "source_id": _document(row["source"])[0],
        }
        for row in read(facts / "facts_trade_blocs.csv")
        if not row["note"].startswith("INVALID")
    ]
    return {
        "trade_by_bloc": rows,
        "vintages": [
            vintage(PUBLISHER, slug, title, COMPILED_ON, "download_date", "the day is that of the compilation")
            for slug, title, _, _, _ in DOCUMENTS.values()
        ],
        "citations": [citation(PUBLISHER, *document) for document in DOCUMENTS.values()],
    }


def _document(source: str) -> tuple[str, str, str, str, str]:
    (found,) = (document for start, document in DOCUMENTS.items() if source.startswith(start))
    return found
