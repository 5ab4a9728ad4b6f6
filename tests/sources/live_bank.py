"""The tiny project with its publisher asked live: bundled rates to 2001, and what the bank serves on loopback."""

import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.sources.bank import FLOW, HEADER, HOST
from tests.sources.loopback import Loopback
from tests.tiny import make_tiny, rewrite
from tradefin.project import Project
from tradefin.sources import connectors, live
from tradefin.sources.archive import Archive
from tradefin.sources.flow import Flow
from tradefin.sources.live import Refreshed
from tradefin.tables.builder import Builder

CONTRACTS = ("source_states", "sightings")

FILES = {
    "sql/core/source_states.sql": "select publisher, flow, state, newest_good_on, failing_since, error, message, "
    "warnings from archive_states",
    "sql/core/sightings.sql": "select publisher, source_table, figure, vintage_id, first_seen, last_seen, withdrawn_on "
    "from archive_sightings",
    "expectations/codelists/bank_codes.csv": "code,iso3\nJP,JPN\nNA,NAM\n",
    "expectations/codelists/bank_codes.yml": """\
table: codelist_bank_codes
layer: codelists
version: 1.0.0
one_row_is: one code
text: How the bank writes countries.
key: [code]
sorted_by: [code]
rows: {min: 1, max: 9, why: two countries}
cadence: never
columns:
  code: {type: text, text: its code}
  iso3: {type: text, codelist: countries, text: the country}
""",
    "sql/sources/source_bank_rates/rates.sql": "-- The bank's rates.\n"
    "select coalesce(c.iso3, l.COUNTRY) as iso3, l.TIME_PERIOD as year, l.OBS_VALUE as rate from live as l "
    "left join codelist_bank_codes as c on c.code = l.COUNTRY",
}

FLOWS_YML = """\
hosts: [{host}]
requests_per_minute: 10
flows:
  rates:
    text: one rate
    licence: bank-terms
    rows: {{min: 2, max: 100}}
    columns:
      COUNTRY: {{values: [JP, NA], new: warn}}
      TIME_PERIOD: {{}}
      UNIT_MULT: {{values: ["6"]}}
      OBS_VALUE: {{number: true}}
      NOTE: {{optional: true}}
"""


def rates(*rows: str) -> bytes:
    """What the bank serves: rows such as `JP,2000,10.5`."""
    cells = (row.split(",") for row in rows)
    return "\n".join([HEADER, *(f"{c},{y},6,{v}" for c, y, v in cells), ""]).encode()


@dataclass
class Bank:
    """The project, the publisher, and a clock that moves a week with each round."""

    builder: Builder
    publisher: Loopback
    today: datetime = datetime(2026, 1, 5, 6, tzinfo=UTC)
    seen: list[Refreshed] = field(default_factory=list)

    def ask(self, days: int = 7, publishers: Collection[str] | None = None) -> tuple[Refreshed, ...]:
        """A round, and let days pass."""
        store = self.builder.store
        done = live.refresh(
            self.builder.project,
            store,
            publishers=publishers,
            client_for=self.publisher.client,
            archive=Archive(store, self._now),
            progress=self.seen.append,
        )
        self.today += timedelta(days=days)
        return done

    def _now(self) -> datetime:
        self.today += timedelta(seconds=1)
        return self.today

    def live(self) -> Builder:
        """A builder that has looked at nothing yet."""
        project = self.builder.project
        return Builder(Project(project.root, project.bundled), self.builder.store, live=True)

    def rows(self, stem: str, *columns: str) -> list[tuple[str, ...]]:
        """Cells of a table as texts."""
        table = self.live().table(stem)
        names = columns or table.column_names
        return [tuple("" if row[c] is None else str(row[c]) for c in names) for row in table.to_pylist()]


def make_bank(folder: Path, publisher: Loopback, patch: pytest.MonkeyPatch, *flows: Flow) -> Bank:
    """The tiny project with a live bank.

    Args:
        folder: Where to put it.
        publisher: Serves the bank's host.
        patch: Makes its connector known.
        flows: Its flows; by default the CSV alone.
    """
    flows = flows or (FLOW,)
    builder = make_tiny(folder)
    real = Project.find()
    contracts = {f"expectations/tables/{s}.yml": real.contract_file(s).read_text(encoding="utf-8") for s in CONTRACTS}
    states = {f"expectations/codelists/source_states.{kind}" for kind in ("csv", "yml")}
    codelist = {name: (real.root / name).read_text(encoding="utf-8") for name in states}
    for name, text in (FILES | contracts | codelist).items():
        path = builder.project.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    bank = "expectations/sources/bank.yml"
    rewrite(
        builder,
        bank,
        "rates: {text: one rate, rows: {min: 1, max: 100},",
        "rates: {text: one rate, rows: {min: 1, max: 100}, figure: [iso3, year],",
    )
    path = builder.project.root / bank
    described = FLOWS_YML.format(host=HOST)
    one = described[described.index("    text:") :]
    more = "".join(f"  {flow.name}:\n{one}" for flow in flows if flow.name != "rates")
    path.write_text(path.read_text(encoding="utf-8") + described + more, encoding="utf-8")
    patch.setitem(sys.modules, "the_bank", SimpleNamespace(FLOWS=flows))
    patch.setitem(connectors.MODULES, "bank", ("the_bank",))
    return Bank(builder, publisher)
