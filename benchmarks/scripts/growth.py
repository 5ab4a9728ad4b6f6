"""The small project of the tests, grown: prints the seconds of each stage of a release as JSON.

`python growth.py rows|vintages TIMES FOLDER`: TIMES the figures, or TIMES the vintages of each figure.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import islice, product
from pathlib import Path
from string import ascii_uppercase

import great_expectations  # noqa: F401 - its import is not what is measured here

import tradefin
from benchmarks.growth import BASE
from tests.publishing import light
from tests.tiny import make_tiny, reopened, rewrite
from tradefin.audit.run import audit_table
from tradefin.releases.publish import publish
from tradefin.sources.fold import Seen, fold
from tradefin.tables.asof import View, connect
from tradefin.tables.builder import Builder

_YEARS = range(1900, 2000)
_BEGAN = date(2001, 1, 1)
_DAY = View(date(2001, 12, 6), "published")

found: dict[str, float] = {}


@contextmanager
def timed(stage: str) -> Iterator[None]:
    """Note how long a stage took."""
    began = time.perf_counter()
    yield
    found[stage] = time.perf_counter() - began


def grown(folder: Path, countries: int, vintages: int) -> Builder:
    """The project with so many countries, each with a hundred years, each year in so many vintages."""
    builder = make_tiny(folder)
    codes = [
        "JPN",
        *islice((c for p in product(ascii_uppercase, repeat=3) if (c := "".join(p)) != "JPN"), countries - 1),
    ]
    days = [_BEGAN + timedelta(days=n) for n in range(vintages)]
    root = builder.project.root
    rows = countries * len(_YEARS) * vintages
    (root / "expectations/codelists/countries.csv").write_text("iso3,name\n" + "".join(f"{c},{c}\n" for c in codes))
    (root / "bundled/bank/vintages.csv").write_text(
        "vintage_id,publisher,label,known_on,known_on_rule,note\n"
        + "".join(f"bank-{day},bank,edition,{day},stated,\n" for day in days)
    )
    with (root / "bundled/bank/rates.csv").open("w") as file:
        file.write("iso3,year,rate,vintage_id,source_id\n")
        for number, code in enumerate(codes):
            for year in _YEARS:
                for turn, day in enumerate(days):
                    file.write(f"{code},{year},{(number * 7 + year + turn) % 90}.5,bank-{day},bank-report\n")
    rewrite(builder, "expectations/sources/bank.yml", "max: 100", f"max: {rows + 100}")
    for stem in ("rates", "vintages", "rate_ranks"):
        rewrite(builder, f"expectations/tables/{stem}.yml", "max: 50", f"max: {rows + 100}")
    rewrite(builder, "expectations/codelists/countries.yml", "max: 9", f"max: {countries}")
    rewrite(builder, "expectations/tables/rates.yml", "min: 1990", "min: 1900")
    rewrite(builder, "expectations/tables/rate_ranks.yml", "max_value: 2", f"max_value: {countries}")
    rewrite(builder, "expectations/tables/claim_measurements.yml", "max: 99", "max: 9999")
    return reopened(builder)


def answers(builder: Builder, countries: int, fetches: int) -> list[Seen]:
    """What so many fetches showed: every figure, each time with another value."""
    figures = [(f"C{c}", str(y)) for c in range(countries) for y in _YEARS]
    return [
        Seen("rates", _BEGAN + timedelta(days=n), 1, [(*f, f"{n % 90}.{n}") for f in figures], [None] * len(figures))
        for n in range(fetches)
    ]


def main(way: str, times: int, folder: Path) -> None:
    """Go through the stages."""
    countries = BASE // len(_YEARS) * (times if way == "rows" else 1)
    vintages = times if way == "vintages" else 1
    builder = grown(folder, countries, vintages)
    with timed("read"):
        builder.ref("source_bank_rates")
    with timed("core"):
        builder.ref("rates")
    with timed("mart"):
        builder.ref("rate_ranks")
    with timed("as_of"), connect(builder, ["rate_ranks"], _DAY) as con:
        con.execute("select count(*) from rate_ranks").fetchall()
    with timed("claims"):
        for stem in builder.contracts:
            builder.ref(stem)
    with timed("audit"):
        audits = [audit_table(builder, stem) for stem in builder.contracts]
    with timed("publish"), light():
        release = publish(builder, audits)
    home = release.folder.parent.parent
    with timed("load"):
        tradefin.load("rates", home=home)
    with timed("columns"):
        tradefin.load("rates", columns=["iso3", "rate_pct"], home=home)
    table = builder.publishers["bank"].tables["rates"]
    seen = answers(builder, countries, vintages)
    with timed("fold"):
        fold("bank", table, seen)
    print(json.dumps(found))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[3]) as scratch:
        main(sys.argv[1], int(sys.argv[2]), Path(scratch))
