"""External Wealth of Nations (Lane and Milesi-Ferretti): official reserves without gold, 1970-2021.

Left out: `gold_value_implied_usd_billion`, the difference between this compiler's figures and the World Bank's.
It is negative in 82 rows, so it is the disagreement of two sources and not a value of gold.
"""

import csv
from pathlib import Path

Rows = list[dict[str, str]]

VINTAGE = "ewn-2022-12"
SOURCE = "ewn-dataset-2022-12"


def compile_tables(facts: Path) -> dict[str, Rows]:
    """Reshape the reserves facts that come from the External Wealth of Nations.

    Args:
        facts: Folder of the compiled facts.

    Returns:
        Rows by table name; one row of `reserves` is one economy (or currency union) and year.
    """
    with (facts / "facts_reserves.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["reserves_excl_gold_usd_billion"]]
    reserves = [
        {
            "iso3": row["iso3"],
            "year": row["year"],
            "basis": "without_gold",
            "reserves_usd_bn": row["reserves_excl_gold_usd_billion"],
            "note": "",
            "vintage_id": VINTAGE,
            "source_id": SOURCE,
        }
        for row in rows
    ]
    (title,) = {row["source_excl"] for row in rows}
    return {
        "reserves": reserves,
        "vintages": [
            {
                "vintage_id": VINTAGE,
                "publisher": "ewn",
                "label": "dataset of December 2022",
                "known_on": "2022-12-31",
                "known_on_rule": "end_of_month",
                "note": "",
            }
        ],
        "citations": [
            {
                "source_id": SOURCE,
                "publisher": "ewn",
                "title": title,
                "address": "https://github.com/giannisic/International-Monetary-Economics-Assignment-3"
                " (copy at commit e62af25 of EWN-dataset_12-2022.xlsx)",
                "kind": "publisher copy",
                "licence": "ewn-citation",
            }
        ],
    }
