"""World Economic Outlook of the IMF: gross domestic product, its edition told by its own publication date.

What belongs here: which series are asked for. What does not: how answers are read (`imf_sdmx`, `imf_workbooks`).
"""

import re
from decimal import Decimal

import pyarrow as pa

from tradefin.errors import SourceChanged
from tradefin.sources import imf_workbooks
from tradefin.sources.flow import Flow, Part, Request
from tradefin.sources.imf_sdmx import XML, Magnitude, Question

DATAMAPPER = "https://www.imf.org/external/datamapper/export/excel.php?indicator="
DATAMAPPER_INDICATORS = ("NGDPD", "PPPGDP")

_DAY = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(T.*)?")

GDP = Question(
    "IMF.RES",
    "WEO",
    {"COUNTRY": (), "INDICATOR": ("NGDPD", "PPPGDP", "NGDP", "NGDP_R", "NGDP_RPCH", "PPPSH"), "FREQUENCY": ("A",)},
    attributes=("PUBLICATION_DATE", "LATEST_ACTUAL_ANNUAL_DATA"),
    required=("PUBLICATION_DATE",),
    magnitudes=(
        Magnitude("NGDPD", "USA", Decimal(10**12), Decimal(10**14), "US dollars"),
        Magnitude("PPPGDP", "USA", Decimal(10**12), Decimal(10**14), "international dollars"),
        Magnitude("NGDP", "USA", Decimal(10**12), Decimal(10**14), "US dollars"),
        Magnitude("NGDP_R", "USA", Decimal(10**12), Decimal(10**14), "US dollars"),
        Magnitude("NGDP_RPCH", "USA", Decimal(-20), Decimal(20), "percent"),
        Magnitude("PPPSH", "USA", Decimal(5), Decimal(40), "percent"),
    ),
)


def parse_gdp(parts: tuple[Part, ...]) -> pa.Table:
    """GDP in units of currency, growth and shares in percent, one row per area, indicator and year.

    Raises:
        SourceChanged: As `Question.read`; or the publication date is not one day, so that the edition cannot be told.
    """
    table = GDP.read(parts)
    days = sorted(set(table.column("PUBLICATION_DATE").to_pylist()))
    if len(days) != 1 or not _DAY.fullmatch(days[0]):
        raise SourceChanged(
            f"IMF.RES:WEO: PUBLICATION_DATE should be one day such as 2026-04-14, but is {', '.join(days)}."
        )
    return table


def parse_datamapper(parts: tuple[Part, ...]) -> pa.Table:
    """GDP in billions, one row per area, indicator and year; the export does not say of which edition."""
    return pa.concat_tables([imf_workbooks.datamapper(part.data, part.request.address) for part in parts])


FLOWS: tuple[Flow, ...] = (
    Flow("weo", "outlook", lambda: (GDP.by_21("1980"),), parse_gdp),
    Flow("weo", "outlook_xml", lambda: (GDP.by_21("1980", XML),), parse_gdp, fallback_for="outlook"),
    Flow(
        "weo",
        "datamapper",
        lambda: tuple(Request(DATAMAPPER + indicator, suffix=".xls") for indicator in DATAMAPPER_INDICATORS),
        parse_datamapper,
        fallback_for="outlook",
    ),
)
