"""Foreign-exchange turnover: the BIS's surveys, national surveys and what the press and books quoted of them.

A survey's figure exists in several vintages, so each source is tied here to the vintages it carries, and each
vintage to the day by which it was public. Figures, labels and notes stay as compiled.
"""

import csv
import re
from pathlib import Path

Rows = list[dict[str, str]]

# source_id | kind | licence | vintage it carries, or label=vintage pairs | how its title starts
SOURCES = """
bis-portal-d11-2 | publisher copy | bis-terms | bis-portal-2026-01-11 | BIS Data Portal table D11.2
bis-portal-d11-3 | publisher copy | bis-terms | bis-portal-2026-01-11 | BIS Data Portal table D11.3
bis-release-1999-05-10 | publisher | bis-terms | bis-1998-final | BIS press release 10 May 1999
bis-text-2001-10-09 | publisher copy | bis-terms | bis-2001-preliminary | BIS, Central bank survey of FX and deriv
bis-final-2002-03-18 | publisher | bis-terms | bis-2001-final | BIS, Triennial Central Bank Survey 2001 - Final
bis-release-2004-09-28 | publisher | bis-terms | bis-2004-preliminary | BIS press release 28 Sep 2004
bis-release-2016-09-01 | publisher | bis-terms | bis-2016-preliminary | BIS press release 1 Sep 2016
bis-table-1-2016 | publisher copy | bis-terms | bis-2016-preliminary | BIS, Foreign exchange turnover in April 2016 (Sept 2016), Table 1
bis-text-2016 | publisher copy | bis-terms | bis-2016-preliminary | BIS, Foreign exchange turnover in April 2016 (Sept 2016), text
bis-table-5-2019 | publisher copy | bis-terms | bis-2019-preliminary | BIS, Foreign exchange turnover in April 2019
bis-release-2022-03-30 | publisher | bis-terms | bis-release-2022-03-30 | BIS press release 30 March 2022
bis-page-2022 | publisher | bis-terms | bis-2022-preliminary | BIS, OTC foreign exchange turnover in April 2022
bis-release-2025-09-30 | publisher | bis-terms | bis-2025-preliminary | BIS press release 30 Sep 2025
chile-note-2022-10-27 | central bank | quotation | bis-2022-preliminary | Banco Central de Chile SIID note
boc-release-1998-09-29 | central bank | quotation | boc-1998-09-29 | Bank of Canada press release 29 Sep 1998
boc-release-2025-10-09 | central bank | quotation | boc-2025-10-09 | Bank of Canada release 9 Oct 2025
boe-bulletin-1986-q3 | central bank | quotation | boe-1986-q3 | Bank of England Quarterly Bulletin 1986 Q3
boe-bulletin-1989-q4 | central bank | quotation | boe-1989-q4 | Bank of England Quarterly Bulletin 1989 Q4
boe-bulletin-1992-q4 | central bank | quotation | boe-1992-12 | Bank of England Quarterly Bulletin 1992 Q4
boe-bulletin-1998-q4 | central bank | quotation | boe-1998-q4 | Bank of England Quarterly Bulletin 1998 Q4
boe-bulletin-2001-q4 | central bank | quotation | preliminary=bis-2001-preliminary; as published (Oct 2001)=boe-2001-10 | Bank of England Quarterly Bulletin 2001 Q4
boe-news-2019-09-16 | central bank | quotation | boe-2019-09-16 | Bank of England news 16 Sep 2019
boe-news-2022-10-27 | central bank | quotation | boe-2022-10-27 | Bank of England news 27 Oct 2022
boe-news-2025-09-30 | central bank | quotation | boe-2025-09-30 | Bank of England news 30 Sep 2025
boj-release-2019-09-20 | central bank | quotation | boj-2019-09-20 | Bank of Japan release 20 Sep 2019
boj-release-2025-10-06 | central bank | quotation | boj-2025-10-06 | Bank of Japan release 6 Oct 2025
hkma-release-2001-10-09 | central bank | quotation | hkma-2001-10-09 | HKMA press release 9 Oct 2001
hkma-release-2004-09-28 | central bank | quotation | hkma-2004-09-28 | HKMA press release 28 Sep 2004
mas-release-2001-10-09 | central bank | quotation | mas-2001-10-09 | MAS media release 9 Oct 2001
mas-release-2004-09-28 | central bank | quotation | mas-2004-09-28 | MAS media release 28 Sep 2004
mas-release-2010-09-01 | central bank | quotation | mas-2010-09-01 | MAS media release 1 Sep 2010
nyfed-survey-1995 | central bank | quotation | nyfed-1995-10-06 | New York Fed, April 1995 Survey
nyfed-release-1998-09-29-participants | central bank | quotation | nyfed-1998-09-29 | New York Fed press release 29 Sep 1998:
nyfed-release-1998-09-29 | central bank | quotation | nyfed-1998-09-29 | New York Fed press release 29 Sep 1998
rba-tables-2022 | central bank | quotation | rba-2022 | Reserve Bank of Australia, media release 2022-35
hansard-1985-05-16 | government | quotation | frbny-1983-survey | Hansard, Commons written answer 16 May 1985
hk-bulletin-1992-09-24 | government | quotation | hk-1992-09-24 | Hong Kong government daily information bulletin
afp-2010-09-01 | press | quotation | bis-2010-preliminary | AFP 1 Sep 2010
american-banker-1992-first-day | press | quotation | survey-1992-first-day | American Banker 1992 on
american-banker-1992 | press | quotation | survey-1992-first-day | American Banker, Sept 1992
business-standard-2025-10-01 | press | quotation | bis-2025-preliminary | Business Standard 1 Oct 2025
chicago-tribune-1989-09-15 | press | quotation | nyfed-1989-09-15 | Chicago Tribune 15 Sep 1989
crowdfund-insider-2025-10-04 | press | quotation | mas-2025-10-04 | Crowdfund Insider 4 Oct 2025
euromoney-1996-06-countries | press | quotation | bis-1996-06 | Euromoney, 'Germany: a Euromoney survey', June 1996, quoting BIS
euromoney-1996-06-currencies | press | quotation | bis-1996-06 | Euromoney, 'Germany: a Euromoney survey', June 1996, quoting the BIS
euromoney-2004-10 | press | quotation | preliminary (Sept 2004)=bis-2004-preliminary; *=bis-table-2004 | Euromoney, 'Transparency boosts
euromoney-2004-ifsl | press | quotation | ifsl-2004 | Euromoney on IFSL report
euromoney-2010-09 | press | quotation | bis-2010-preliminary | Euromoney, 'Forex boosts credentials
financeasia-2007 | press | quotation | preliminary 2007=bis-2007-preliminary; *=press-2007 | FinanceAsia,
fx-week-1992 | press | quotation | survey-1992-first-day | FX Week 1992
fx-week-1993 | press | quotation | bis-1993-first | FX Week 1993
global-finance-2010-09 | press | quotation | bis-2010-preliminary | Global Finance magazine
independent-1992-09 | press | quotation | as first published=bis-1990-first; *=survey-1992-first-day | The Independent,
monetarybrief-2025-rba | press | quotation | rba-2025-09 | Reserve Bank of Australia summary of the 2025 survey
profit-and-loss-2010-09 | press | quotation | bis-2007-preliminary | Profit & Loss,
reuters-2001-10-10 | press | quotation | bis-2001-preliminary | Reuters, Tokyo, 10 Oct 2001
reuters-2013-09-05 | press | quotation | bis-2013-preliminary | Reuters, 'TABLE-Global FX volume
scmp-1993 | press | quotation | bis-1993-first | South China Morning Post 1993
the-asset-2025 | press | quotation | bis-2025-preliminary | The Asset,
treasury-and-risk-2001-11 | press | quotation | nyfed-2001-first | Treasury & Risk, Nov 2001
vietnamplus-2013 | press | quotation | bis-2013-preliminary | VietnamPlus 2013
xinhua-2007-09-26 | press | quotation | hkma-2007-09-26 | Xinhua 26 Sep 2007
cross-1998 | book | quotation | bis-1998-first | Text of Cross,
harvey-bis-1990 | book | quotation | bis-1990-first | J. Harvey,
sharpe-2010 | book | quotation | bis-2010-preliminary | J. M. Sharpe,
siebert-bis-2005-03 | book | quotation | bis-2005-03 | H. Siebert,
cks-2019 | web page | quotation | bis-2019-preliminary | CKS Global Consultants
currency-thoughts-2010-09-01 | web page | quotation | nyfed-surveys-2010-09-01 | Currency Thoughts
elitetrader-2007-09-26 | web page | quotation | bis-2007-preliminary | EliteTrader forum, 26 Sep 2007
ez-newswire-2025-10-01 | web page | quotation | bis-2025-preliminary | EZ Newswire
swcs-2013 | web page | quotation | bis-2013-preliminary | swcs.com.au
thecityuk-2010-09 | web page | quotation | bis-2010-preliminary | Blog copy of TheCityUK
wikipedia-copy-2010 | web page | quotation | bis-2010-vintage | Blog copy of the Wikipedia table
wikipedia-copy-2016 | web page | quotation | bis-2016-vintage | Blog copy of Wikipedia Template
wikipedia-copy-2022 | web page | quotation | preliminary (Oct 2022)=bis-2022-preliminary; *=bis-2022-vintage | Wikipedia Template
felix-1998 | estimate | quotation | felix-1998 | Routledge chapter abstract citing Felix 1998
derived-world-1970 | estimate | quotation | derived-world-1970 | computed here: Progressive Economy
derived-london-us-1986 | derived | quotation | derived-us-1986 | computed here: Bank of England QB 1986 Q3
derived-us-1986 | derived | quotation | derived-us-1986 | computed here: Chicago Tribune 15 Sep 1989
derived-canada-1986 | derived | quotation | derived-canada-1986 | computed here: D11.2 value for 1989
"""  # noqa: E501  (one line a source reads better than wrapped ones)

# vintage_id | known_on | known_on_rule | label | note
VINTAGES = """
bis-portal-2026-01-11 | 2026-01-11 | download_date | BIS data portal, final 2025 survey, all earlier surveys revised |
bis-1990-first | 1990-12-31 | year_end | survey of 1989 as first published by the BIS in 1990 |
bis-1993-first | 1993-12-31 | year_end | survey of 1992 as first published by the BIS in 1993 |
bis-1996-06 | 1996-06-30 | end_of_month | survey of 1995 and earlier ones as quoted in June 1996 |
bis-1998-first | 1998-12-31 | year_end | survey of 1998 as first published |
bis-1998-final | 1999-05-10 | stated | survey of 1998, final, rounded |
bis-2001-preliminary | 2001-10-09 | stated | survey of 2001, preliminary | the figures in force in December 2001
bis-2001-final | 2002-03-18 | stated | survey of 2001, final, rounded |
bis-2004-preliminary | 2004-09-28 | stated | survey of 2004, preliminary |
bis-table-2004 | 2004-10-31 | end_of_month | earlier surveys as revised in the BIS table of 2004 | printed in October 2004
bis-2005-03 | 2005-03-31 | end_of_month | survey of 2004, final |
bis-2007-preliminary | 2007-09-26 | stated | survey of 2007, preliminary | the day of the oldest report at hand
bis-2010-preliminary | 2010-09-01 | stated | survey of 2010, preliminary, with 2007 and 2004 on all instruments |
bis-2010-vintage | 2010-12-31 | year_end | survey of 2010, vintage of that year |
bis-2013-preliminary | 2013-09-05 | stated | survey of 2013, preliminary, with 2010 revised |
bis-2016-preliminary | 2016-09-01 | stated | survey of 2016, preliminary, with earlier ones revised |
bis-2016-vintage | 2016-12-31 | year_end | survey of 2016, vintage of that year |
bis-2019-preliminary | 2019-09-30 | end_of_month | survey of 2019, preliminary |
bis-release-2022-03-30 | 2022-03-30 | stated | survey of 2019, rounded in a release of 2022 |
bis-2022-preliminary | 2022-10-27 | stated | survey of 2022, preliminary |
bis-2022-vintage | 2022-12-31 | year_end | survey of 2019, vintage of 2022 |
bis-2025-preliminary | 2025-09-30 | stated | survey of 2025, preliminary, with 2022 and 2019 revised |
frbny-1983-survey | 1985-05-16 | stated | New York Fed's survey of 1983 as quoted in Parliament | the survey came out in summer 1984
boe-1986-q3 | 1986-09-30 | edition_date | London's survey of 1986, Bank of England | last day of the quarter
boe-1989-q4 | 1989-12-31 | edition_date | London's survey of 1989, Bank of England | last day of the quarter
boe-1992-12 | 1992-12-31 | end_of_month | London's survey of 1992, Bank of England |
boe-1998-q4 | 1998-12-31 | edition_date | London's surveys of 1998 and 1995, Bank of England | last day of the quarter
boe-2001-10 | 2001-10-31 | end_of_month | London's survey of 2001, Bank of England |
boe-2019-09-16 | 2019-09-16 | stated | London's surveys of 2019 and 2016, Bank of England |
boe-2022-10-27 | 2022-10-27 | stated | London's surveys of 2022 and 2019, Bank of England |
boe-2025-09-30 | 2025-09-30 | stated | London's surveys of 2025 and 2022, Bank of England |
boc-1998-09-29 | 1998-09-29 | stated | Canada's surveys of 1998 and 1995 |
boc-2025-10-09 | 2025-10-09 | stated | Canada's surveys of 2025 and 2022 |
boj-2019-09-20 | 2019-09-20 | stated | Tokyo's survey of 2019 |
boj-2025-10-06 | 2025-10-06 | stated | Tokyo's survey of 2025 |
hk-1992-09-24 | 1992-09-24 | stated | Hong Kong's surveys of 1992 and 1989 |
hkma-2001-10-09 | 2001-10-09 | stated | Hong Kong's survey of 2001 |
hkma-2004-09-28 | 2004-09-28 | stated | Hong Kong's survey of 2004 |
hkma-2007-09-26 | 2007-09-26 | stated | Hong Kong's survey of 2007 |
mas-2001-10-09 | 2001-10-09 | stated | Singapore's surveys of 2001 and 1998 |
mas-2004-09-28 | 2004-09-28 | stated | Singapore's survey of 2004 |
mas-2010-09-01 | 2010-09-01 | stated | Singapore's survey of 2007 on all instruments |
mas-2025-10-04 | 2025-10-04 | stated | Singapore's surveys of 2025 and 2022 |
nyfed-1989-09-15 | 1989-09-15 | stated | New York Fed's survey of 1989 |
survey-1992-first-day | 1992-09-30 | end_of_month | surveys of 1992, with 1989, as the press had them in September 1992 |
nyfed-1995-10-06 | 1995-10-06 | stated | New York Fed's survey of 1995 |
nyfed-1998-09-29 | 1998-09-29 | stated | New York Fed's surveys of 1998 and 1995 |
nyfed-2001-first | 2001-11-30 | end_of_month | New York Fed's survey of 2001 as printed in November 2001 |
nyfed-surveys-2010-09-01 | 2010-09-01 | stated | New York Fed's surveys since 1969 as listed in 2010 |
rba-2022 | 2022-12-31 | year_end | Australia's surveys of 2022 and 2019 |
rba-2025-09 | 2025-09-30 | end_of_month | Australia's survey of 2025 |
ifsl-2004 | 2004-12-31 | year_end | IFSL report of 2004 on the surveys of 2004 and 2001 |
press-2007 | 2007-12-31 | year_end | earlier surveys as quoted in 2007 |
felix-1998 | 1998-12-31 | year_end | Felix's estimates of world turnover | not a survey
derived-world-1970 | 2013-10-14 | stated | a year's world turnover divided by 365 | derived and weak
derived-us-1986 | 1992-09-30 | end_of_month | 1986 derived from 1989 and its growth since 1986 | both parts were public in September 1992
derived-canada-1986 | 2026-01-11 | download_date | 1986 derived from 1989 and its growth since 1986 | the later part is of 2026
"""  # noqa: E501

_SERIES = re.compile(r"^.*; series (\S+); all instruments$")
_PRINTED = re.compile(r"^share computed here .*; integer printed by BIS: (\d+); all instruments$")


def _read(facts: Path, name: str) -> Rows:
    with (facts / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _lines(block: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in block.strip().splitlines()]


def _source_of(title: str) -> list[str]:
    """The longest entry that the title starts with, so that a narrower entry wins over a wider one."""
    found = [source for source in _lines(SOURCES) if title.startswith(source[4])]
    return max(found, key=lambda source: len(source[4]))


def _vintage_of(spec: str, label: str) -> str:
    pairs = dict(part.strip().split("=") for part in spec.split(";")) if "=" in spec else {"*": spec}
    return pairs[label] if label in pairs else pairs["*"]


def _reshape(row: dict[str, str]) -> dict[str, str]:
    """The columns that all three turnover tables share; the source's sentence goes to the citations."""
    source = _source_of(row["source_title"])
    series, printed = _SERIES.match(row["note"]), _PRINTED.match(row["note"])
    note = "" if series or printed else row["note"] or row["source_kind"].partition("; ")[2]
    computed = row["note"].startswith("share computed here") or series is not None
    return {
        "survey_year": row["survey_year"],
        "survey_month": row["month"],
        "basis": row["basis"],
        "turnover_usd_bn": row["usd_billion_per_day"],
        "share_pct": row.get("share_pct", row.get("share_pct_of_100", row.get("share_pct_of_200", ""))),
        "share_is_computed": "true" if computed else "false",
        "share_as_printed_pct": printed[1] if printed else "",
        "series_key": series[1] if series else "",
        "note": note,
        "label": "" if row["vintage"].startswith("BIS data portal") else row["vintage"],
        "vintage_id": _vintage_of(source[3], row["vintage"]),
        "source_id": source[0],
    }


def compile_tables(facts: Path) -> dict[str, Rows]:
    """Reshape the turnover facts into the tables of the BIS.

    Args:
        facts: Folder of the compiled facts.

    Returns:
        Rows by table name. No row of the facts is left out.
    """
    world = _read(facts, "facts_fx_turnover.csv")
    country = _read(facts, "facts_fx_turnover_by_country.csv")
    currency = _read(facts, "facts_fx_turnover_by_currency.csv")
    citations: dict[str, dict[str, str]] = {}
    for row in world + country + currency:
        source_id, kind, licence, _, _ = _source_of(row["source_title"])
        citations[source_id] = {
            "source_id": source_id,
            "publisher": "bis",
            "title": row["source_title"],
            "address": row["source_ref"],
            "kind": kind,
            "licence": licence,
        }
    unused = ("series_key", "share_as_printed_pct")
    world_rows = [{"instrument": row["instrument"], **_reshape(row)} for row in world]
    for reshaped in world_rows:
        for column in (*unused, "share_is_computed"):
            del reshaped[column]
    country_rows = [{"country": row["country_iso2"], **_reshape(row)} for row in country]
    for reshaped in country_rows:
        del reshaped["share_as_printed_pct"]
    currency_rows = [{"currency": row["currency"], **_reshape(row)} for row in currency]
    for reshaped in currency_rows:
        del reshaped["series_key"]
    vintages = [
        {
            "vintage_id": vintage_id,
            "publisher": "bis",
            "label": label,
            "known_on": known_on,
            "known_on_rule": rule,
            "note": note,
        }
        for vintage_id, known_on, rule, label, note in _lines(VINTAGES)
    ]
    return {
        "fx_turnover": world_rows,
        "fx_turnover_by_country": country_rows,
        "fx_turnover_by_currency": currency_rows,
        "vintages": vintages,
        "citations": list(citations.values()),
    }
