"""What the first runs against the real services are expected to stumble over, and why: nobody has tried them yet.

The connectors were written from documents and proven on stored bytes. Each line says what neither could settle. A flow
without a line is expected to pass. Delete a line once `make live-test` has shown its flow to pass.
"""

DOUBTS: dict[str, str] = {
    "bis.otc_turnover_bulk": "no whole bulk file was at hand: its full list of columns, and whether each series states "
    "its unit, come from documents; the CDN is said to cut long transfers",
    "bis.otc_turnover_flat": "no whole bulk file was at hand: the layout comes from documents",
    "bis.otc_turnover_v2": "documents disagree whether this address answers in SDMX-CSV 1.0 or 2.0; both are read",
    "imf.fund_accounts": "the address is put together from documents; which frequencies hold quotas, and since when, "
    "is not known",
    "imf.fund_accounts_v3": "the address is put together from documents",
    "imf.international_liquidity": "the address is put together from a longer one that was seen to work by SDMX 3.0",
    "imf.members_quotas": "the page was seen as of 2022-10-02; a general increase of quotas is refused on purpose",
    "imf.quota_data": "the workbook was seen, the page's link to it was not; a yearly update may have another page",
    "weo.datamapper": "the export was seen as a file, its address was not",
    "wto.disputes": "the script was seen as of June 2024 and re-indented; its look-up arrays' addresses were not seen",
    "wto.measures_by_exporter": "the table at this address was last seen as of 2019-12-31, years behind the other one",
}
