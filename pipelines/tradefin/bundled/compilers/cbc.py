"""Central bank of Taiwan: its reserves without gold, as the press quoted them; no World Bank table has Taiwan."""

import csv
from pathlib import Path

Rows = list[dict[str, str]]

# How the source's sentence starts -> source_id, known_on, known_on_rule, note. Two years are a quoted figure less
# a quoted change.
SOURCES = {
    "Central bank of Taiwan, quoted by Al Borsa 5 Jan 2013": ("alborsa-2013-01-05", "2013-01-05", "stated", ""),
    "Central bank of Taiwan, quoted by Taiwan Today (Japanese)": ("taiwan-today-2014", "2014-12-31", "year_end", ""),
    "Central bank of Taiwan, quoted by Taipei Times 6 Jan 2020": (
        "taipei-times-2020-01-06",
        "2020-01-06",
        "stated",
        "",
    ),
    "computed: 557.143 at end Jan 2023": (
        "bg3-2023-02",
        "2023-02-28",
        "end_of_month",
        "computed: 557.143 at end January 2023 less 2.211 in the month",
    ),
    "computed: 576.677 at end 2024": (
        "taiwanwire-2025-01-computed",
        "2025-01-31",
        "end_of_month",
        "computed: 576.677 at end 2024 less 6.08 over the year",
    ),
    "Central bank of Taiwan, quoted by Focus Taiwan / Taiwanwire Jan 2025": (
        "taiwanwire-2025-01",
        "2025-01-31",
        "end_of_month",
        "",
    ),
    "Central bank of Taiwan, quoted by Focus Taiwan 6 Jan 2026": (
        "focus-taiwan-2026-01-06",
        "2026-01-06",
        "stated",
        "",
    ),
}


def compile_tables(facts: Path) -> dict[str, Rows]:
    """Reshape the reserves facts that quote the central bank of Taiwan.

    Args:
        facts: Folder of the compiled facts.

    Returns:
        Rows by table name; one row of `reserves` is one year.
    """
    with (facts / "facts_reserves_excl_gold_wdi.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["iso3"] == "TWN"]
    reserves, vintages, citations = [], [], []
    for row in rows:
        source = row["source_excl"]
        (found,) = [entry for start, entry in SOURCES.items() if source.startswith(start)]
        source_id, known_on, rule, note = found
        vintage_id = f"cbc-{row['year']}"
        title, _, address = source.removesuffix(" (foreign exchange reserves, without gold)").rpartition(", https://")
        reserves.append(
            {
                "iso3": "TWN",
                "year": row["year"],
                "basis": "without_gold",
                "reserves_usd_bn": row["reserves_excl_gold_usd_billion"],
                "note": note,
                "vintage_id": vintage_id,
                "source_id": source_id,
            }
        )
        vintages.append(
            {
                "vintage_id": vintage_id,
                "publisher": "cbc",
                "label": f"reserves at the end of {row['year']}",
                "known_on": known_on,
                "known_on_rule": rule,
                "note": "",
            }
        )
        citations.append(
            {
                "source_id": source_id,
                "publisher": "cbc",
                "title": title,
                "address": f"https://{address}",
                "kind": "derived" if note else "press",
                "licence": "quotation",
            }
        )
    return {"reserves": reserves, "vintages": vintages, "citations": citations}
