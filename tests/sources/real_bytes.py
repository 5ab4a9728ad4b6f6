"""The publishers' real bytes, read in place beside the checkout and served at the addresses that the connectors ask.

Where only a part of what a flow asks for is at hand, the test asks for that part; the layout around it stays real.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sources.loopback import QUICK, Loopback
from tests.sources.mapping import bundled
from tests.sources.test_world_bank import zipped
from tests.sources.test_wto import in_words
from tests.sources.test_wto import page as case_page
from tradefin.project import Project
from tradefin.sources import bis_portal, imf, rta, weo, world_bank, wto
from tradefin.sources.description import Publisher, read_publishers
from tradefin.sources.flow import Flow, Part, Request
from tradefin.sources.http import Client
from tradefin.sources.wto_pages import STAGES

WORKBOOK = "https://www.imf.org/external/np/fin/quotas/2018/shares.xlsx"

Serve = Callable[[Path, Loopback, pytest.MonkeyPatch], None]


def hosts(project: Project) -> list[str]:
    """Every host of every publisher, for the certificate."""
    return sorted({host for publisher in read_publishers(project).values() for host in publisher.hosts})


def client_for(loopback: Loopback) -> Callable[[Publisher], Client]:
    """Clients whose connections end on this machine."""
    return lambda publisher: loopback.client(publisher, replace(QUICK, bytes=64 << 20))


def serve_all(raw: Path, loopback: Loopback, patch: pytest.MonkeyPatch) -> None:
    """Have the loopback serve what is at hand of every publisher."""
    for serve in SERVE.values():
        serve(raw, loopback, patch)


def _world_bank(raw: Path, loopback: Loopback, patch: pytest.MonkeyPatch) -> None:
    """The zips, behind an API that is down; four indicators of nine are at hand."""
    files = {path.name.split("_")[1]: path for path in (raw / "worldbank").glob("API_*.csv")}
    flows = []
    for flow in world_bank.FLOWS:
        wanted = [r for r in flow.requests() if any(f"/{indicator}?" in r.address for indicator in files)]
        flows.append(replace(flow, requests=_asks(wanted)))
    patch.setattr(world_bank, "FLOWS", tuple(flows))
    for indicator, path in files.items():
        part = zipped(indicator, path.read_bytes())
        loopback.serve(part.request.address, part.data)


def _imf(raw: Path, loopback: Loopback, patch: pytest.MonkeyPatch) -> None:
    """The page of quotas, behind a service that is down, and the workbook of quota data."""
    loopback.serve(imf.MEMBERS_PAGE, (raw / "imf" / "members-quotas.html").read_bytes())
    loopback.serve(imf.QUOTA_DATA_PAGE, f"<html><a href='{WORKBOOK}'>Excel</a></html>".encode())
    loopback.serve(WORKBOOK, (raw / "imf" / "quota_shares_actual_and_calculated.xlsx").read_bytes())


def _weo(raw: Path, loopback: Loopback, patch: pytest.MonkeyPatch) -> None:
    """The DataMapper's export at market rates, behind a service that is down."""
    patch.setattr(weo, "FLOWS", tuple(_first_only(f) if f.name == "datamapper" else f for f in weo.FLOWS))
    (request,) = next(f for f in weo.FLOWS if f.name == "datamapper").requests()
    loopback.serve(request.address, (raw / "imf" / "imf-dm-export-20251119_MER.xls").read_bytes())


def _bis(raw: Path, loopback: Loopback, patch: pytest.MonkeyPatch) -> None:
    """The portal's two tables, behind bulk files and a service that are down."""
    (by_country, by_currency) = bis_portal.by_portal()
    loopback.serve(by_country.address, (raw / "bis" / "DER_D11_2.json").read_bytes())
    loopback.serve(by_currency.address, (raw / "bis" / "DER_D11_3.json").read_bytes())


def _rta(raw: Path, loopback: Loopback, patch: pytest.MonkeyPatch) -> None:
    """The export of all agreements."""
    loopback.serve(rta.ADDRESS, (raw / "wto" / "AllRTAs.xlsx").read_bytes())


def _wto(raw: Path, loopback: Loopback, patch: pytest.MonkeyPatch) -> None:
    """The file of disputes; the case pages, of which no copy is here, in the WTO's wording with the bundled days."""
    (ask,) = wto.asks()
    first = Part(ask, (raw / "wto" / "dispute_arrays_e.js").read_bytes())
    loopback.serve(ask.address, first.data)
    days = {
        row["ds_number"]: row for row in bundled(Project.find(), "wto", "disputes", vintage_id="wto-disputes-2024-06")
    }
    for request in wto.further((first,)):
        row = days.get(request.address.split("/ds")[-1].removesuffix("_e.htm"), {})
        told = {stage: in_words(day) for stage in STAGES if (day := row.get(stage))}
        loopback.serve(request.address, case_page(told))


def _first_only(flow: Flow) -> Flow:
    return replace(flow, requests=_asks(flow.requests()[:1]))


def _asks(requests: tuple[Request, ...] | list[Request]) -> Callable[[], tuple[Request, ...]]:
    return lambda: tuple(requests)


SERVE: dict[str, Serve] = {"bis": _bis, "imf": _imf, "rta": _rta, "weo": _weo, "world_bank": _world_bank, "wto": _wto}

# Flows that answer when the others are down.
ANSWERED = (
    ("bis", "otc_turnover_portal"),
    ("rta", "agreements"),
    ("wto", "disputes"),
    ("imf", "members_quotas"),
    ("imf", "quota_data"),
    ("weo", "datamapper"),
    ("world_bank", "reserves_zip"),
    ("world_bank", "gdp_zip"),
    ("world_bank", "trade_zip"),
)
