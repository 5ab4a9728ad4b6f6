"""IMF quotas and quota shares, actual and calculated, from the compiled facts.

Every row of both facts files is kept; there are none of the IMF's reserves, which are only served live. Left out is one
column, `share_pct_computed`: its denominator differs between
reviews (SDR 212.4 billion in 2000, the sum of the list elsewhere), so shares are computed afresh by the marts.
"""

import csv
import re
from pathlib import Path

Row = dict[str, str]

_PANEL = "lipscy-lee-2019"
_SHARES = "imf-quota-data-2018-08"

# (beginning of the facts' source text, of its date) -> (source_id, vintage_id); the first that fits.
_QUOTA_SOURCES = (
    ("imf.org/external/np/fin/tad/exquota.aspx", "2000", "imf-exquota-usa", _PANEL),
    ("imf.org/external/np/fin/tad/exquota.aspx", "", "imf-exquota-usa", "imf-exquota-2016-02"),
    ("GitHub IMFPaper/IMF", "2000", "quota-share-panel-2000", _PANEL),
    ("GitHub IMFPaper/IMF", "", "vote-share-panel", _PANEL),
    ("IMF Survey, January 2001", "", "imf-survey-2001-01", "imf-survey-2001-01"),
    ("GitHub yukiw997", "", "quota-shares-compilation", _SHARES),
    ("IMF eLibrary book 9781484318928", "", "imf-financial-statements-2014", "imf-membership-2014-04-30"),
    ("IMF members-quotas page", "proposed", "imf-sixteenth-review", "sixteenth-review-2023-12"),
    ("IMF members-quotas page", "", "imf-members-quotas-page", "imf-members-quotas-2022-10-02"),
    ("IMF Quarterly Report on IMF Finances", "", "imf-quarterly-report-2024-01", "imf-quarterly-report-2024-01"),
)

_DATA_SETS = {
    "2008 reform": "2008_reform",
    "2008 reform data set (inferred)": "2008_reform",
    "14th review": "14th_review",
    "14th review data set (inferred)": "14th_review",
    "2017 update (data 2003-2015)": "2017_update",
    "2018 update (data 2004-2016)": "2018_update",
}

# Totals of all members' quotas that the sources state; the list of 2000 names 150 of the 183 members of its day.
_TOTALS = (
    ("2001-02", "212400", "SDR 212.4 billion after China's increase", "imf-survey-2001-01", "imf-survey-2001-01"),
    ("2022-10-02", "476272.0", "last line of the table", "imf-members-quotas-2022-10-02", "imf-members-quotas-page"),
    ("2024-01-31", "476272.0", "last line of Schedule 1", *["imf-quarterly-report-2024-01"] * 2),
)

_VINTAGES = (
    (
        "imf-exquota-2016-02",
        "Quota history of the United States, as listed after the increase of February 2016",
        "2016-02-11",
        "effective_date",
        "its address names 2011-11-30, yet it lists the increase of 2016-02-11",
    ),
    (
        _PANEL,
        "Panel of vote and quota shares (Barro and Lee 2005, Lipscy and Lee 2019)",
        "2019-12-31",
        "year_end",
        "quotas are computed back from the panel's rounded shares",
    ),
    (
        "imf-survey-2001-01",
        "IMF Survey, January 2001",
        "2001-01-04",
        "stated",
        "day on which the increase was proposed",
    ),
    (
        "imf-quota-data-2017-08",
        "Quota data update of August 2017",
        "2017-08-31",
        "end_of_month",
        "data of 2003 to 2015; taken from the page of August 2018, which repeats it as previous",
    ),
    (
        _SHARES,
        "Quota data update of August 2018",
        "2018-08-31",
        "end_of_month",
        "data of 2004 to 2016; the compilation adds the shares of the 2008 reform and the 14th Review",
    ),
    (
        "imf-membership-2014-04-30",
        "IMF membership and quotas, 30 April 2014",
        "2014-04-30",
        "edition_date",
        "members from A to Chad only",
    ),
    (
        "imf-members-quotas-2022-10-02",
        "Members' quotas and voting power, page updated 2 October 2022",
        "2022-10-02",
        "edition_date",
        "",
    ),
    (
        "imf-quarterly-report-2024-01",
        "Quarterly Report on IMF Finances, quarter ended 31 January 2024",
        "2024-01-31",
        "edition_date",
        "the report itself appeared some weeks later; the quotas had been in effect for years",
    ),
    (
        "sixteenth-review-2023-12",
        "Quotas agreed in the 16th General Review, by arithmetic",
        "2023-12-31",
        "end_of_month",
        "agreed in December 2023: every quota in effect times 1.5; no official table seen",
    ),
)

_CITATIONS = (
    (
        "imf-exquota-usa",
        "IMF Members' Financial Data: quota history of the United States",
        "https://www.imf.org/external/np/fin/tad/exquota.aspx?date1key=2011-11-30&memberKey1=1020",
        "official table",
        "imf-terms",
    ),
    (
        "vote-share-panel",
        "IMFPaper/IMF, data/panel_data_raw.dta, column shquota 1975-1995 (vote shares that include 250 "
        "basic votes), with the quota of the United States from exquota.aspx",
        "https://github.com/IMFPaper/IMF/tree/6d952ec",
        "academic panel",
        "quotation",
    ),
    (
        "quota-share-panel-2000",
        "IMFPaper/IMF, data/panel_data_raw.dta, column shquota 2000 (Barro and Lee 2005; Lipscy and Lee 2019)",
        "https://github.com/IMFPaper/IMF/tree/6d952ec",
        "academic panel",
        "quotation",
    ),
    (
        "imf-survey-2001-01",
        "IMF Survey, January 2001: IMF proposes quota increase for China",
        "https://www.elibrary.imf.org/view/IMF023/14708-9781451937756/",
        "official publication",
        "quotation",
    ),
    (
        "quota-shares-compilation",
        "yukiw997/PLSC31101-finalproject-YukiWang, data/quotas.xlsx, compiled from IMF quota "
        "data pages including that of August 2018",
        "https://www.imf.org/external/np/fin/quotas/2018/0818.htm",
        "copy of official tables",
        "imf-terms",
    ),
    (
        "imf-financial-statements-2014",
        "IMF Financial Statements, April 30, 2014, Appendix 1: IMF Membership: Quotas, and "
        "Allocations and Holdings of SDRs",
        "https://www.elibrary.imf.org/abstract/book/9781484318928/back-1.xml",
        "official publication",
        "imf-terms",
    ),
    (
        "imf-members-quotas-page",
        "IMF Members' Quotas and Voting Power, and IMF Board of Governors, page as kept in "
        "goutham4391/finalfinance@06fa72b",
        "https://www.imf.org/en/About/executive-board/members-quotas",
        "official table",
        "imf-terms",
    ),
    (
        "imf-sixteenth-review",
        "16th General Review of Quotas: an equiproportional increase of fifty percent, computed "
        "from the members' quotas page",
        "https://www.imf.org/en/About/executive-board/members-quotas",
        "computed from an official table",
        "imf-terms",
    ),
    (
        "imf-quarterly-report-2024-01",
        "IMF Quarterly Report on IMF Finances for the quarter ended January 31, 2024, Schedule 1",
        "https://github.com/Rahil71/Reports-Analysis/blob/7655ad1/flask-server/uploaded_files/"
        "fy24-q3-quarterly-financial-report.pdf",
        "copy of an official publication",
        "imf-terms",
    ),
)


def compile_tables(facts: Path) -> dict[str, list[Row]]:
    """The IMF's bundled tables by name, every value a text.

    Args:
        facts: Folder of the compiled facts.

    Raises:
        KeyError: A row names a source or data set that is not described here.
    """
    return {
        "quotas": [_quota(row) for row in _read(facts / "facts_imf_quotas.csv")],
        "quota_totals": [
            dict(zip(("as_of", "total_sdr_mn", "note", "vintage_id", "source_id"), row, strict=True)) for row in _TOTALS
        ],
        "reserves": [],
        "calculated_quota_shares": [_share(row) for row in _read(facts / "facts_quota_shares_calculated.csv")],
        "vintages": [
            {"vintage_id": v, "publisher": "imf", "label": label, "known_on": day, "known_on_rule": rule, "note": note}
            for v, label, day, rule, note in _VINTAGES
        ],
        "citations": [
            {"source_id": s, "publisher": "imf", "title": title, "address": address, "kind": kind, "licence": licence}
            for s, title, address, kind, licence in _CITATIONS
        ],
    }


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _quota(row: Row) -> Row:
    source_id, vintage_id = _origin(row)
    rounding = re.search(r"rounding error (?:up to )?\+-([0-9.]+)", row["note"])
    return {
        "iso3": row["iso3"],
        "member": row["member"],
        "review": row["review"],
        "as_of": row["as_of"],
        "quota_sdr_mn": row["quota_sdr_million"],
        "share_published_pct": row["share_pct_published"],
        "value_kind": row["value_kind"],
        "rounding_error_sdr_mn": rounding[1] if rounding else "",
        "note": row["note"],
        "vintage_id": vintage_id,
        "source_id": source_id,
    }


def _origin(row: Row) -> tuple[str, str]:
    for text, as_of, source_id, vintage_id in _QUOTA_SOURCES:
        if row["source"].startswith(text) and as_of in ("", row["as_of"]):
            return source_id, vintage_id
    raise KeyError(f"no source_id for the quota of {row['iso3']} on {row['as_of']}: {row['source']}")


def _share(row: Row) -> Row:
    data_set = _DATA_SETS[row["vintage"]]
    return {
        "iso3": row["iso3"],
        "member": row["member"],
        "data_set": data_set,
        "data_set_as_named": row["vintage"],
        "kind": row["kind"],
        "share_pct": row["share_pct"],
        "source_column": row["source_column"],
        "vintage_id": "imf-quota-data-2017-08" if data_set == "2017_update" else _SHARES,
        "source_id": "quota-shares-compilation",
    }
