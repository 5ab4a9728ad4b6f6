"""A whole project small enough to hold in the head: two countries, three years, one mart, one claim.

Tests that break, shuffle or publish something use it; `make_tiny(tmp_path)` writes it anew each time.
"""

from pathlib import Path

from tradefin.project import Project
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store

FILES = {
    "bundled/bank/rates.csv": """\
iso3,year,rate,vintage_id,source_id
JPN,2000,10.5,bank-2001,bank-report
JPN,2001,11.25,bank-2002,bank-report
NAM,2000,3,bank-2001,bank-report
NAM,2001,4,bank-2002,bank-report
""",
    "bundled/bank/vintages.csv": """\
vintage_id,publisher,label,known_on,known_on_rule,note
bank-2001,bank,first,2001-03-01,stated,
bank-2002,bank,second,2002-03-01,stated,
""",
    "bundled/bank/citations.csv": """\
source_id,publisher,title,address,kind,licence
bank-report,bank,Report of the bank,https://bank.example/report,report,bank-terms
""",
    "expectations/sources/bank.yml": """\
publisher: bank
name: The Bank
landing_page: https://bank.example
cadence: yearly
licences:
  bank-terms: {name: Terms of the bank, address: "https://bank.example/terms", clause: use is free with citation,
               checked_on: 2026-11-23, attribution: "Source: The Bank"}
tables:
  rates: {text: one rate, rows: {min: 1, max: 100}, columns: [iso3, year, rate, vintage_id, source_id]}
  vintages: {text: one vintage, rows: {min: 1, max: 100},
             columns: [vintage_id, publisher, label, known_on, known_on_rule, note]}
  citations: {text: one citation, rows: {min: 1, max: 100},
              columns: [source_id, publisher, title, address, kind, licence]}
""",
    "expectations/codelists/countries.csv": "iso3,name\nJPN,Japan\nNAM,Namibia\n",
    "expectations/codelists/verdicts.csv": """\
code,meaning
supported,yes
contradicted,no
undecided,?
not testable,-
""",
    "expectations/codelists/known_readings.csv": "code,meaning\npublished,a\nperiod_ended,b\nlatest,c\n",
    **{
        f"expectations/codelists/{name}.yml": f"""\
table: codelist_{name}
layer: codelists
version: 1.0.0
one_row_is: one code
text: Codes of {name}.
key: [{code}]
sorted_by: [{code}]
rows: {{min: 1, max: 9, why: a handful}}
cadence: never
columns:
  {code}: {{type: text, text: the code}}
  {meaning}: {{type: text, text: what it means}}
"""
        for name, code, meaning in (
            ("countries", "iso3", "name"),
            ("verdicts", "code", "meaning"),
            ("known_readings", "code", "meaning"),
        )
    },
    "expectations/tables/rates.yml": """\
table: rates
layer: core
version: 1.0.0
one_row_is: one country and year in one vintage
text: The rate of each country.
key: [iso3, year, vintage_id]
sorted_by: [iso3, year, vintage_id]
rows: {min: 2, max: 50, why: two countries}
cadence: yearly
as_of: {published: known_on, period_ended: period_end, figure: [iso3, year]}
columns:
  iso3: {type: text, codelist: countries, text: the country}
  year: {type: integer, unit: year, min: 1990, max: 2030, why: the years of the bank, text: year of the rate}
  rate_pct: {type: "decimal(9,4)", unit: percent, min: 0, max: 100, why: a share}
  vintage_id: {type: text, references: vintages.vintage_id, text: edition}
  known_on: {type: date, text: day on which it became public}
  period_end: {type: date, text: end of the year}
examples:
  - {question: "How high were the rates of 2001?", sql: "select iso3, rate_pct from rates where year = 2001"}
""",
    "expectations/tables/vintages.yml": """\
table: vintages
layer: core
version: 1.0.0
one_row_is: one edition
text: Editions of the bank's figures.
key: [vintage_id]
sorted_by: [vintage_id]
rows: {min: 1, max: 50, why: a handful}
cadence: yearly
columns:
  vintage_id: {type: text, text: slug}
  known_on: {type: date, text: day on which it became public}
examples:
  - {question: "Which editions are there?", sql: from vintages}
""",
    "expectations/tables/rate_ranks.yml": """\
table: rate_ranks
layer: marts
version: 1.0.0
one_row_is: one country and year
text: Countries by rate.
key: [year, iso3]
sorted_by: [year, iso3]
rows: {min: 1, max: 50, why: two countries}
cadence: yearly
columns:
  year: {type: integer, unit: year, text: year}
  iso3: {type: text, codelist: countries, text: the country}
  rate_pct: {type: "decimal(9,4)", unit: percent}
  rank: {type: integer, unit: rank, text: 1 is the highest}
expectations:
  - {type: expect_column_max_to_be_between, column: rank, min_value: 1, max_value: 2, severity: warning,
     why: two countries}
examples:
  - {question: "Who had the highest rate?", sql: "select year, iso3 from rate_ranks where rank = 1"}
""",
    "sql/core/rates.sql": """\
-- One row per country, year and vintage.
select r.iso3, r.year, r.rate as rate_pct, r.vintage_id, v.known_on, r.year || '-12-31' as period_end
from source_bank_rates as r
left join vintages as v on v.vintage_id = r.vintage_id
""",
    "sql/core/vintages.sql": "-- One row per edition.\nselect vintage_id, known_on from source_bank_vintages\n",
    "sql/marts/rate_ranks.sql": """\
-- The newest vintage of each rate, ranked.
with newest as (
    select iso3, year, rate_pct from rates
    qualify row_number() over (partition by iso3, year order by known_on desc) = 1
)
select year, iso3, rate_pct, rank() over (partition by year order by rate_pct desc) as rank
from newest
""",
    "expectations/claims/rate_is_high.yml": """\
claim: rate_is_high
title: The rate is high
speaker: Somebody
said_on: 2001-12-06
restated: The rate is above ten.
true_if: The newest rate of Japan is above ten.
holds_when: rate_pct > 10
primary: {definition: newest}
headline: rate_pct
claimed: {text: above 10, value: 10, unit: percent}
definitions: {newest: the newest rate}
verdicts:
  - {when: rate_pct > 10, verdict: supported, because: "It is {rate_pct} percent."}
  - {otherwise: contradicted, because: "It is only {rate_pct} percent."}
limits: [It is one country.]
""",
    "sql/claims/rate_is_high.sql": """\
select 'newest' as definition, 'rate_pct' as measure, year::varchar as period, rate_pct as value, 'percent' as unit,
       10 as claimed_value, null as note
from rate_ranks where iso3 = 'JPN'
""",
}

LEDGER = ("claims", "claim_measurements", "claim_sensitivity", "claim_verdicts")


def make_tiny(folder: Path, *, threads: int | None = None) -> Builder:
    """Write the project into `folder` and return a builder with an empty store beside it."""
    root = folder / "project"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    real = Project.find()
    for stem in LEDGER:
        text = real.contract_file(stem).read_text(encoding="utf-8")
        rows = {"claim_measurements": "min: 50, max: 500000"}.get(stem, "")
        (root / f"expectations/tables/{stem}.yml").write_text(text.replace(rows, "min: 1, max: 99") if rows else text)
    return Builder(Project(root=root, bundled=root / "bundled"), Store(folder / "outputs"), threads=threads)


def rewrite(builder: Builder, name: str, old: str, new: str) -> None:
    """Change a file of the tiny project; the old text must be there."""
    path = builder.project.root / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{name} has no {old!r}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def reopened(builder: Builder) -> Builder:
    """A builder on the same project and store that remembers nothing of the last one."""
    return Builder(Project(builder.project.root, builder.project.bundled), builder.store, threads=builder.threads)
