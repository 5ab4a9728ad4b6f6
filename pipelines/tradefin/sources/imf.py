"""International Monetary Fund: members' quotas, calculated quota shares, reserves.

What belongs here: which series and files are asked for. What does not: how they are read (`imf_sdmx`, `imf_pages`,
`imf_workbooks`).
"""

from decimal import Decimal

import pyarrow as pa

from tradefin.errors import SourceChanged
from tradefin.sources import imf_pages, imf_workbooks
from tradefin.sources.flow import Flow, Part, Request
from tradefin.sources.imf_sdmx import Magnitude, Question, as_number

MEMBERS_PAGE = "https://www.imf.org/en/About/executive-board/members-quotas"
QUOTA_DATA_PAGE = "https://www.imf.org/external/np/fin/quotas/2022/0728.htm"

# All quotas were SDR 476.3 billion under the 14th Review; the 16th would make them 714 billion.
_ALL_QUOTAS_SDR_MN = (Decimal(400_000), Decimal(520_000))
_FEWEST_MEMBERS = 150

QUOTAS = Question(
    "IMF.STA",
    "FA",
    {"COUNTRY": (), "INDICATOR": ("IMFQ_XDR",), "FREQUENCY": ("A", "M")},
    magnitudes=(Magnitude("IMFQ_XDR", "USA", Decimal(10**9), Decimal(2 * 10**11), "SDR"),),
)
RESERVES = Question(
    "IMF.STA",
    "IL",
    {"COUNTRY": (), "INDICATOR": ("TRGMV_REVS", "RXF11_REVS"), "UNIT": ("USD",), "FREQUENCY": ("A",)},
    attributes=("VALUATION", "STATUS"),
    magnitudes=tuple(
        Magnitude(indicator, "JPN", Decimal(10**8), Decimal(10**13), "US dollars")
        for indicator in ("TRGMV_REVS", "RXF11_REVS")
    ),
)


def quotas_by_21() -> tuple[Request, ...]:
    """Year ends since 1980 and months since 2024; which of the two holds figures is known only to the service."""
    return (QUOTAS.by_21("1980", FREQUENCY="A"), QUOTAS.by_21("2024-01", FREQUENCY="M"))


def quotas_by_30() -> tuple[Request, ...]:
    """The same by SDMX 3.0, year ends only, since that service does not filter by time."""
    return (QUOTAS.by_30(FREQUENCY="A"),)


def parse_quotas(parts: tuple[Part, ...]) -> pa.Table:
    """Quotas in SDR, one row per member and period.

    Raises:
        SourceChanged: As `Question.read`; or no list is full, or the sum of the newest tells of a general increase or
            of another unit.
    """
    table = QUOTAS.read(parts)
    lists: dict[str, dict[str, Decimal]] = {}
    for row in table.select(["COUNTRY", "TIME_PERIOD", "OBS_VALUE"]).to_pylist():
        if len(row["COUNTRY"]) == 3:  # the others are groups, G001 the world
            where = f"IMF.STA:FA {row['COUNTRY']} {row['TIME_PERIOD']}"
            lists.setdefault(row["TIME_PERIOD"], {})[row["COUNTRY"]] = as_number(row["OBS_VALUE"], where)
    complete = [period for period, quotas in lists.items() if len(quotas) >= _FEWEST_MEMBERS]
    if not complete:
        most = max((len(quotas) for quotas in lists.values()), default=0)
        raise SourceChanged(f"IMF.STA:FA: no period has quotas of some 190 members; the fullest has {most}.")
    newest = max(complete)
    _check_all_quotas(sum(lists[newest].values(), Decimal()) / 10**6, f"IMF.STA:FA {newest}")
    return table


def parse_members_quotas(parts: tuple[Part, ...]) -> pa.Table:
    """Quotas and votes of the members' quotas page.

    Raises:
        SourceChanged: As `imf_pages.members_quotas`, or the sum is that of another review.
    """
    where = parts[0].request.address
    table = imf_pages.members_quotas(parts[0].data, where)
    quotas = table.column("Millions of SDRs").to_pylist()
    _check_all_quotas(sum((as_number(quota, where) for quota in quotas), Decimal()), where)
    return table


def parse_reserves(parts: tuple[Part, ...]) -> pa.Table:
    """Reserves in US dollars with gold at market prices and without gold, one row per country, indicator and year."""
    return RESERVES.read(parts)


def quota_data_workbooks(parts: tuple[Part, ...]) -> tuple[Request, ...]:
    """The Excel files that the quota data page links to."""
    if len(parts) != 1:
        return ()
    links = imf_pages.workbook_links(parts[0].data, parts[0].request.address)
    return tuple(Request(link, suffix=".xlsx" if ".xlsx" in link.lower() else ".xls") for link in links)


def parse_quota_data(parts: tuple[Part, ...]) -> pa.Table:
    """Quota shares, actual and calculated, of the workbooks that come after the page.

    Raises:
        SourceChanged: The page links to no Excel file, or none of them has a table of shares.
    """
    if len(parts) < 2:
        raise SourceChanged(f"{parts[0].request.address}: the page links to no Excel file with the quota data.")
    return pa.concat_tables([imf_workbooks.quota_data(part.data, part.request.address) for part in parts[1:]])


def _check_all_quotas(all_sdr_mn: Decimal, where: str) -> None:
    low, high = _ALL_QUOTAS_SDR_MN
    if not low <= all_sdr_mn <= high:
        raise SourceChanged(
            f"{where}: all quotas add up to SDR {all_sdr_mn:,.1f} million, where {low:,} to {high:,} are expected. "
            "The unit has changed, or a general increase is in effect; name it in sql/sources/source_imf_quotas."
        )


FLOWS: tuple[Flow, ...] = (
    Flow("imf", "fund_accounts", quotas_by_21, parse_quotas),
    Flow("imf", "fund_accounts_v3", quotas_by_30, parse_quotas, fallback_for="fund_accounts"),
    Flow(
        "imf",
        "members_quotas",
        lambda: (Request(MEMBERS_PAGE, accept="text/html", suffix=".html"),),
        parse_members_quotas,
    ),
    Flow("imf", "international_liquidity", lambda: (RESERVES.by_21("1950"),), parse_reserves),
    Flow(
        "imf",
        "quota_data",
        lambda: (Request(QUOTA_DATA_PAGE, accept="text/html", suffix=".html"),),
        parse_quota_data,
        quota_data_workbooks,
    ),
)
