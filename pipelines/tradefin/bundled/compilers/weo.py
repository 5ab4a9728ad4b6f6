"""IMF World Economic Outlook: gross domestic product in the editions of April 2019 and October 2025.

The edition of October 2025 names its countries and groups in words, and pads some names with a space; the
names stay as they are here. Left out: `is_aggregate`, which the codelist of countries says.
"""

import csv
from pathlib import Path

Rows = list[dict[str, str]]

MEASURES = ("gdp_usd_bn", "gdp_ppp_intl_bn", "gdp_lcu_bn", "real_gdp_lcu_bn", "real_growth_pct", "ppp_world_share_pct")
APRIL_2019 = {"vintage_id": "weo-2019-04", "source_id": "weo-2019-04-ddf"}
OCTOBER_2025 = {"vintage_id": "weo-2025-10", "source_id": "weo-datamapper-2025-11-19"}


def _read(facts: Path, name: str) -> Rows:
    with (facts / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def compile_tables(facts: Path) -> dict[str, Rows]:
    """Reshape the GDP facts that come from the World Economic Outlook.

    Args:
        facts: Folder of the compiled facts.

    Returns:
        Rows by table name; one row of `gdp` is one country or group, year and edition.
    """
    gdp: Rows = []
    for row in _read(facts, "facts_gdp.csv"):
        values = {measure: row[f"weo2019_{measure}"] for measure in MEASURES}
        if any(values.values()):
            gdp.append({"area": row["iso3"], "year": row["year"], **values, **APRIL_2019})
    for row in _read(facts, "facts_gdp_weo_oct2025_datamapper.csv"):
        values = {measure: row.get(measure, "") for measure in MEASURES}
        gdp.append({"area": row["name"], "year": row["year"], **values, **OCTOBER_2025})
    return {
        "gdp": gdp,
        "vintages": [
            {
                "vintage_id": "weo-2019-04",
                "publisher": "weo",
                "label": "World Economic Outlook, April 2019",
                "known_on": "2019-04-30",
                "known_on_rule": "end_of_month",
                "note": "figures for 2018 and later are estimates and projections",
            },
            {
                "vintage_id": "weo-2025-10",
                "publisher": "weo",
                "label": "World Economic Outlook, October 2025",
                "known_on": "2025-10-31",
                "known_on_rule": "end_of_month",
                "note": "as exported from the DataMapper on 2025-11-19",
            },
        ],
        "citations": [
            {
                "source_id": "weo-2019-04-ddf",
                "publisher": "weo",
                "title": "IMF World Economic Outlook, April 2019: NGDPD, PPPGDP, NGDP, NGDP_R, NGDP_RPCH, PPPSH",
                "address": "https://github.com/open-numbers/ddf--imf--weo (copy at commit 6512ea5)",
                "kind": "publisher copy",
                "licence": "imf-data",
            },
            {
                "source_id": "weo-datamapper-2025-11-19",
                "publisher": "weo",
                "title": "IMF DataMapper export 2025-11-19 (WEO October 2025)",
                "address": "https://www.imf.org/external/datamapper/NGDPD (export kept at "
                "github.com/setupelz/fair-shares, commit 868b6b0)",
                "kind": "publisher copy",
                "licence": "imf-data",
            },
        ],
    }
