"""The IMF asked whole: the page of quotas is asked beside the service and checks it, reserves get into their table."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import stamina

from tests.sources import real_bytes
from tests.sources.imf_answers import FLOWS, PAGE, fund_accounts, member
from tests.sources.loopback import Loopback, Reply
from tests.sources.mapping import bundled
from tradefin.audit.run import audit_table, refuse
from tradefin.project import Project
from tradefin.sources import imf, live
from tradefin.sources.archive import Archive
from tradefin.sources.live import Refreshed
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
LIQUIDITY = "DATAFLOW,COUNTRY,INDICATOR,UNIT,FREQUENCY,TIME_PERIOD,OBS_VALUE,SCALE,VALUATION,STATUS"


@pytest.fixture(scope="module")
def imf_host(project: Project) -> Iterator[Loopback]:
    with Loopback(*real_bytes.hosts(project)) as loopback, stamina.set_testing(True, attempts=2, cap=True):
        years, months = FLOWS["fund_accounts"].requests()
        loopback.serve(years.address, fund_accounts(project, "2023"))
        loopback.serve(months.address, fund_accounts(project, "2024-M01"))
        loopback.serve(imf.MEMBERS_PAGE, page_of_quotas(project, JPN="30820.9"))
        (reserves,) = FLOWS["international_liquidity"].requests()
        loopback.serve(reserves.address, liquidity(project))
        yield loopback


def page_of_quotas(project: Project, **other: str) -> bytes:
    """The page with the bundled quotas of January 2024 but for those that are said."""
    rows = bundled(project, "imf", "quotas", vintage_id="imf-quarterly-report-2024-01")
    quotas = {str(row["iso3"]): other.get(str(row["iso3"]), str(row["quota_sdr_mn"])) for row in rows}
    lines = "".join(member(0, quota).replace('value="AAX"', f'value="{iso3}"') for iso3, quota in quotas.items())
    total = sum(Decimal(quota) for quota in quotas.values())
    return PAGE.replace("October 2, 2022", "November 20, 2026").format(rows=lines, total=f"{total:,}").encode()


def liquidity(project: Project) -> bytes:
    """Reserves of every member in 30 years, and of the world."""
    members = [row["iso3"] for row in bundled(project, "imf", "quotas", vintage_id="imf-quarterly-report-2024-01")]
    lines = [
        f"IMF.STA:IL(13.0.1),{code},{indicator},USD,A,{year},{10**11 + year * 10**6},6,,"
        for code in (*members, "G001")
        for year in range(1996, 2026)
        for indicator in ("TRGMV_REVS", "RXF11_REVS")
    ]
    return "\n".join([LIQUIDITY, *lines, ""]).encode()


def ask(project: Project, store: Store, loopback: Loopback) -> dict[str, Refreshed]:
    done = live.refresh(
        project,
        store,
        publishers=["imf"],
        client_for=real_bytes.client_for(loopback),
        archive=Archive(store, lambda: NOW),
    )
    return {one.flow: one for one in done}


def test_the_page_checks_the_service_and_reserves_get_into_their_table(
    project: Project, imf_host: Loopback, tmp_path: Path
) -> None:
    store = Store(tmp_path)
    done = ask(project, store, imf_host)
    assert {name: one.state for name, one in done.items()} == {
        "fund_accounts": "changed",
        "fund_accounts_v3": "skipped",
        "members_quotas": "changed",
        "international_liquidity": "changed",
        "quota_data": "failed",
    }
    assert "60 figures left out of source_imf_reserves" in done["international_liquidity"].warnings[-1]
    builder = Builder(project, store, live=True)
    told = builder.table("source_disagreements").to_pylist()
    quotas = [row for row in told if row["table_name"] == "imf_quotas"]
    assert [(r["figure"], r["live_source"], r["other_source"], str(r["difference"])) for r in quotas] == [
        ("JPN|14th", "imf-fund_accounts", "imf-members_quotas", "-0.400000"),
        ("JPN|14th", "imf-members_quotas", "imf-quarterly-report-2024-01", "0.400000"),
    ]
    rows = [row for row in builder.table("reserves").to_pylist() if row["publisher"] == "imf"]
    assert len(rows) == 190 * 30 * 2
    japan = [row for row in rows if (row["iso3"], row["year"], row["basis"]) == ("JPN", 2001, "with_gold")]
    assert [(str(r["reserves_usd_bn"]), r["source_id"], r["vintage_id"]) for r in japan] == [
        ("102.0010", "imf-international_liquidity", "imf-international_liquidity-2026-11-24")
    ]
    citations = {row["source_id"]: row for row in builder.table("citations").to_pylist()}
    assert citations["imf-international_liquidity"]["licence"] == "imf-terms"
    assert builder.history.refused == {}
    for stem in ("reserves", "imf_quotas", "source_disagreements", "source_states", "vintages"):
        refuse(audit_table(builder, stem))
    for mart in ("reserves_by_holder_group", "reserves_cover", "fx_turnover_vs_reserves", "imf_quotas_in_effect"):
        assert builder.table(mart).equals(builder.without_live.table(mart)), mart
    states = {row["flow"]: row for row in builder.table("source_states").to_pylist() if row["publisher"] == "imf"}
    assert "no economy of the codelist countries: iso3=G001" in states["international_liquidity"]["warnings"]


def test_the_page_serves_alone_when_the_service_is_down(project: Project, imf_host: Loopback, tmp_path: Path) -> None:
    for flow in ("fund_accounts", "fund_accounts_v3"):
        for request in FLOWS[flow].requests():
            imf_host.serve(request.address, Reply(b"down", 503, etag=False))
    store = Store(tmp_path)
    done = ask(project, store, imf_host)
    assert [done[name].state for name in ("fund_accounts", "fund_accounts_v3", "members_quotas")] == [
        "failed",
        "failed",
        "changed",
    ]
    builder = Builder(project, store, live=True)
    served = [r for r in builder.table("imf_quotas").to_pylist() if r["source_id"] == "imf-members_quotas"]
    assert len(served) == 190 and {str(row["quota_date"]) for row in served} == {"2026-11-20"}
