"""The publishers' real bytes, asked from loopback: beside the bundled figures, through every contract, compared."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import stamina

from tests.conftest import SHARED
from tests.sources import real_bytes
from tests.sources.loopback import Loopback
from tests.sources.mapping import Row, bundled, differences
from tradefin.audit.run import audit_table, refuse
from tradefin.project import Project
from tradefin.sources import live
from tradefin.sources.archive import Archive
from tradefin.sources.live import Refreshed
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store


@dataclass(frozen=True)
class Compared:
    """A source table beside the bundled one; where they differ by name of the core table's columns."""

    stem: str
    core: str
    figure: tuple[str, ...]
    columns: dict[str, str]

    def found(self, project: Project, rows: list[Row]) -> set[tuple[str, str, str]]:
        """Core table, figure and column of every cell that differs, worked out without any SQL."""
        publisher, name = next(
            (p.name, self.stem.removeprefix(f"source_{p.name}_"))
            for p in project.bundled.iterdir()
            if self.stem.startswith(f"source_{p.name}_")
        )
        result = set()
        for column, core_column in self.columns.items():
            old: dict[tuple[str | None, ...], Row] = {}
            for row in sorted(bundled(project, publisher, name), key=lambda r: str(r["vintage_id"])):
                if row[column]:
                    old[tuple(row[c] for c in self.figure)] = row  # the newest edition is the last by name
            new = [row for row in rows if row[column]]
            for key in differences(new, list(old.values()), self.figure, column):
                result.add((self.core, "|".join(str(k) for k in key), core_column))
        return result


GDP = {"gdp_usd_bn": "gdp_usd_bn", "gdp_ppp_intl_bn": "gdp_ppp_intl_bn"}
DAYS = {
    f"{day}_{part}": f"{core}_{part}"
    for day, core in (("signature", "signed"), ("notified", "notified"), ("in_force", "in_force"))
    for part in ("goods", "services")
}
COMPARED = (
    Compared("source_rta_agreements", "trade_agreements", ("rta_id",), {**DAYS, "inactive_date": "inactive_from"}),
    Compared(
        "source_world_bank_reserves", "reserves", ("iso3", "year", "basis"), {"reserves_usd_bn": "reserves_usd_bn"}
    ),
    Compared("source_world_bank_gdp", "gdp", ("iso3", "year"), GDP),
    Compared("source_weo_gdp", "gdp", ("area", "year"), GDP),
    Compared(
        "source_world_bank_trade_in_goods_and_services",
        "trade_in_goods_and_services",
        ("iso3", "year"),
        {"imports_usd_bn": "imports_usd_bn"},
    ),
    Compared(
        "source_imf_calculated_quota_shares",
        "imf_calculated_quotas",
        ("data_set", "kind", "iso3"),
        {"share_pct": "share_pct"},
    ),
)


class World:
    """All publishers on loopback, and the tables made of what they answer."""

    def __init__(self, loopback: Loopback, project: Project, store: Store) -> None:
        self.loopback, self.project, self.store = loopback, project, store
        self.now = datetime(2026, 11, 24, 6, tzinfo=UTC)

    def ask(self) -> tuple[Refreshed, ...]:
        """One round, a week after the one before."""
        self.now += timedelta(days=7)
        self.loopback.asked.clear()
        return live.refresh(
            self.project,
            self.store,
            publishers=list(real_bytes.SERVE),
            client_for=real_bytes.client_for(self.loopback),
            archive=Archive(self.store, lambda: self.now),
        )

    def builder(self) -> Builder:
        return Builder(self.project, self.store, live=True)


@pytest.fixture(scope="module")
def world(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    raw = SHARED / "raw"
    if not raw.is_dir():
        pytest.skip(f"no files of the publishers at {raw}: reading their real bytes needs that folder")
    with (
        pytest.MonkeyPatch.context() as patch,
        Loopback(*real_bytes.hosts(project)) as loopback,
        stamina.set_testing(True, attempts=2, cap=True),
    ):
        real_bytes.serve_all(Path(raw), loopback, patch)
        world = World(loopback, project, Store(tmp_path_factory.mktemp("world")))
        world.ask()
        yield world


@pytest.fixture(scope="module")
def builder(world: World) -> Builder:
    return world.builder()


def live_rows(builder: Builder, stem: str) -> list[Row]:
    told = builder.history.told(stem)
    return told.rows.to_pylist() if told is not None else []


def test_every_flow_or_one_that_stands_in_for_it_answers(world: World, builder: Builder) -> None:
    states = {(r["publisher"], r["flow"]): r["state"] for r in builder.table("source_states").to_pylist()}
    for flow in real_bytes.ANSWERED:
        assert states[flow] == "live", flow
    assert set(states.values()) <= {"live", "failed", "bundled"}


def test_live_tables_hold_the_bundled_rows_and_more(builder: Builder, project: Project, store: Store) -> None:
    plain = Builder(project, store)
    for stem in (one.stem for one in COMPARED):
        added = live_rows(builder, stem)
        assert added and builder.ref(stem).rows == plain.ref(stem).rows + len(added), stem


def test_every_contract_holds(builder: Builder) -> None:
    for stem, contract in builder.contracts.items():
        if contract.layer != "claims":
            refuse(audit_table(builder, stem))
    assert builder.history.refused == {}


def test_differences_are_exactly_those_published(builder: Builder, project: Project) -> None:
    rows = builder.table("source_disagreements").to_pylist()
    expected = set().union(*(one.found(project, live_rows(builder, one.stem)) for one in COMPARED))
    told = {(r["table_name"], r["figure"], r["column_name"]) for r in rows}
    compared = {one.core for one in COMPARED}
    assert {row for row in told if row[0] in compared} == expected
    assert expected, "rounding a few figures to four decimals differs in the last place"
    citations = set(builder.table("citations").column("source_id").to_pylist())
    assert all(r["other_source"] in citations and r["live_source"] in citations for r in rows)


@pytest.mark.parametrize(
    ("core", "stem", "rows"),
    [
        ("imf_quotas", "source_imf_quotas", 190),
        ("wto_disputes", "source_wto_disputes", 600),
        ("bis_fx_turnover", "source_bis_fx_turnover", 25),
        ("bis_fx_turnover_by_country", "source_bis_fx_turnover_by_country", 582),
        ("bis_fx_turnover_by_currency", "source_bis_fx_turnover_by_currency", 430),
    ],
)
def test_what_others_serve_agrees(builder: Builder, core: str, stem: str, rows: int) -> None:
    told = builder.table("source_disagreements").to_pylist()
    assert len(live_rows(builder, stem)) >= rows
    assert [row for row in told if row["table_name"] == core] == []


def test_claims_do_not_count_a_figure_twice(builder: Builder) -> None:
    """What is served is what is bundled, so what is measured is the same: nothing adds two editions together."""

    def measured(one: Builder) -> dict[tuple[str, ...], str]:
        rows = one.table("claim_measurements").to_pylist()
        names = ("claim_id", "definition", "measure", "period")
        return {tuple(str(r[n]) for n in names): str(r["value"]) for r in rows if r["known"] == "latest"}

    served, bundled_alone = measured(builder), measured(builder.without_live)
    more = {key for key in served if key not in bundled_alone}
    assert {key: value for key, value in served.items() if key not in more} == bundled_alone
    # The outlook of October 2025, served a year later, no longer projects 2025: that year may be measured now.
    assert {period for *_, period in more} <= {"2025"}


def test_a_second_round_downloads_nothing_and_changes_nothing(world: World, builder: Builder) -> None:
    before = {stem: builder.ref(stem).sha256 for stem, c in builder.contracts.items() if c.layer != "claims"}
    assert {one.state for one in world.ask()} <= {"unchanged", "failed", "skipped"}
    assert {one.status for one in world.loopback.asked} <= {304, 404}
    again = world.builder()
    assert again.table("source_states").to_pylist() == builder.table("source_states").to_pylist()
    assert {stem: again.ref(stem).sha256 for stem in before} == before
