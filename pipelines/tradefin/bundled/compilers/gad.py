"""The Global Antidumping Database's United States cases, counted by exporter and year: 1,031 figures."""

from pathlib import Path

from tradefin.bundled.compilers._trade import Row, action, citation, read, vintage

PUBLISHER = "gad"
VINTAGE = "gad-2016-06"
SOURCES = {
    "GAD-USA.xls (TTBD June 2016) AD-USA-Master INIT_DATE": ("gad-usa-initiations", "counted by INIT_DATE"),
    "GAD-USA.xls (TTBD June 2016) AD-USA-Master F_AD_DATE": (
        "gad-usa-final-measures",
        "counted by F_AD_DATE",
    ),
    "GAD-USA.xls": ("gad-usa-in-force", "final measures not revoked by 1 December 2001"),
}
ADDRESS = "https://www.chadpbown.com/wp-content/uploads/2019/02/TTBD_2016.zip"


def compile_tables(facts: Path) -> dict[str, list[Row]]:
    """Tables `antidumping`, `vintages` and `citations`.

    Args:
        facts: Folder that holds `facts_antidumping.csv`.
    """
    rows = [
        action(row, VINTAGE, SOURCES[row["source"]][0])
        for row in read(facts / "facts_antidumping.csv")
        if row["compiled_by"].startswith("Global Antidumping Database")
    ]
    edition = vintage(
        PUBLISHER,
        VINTAGE,
        "Temporary Trade Barriers Database, June 2016",
        "2016-06-30",
        "end_of_month",
        "covers cases to the end of 2015",
    )
    documents = [
        citation(
            PUBLISHER,
            slug,
            f"GAD-USA.xls, sheet AD-USA-Master, {how}",
            ADDRESS,
            "data file",
            "free-with-citation",
        )
        for slug, how in SOURCES.values()
    ]
    return {"antidumping": rows, "vintages": [edition], "citations": documents}
