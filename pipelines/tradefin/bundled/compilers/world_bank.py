"""World Bank, World Development Indicators: reserves, gross domestic product, trade in goods and services.

Left out: `gold_value_implied_usd_billion` (a difference of two compilers' figures, negative in 82 rows, so not
gold); `wdi_imports_gnfs_usd_bn` of the GDP facts, the same series as the imports of the trade facts (6 of 11,368
differ by one in the fourth decimal); `is_aggregate`, which the codelist of countries says; and the reserves with
gold that the second reserves file repeats from the first.
"""

import csv
from pathlib import Path

Rows = list[dict[str, str]]

BULK_2025 = "wdi-2025-12-04"
BULK_2024 = "wdi-2024-06-28"
OPEN_NUMBERS = "wdi-open-numbers-01a34e8b"
TRADE = "wdi-2026-03-01"

VINTAGES = [
    (BULK_2025, "World Development Indicators, last updated 2025-12-04", "2025-12-04", "stated", ""),
    (BULK_2024, "World Development Indicators, last updated 2024-06-28", "2024-06-28", "stated", ""),
    (
        OPEN_NUMBERS,
        "World Development Indicators as kept in a public repository, day unknown",
        "2026-11-23",
        "download_date",
        "the day is that of the compilation, the latest it can be",
    ),
    (
        TRADE,
        "World Development Indicators of 2026-03-01 (shares, balance) and 2025-12-04 (imports, GDP)",
        "2026-03-01",
        "stated",
        "two updates in one row; the later day is given",
    ),
]

CITATIONS = [
    (
        "wdi-reserves-with-gold",
        "Total reserves, includes gold at the London price of year end (FI.RES.TOTL.CD)",
        "https://data.worldbank.org/indicator/FI.RES.TOTL.CD (copy at github.com/Guilhermmerr/"
        "An-lise-de-Pol-tica-Externa-de-San-es, commit b5f075c)",
    ),
    (
        "wdi-reserves-without-gold",
        "Total reserves minus gold (FI.RES.XGLD.CD)",
        "https://data.worldbank.org/indicator/FI.RES.XGLD.CD (copy at github.com/open-numbers/"
        "ddf--open_numbers--world_development_indicators, commit 01a34e8b)",
    ),
    (
        "wdi-gdp-usd",
        "GDP, current US dollars (NY.GDP.MKTP.CD)",
        "https://data.worldbank.org/indicator/NY.GDP.MKTP.CD (copy at github.com/Guilhermmerr/"
        "An-lise-de-Pol-tica-Externa-de-San-es, commit b5f075c)",
    ),
    (
        "wdi-gdp-ppp",
        "GDP, PPP, current international dollars (NY.GDP.MKTP.PP.CD)",
        "https://data.worldbank.org/indicator/NY.GDP.MKTP.PP.CD (copy at github.com/setupelz/fair-shares, "
        "commit 868b6b0)",
    ),
    (
        "wdi-trade",
        "Exports and imports of goods and services (NE.EXP.GNFS.ZS, NE.IMP.GNFS.ZS, NE.RSB.GNFS.CD, "
        "NE.IMP.GNFS.CD) with GDP (NY.GDP.MKTP.CD)",
        "https://data.worldbank.org/indicator/NE.EXP.GNFS.ZS (copies at github.com/open-numbers/"
        "ddf--gapminder--systema_globalis, commit c63631a, and github.com/Guilhermmerr/"
        "An-lise-de-Pol-tica-Externa-de-San-es, commit b5f075c)",
    ),
]

TRADE_COLUMNS = {
    "exports_gnfs_pct_gdp": "exports_pct",
    "imports_gnfs_pct_gdp": "imports_pct",
    "trade_gnfs_pct_gdp": "trade_pct",
    "imports_gnfs_usd_bn": "imports_usd_bn",
    "exports_gnfs_usd_bn_imports_plus_balance": "exports_from_balance_usd_bn",
    "exports_gnfs_usd_bn_pct_times_gdp": "exports_from_share_usd_bn",
}


def _read(facts: Path, name: str) -> Rows:
    with (facts / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _reserves(facts: Path) -> Rows:
    kept = [
        (
            "facts_reserves.csv",
            "reserves_incl_gold_usd_billion",
            "source_incl",
            "with_gold",
            BULK_2025,
            "wdi-reserves-with-gold",
        ),
        (
            "facts_reserves_excl_gold_wdi.csv",
            "reserves_excl_gold_usd_billion",
            "source_excl",
            "without_gold",
            OPEN_NUMBERS,
            "wdi-reserves-without-gold",
        ),
    ]
    return [
        {
            "iso3": row["iso3"],
            "year": row["year"],
            "basis": basis,
            "reserves_usd_bn": row[value],
            "note": "",
            "vintage_id": vintage,
            "source_id": source,
        }
        for name, value, from_, basis, vintage, source in kept
        for row in _read(facts, name)
        if row[value] and row[from_].startswith("WDI ")
    ]


def _gdp(facts: Path) -> Rows:
    rows = []
    for row in _read(facts, "facts_gdp.csv"):
        key = {"iso3": row["iso3"], "year": row["year"]}
        if row["wdi_gdp_usd_bn"]:
            rows.append(
                {
                    **key,
                    "gdp_usd_bn": row["wdi_gdp_usd_bn"],
                    "gdp_ppp_intl_bn": "",
                    "vintage_id": BULK_2025,
                    "source_id": "wdi-gdp-usd",
                }
            )
        if row["wdi_gdp_ppp_intl_bn"]:
            rows.append(
                {
                    **key,
                    "gdp_usd_bn": "",
                    "gdp_ppp_intl_bn": row["wdi_gdp_ppp_intl_bn"],
                    "vintage_id": BULK_2024,
                    "source_id": "wdi-gdp-ppp",
                }
            )
    return rows


def compile_tables(facts: Path) -> dict[str, Rows]:
    """Reshape the reserves, GDP and trade facts that come from the World Bank.

    Args:
        facts: Folder of the compiled facts.

    Returns:
        Rows by table name.
    """
    trade = [
        {
            "iso3": row["iso3"],
            "year": row["year"],
            **{new: row[old] for old, new in TRADE_COLUMNS.items()},
            "vintage_id": TRADE,
            "source_id": "wdi-trade",
        }
        for row in _read(facts, "facts_gnfs_trade.csv")
    ]
    return {
        "reserves": _reserves(facts),
        "gdp": _gdp(facts),
        "trade_in_goods_and_services": trade,
        "vintages": [
            {
                "vintage_id": vintage_id,
                "publisher": "world_bank",
                "label": label,
                "known_on": known_on,
                "known_on_rule": rule,
                "note": note,
            }
            for vintage_id, label, known_on, rule, note in VINTAGES
        ],
        "citations": [
            {
                "source_id": source_id,
                "publisher": "world_bank",
                "title": title,
                "address": address,
                "kind": "publisher copy",
                "licence": "cc-by-4.0",
            }
            for source_id, title, address in CITATIONS
        ],
    }
