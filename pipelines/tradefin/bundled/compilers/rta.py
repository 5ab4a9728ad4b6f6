"""The WTO's database of regional trade agreements, as exported in April 2026: 655 agreements.

Left out are three columns that the facts derive and SQL computes afresh (`first_in_force`,
`in_force_on_2001_12_01`, `notified_by_2001_12_01`).
"""

from pathlib import Path

from tradefin.bundled.compilers._trade import Row, citation, read, vintage

PUBLISHER = "rta"
VINTAGE = "rta-export-2026-04"
SOURCE = "rta-all-agreements-2026-04"
DERIVED = ("first_in_force", "in_force_on_2001_12_01", "notified_by_2001_12_01", "source")


def compile_tables(facts: Path) -> dict[str, list[Row]]:
    """Tables `agreements`, `vintages` and `citations`.

    Args:
        facts: Folder that holds `facts_rta.csv`.
    """
    agreements = [
        {**{k: v for k, v in row.items() if k not in DERIVED}, "vintage_id": VINTAGE, "source_id": SOURCE}
        for row in read(facts / "facts_rta.csv")
    ]
    edition = vintage(
        PUBLISHER,
        VINTAGE,
        "RTA-IS export, April 2026",
        "2026-04-30",
        "end_of_month",
        "the day of the export is not stated",
    )
    document = citation(
        PUBLISHER,
        SOURCE,
        "AllRTAs.xlsx, export of the WTO Regional Trade Agreements Information System; copy at "
        "github:mindstxrm/Geopolitiko@1838d50",
        "https://rtais.wto.org/UI/ExportAllRTAList.aspx",
        "data file",
        "facts-with-credit",
    )
    return {"agreements": agreements, "vintages": [edition], "citations": [document]}
