"""Two publishers whose figures meet in one table, so that one may fail beside the other."""

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.sources.bank import FLOW, HOST, ZIP_FLOW
from tests.sources.live_bank import Bank, make_bank
from tests.sources.loopback import Loopback
from tests.tiny import rewrite
from tradefin.sources import connectors
from tradefin.sources.flow import Flow, Request

COOP = f"https://{HOST}/coop.csv"
COOP_FLOW = replace(FLOW, publisher="coop", requests=lambda: (Request(COOP, "text/csv"),))
# The bank's figures packed: a flow of its own, so that what happens to zips happens to figures in use.
BANK_ZIP = Flow("bank", "rates", ZIP_FLOW.requests, ZIP_FLOW.parse)


def make_two(folder: Path, publisher: Loopback, patch: pytest.MonkeyPatch, flow: Flow = FLOW) -> Bank:
    """The tiny project with a live bank and a live coop beside it.

    Args:
        folder: Where to put it.
        publisher: Serves both.
        patch: Makes the connectors known.
        flow: The bank's.
    """
    bank = make_bank(folder, publisher, patch, flow)
    root = bank.builder.project.root
    for name in ("rates", "vintages", "citations"):
        text = (root / f"bundled/bank/{name}.csv").read_text(encoding="utf-8")
        target = root / "bundled" / "coop" / f"{name}.csv"
        target.parent.mkdir(exist_ok=True)
        target.write_text(text.replace("bank", "coop"), encoding="utf-8")
    source = (root / "expectations/sources/bank.yml").read_text(encoding="utf-8")
    source = source.replace("publisher: bank", "publisher: coop").replace("bank-terms", "coop-terms")
    (root / "expectations/sources/coop.yml").write_text(source.replace("The Bank", "The Coop"), encoding="utf-8")
    select = root / "sql/sources/source_bank_rates/rates.sql"
    other = root / "sql/sources/source_coop_rates/rates.sql"
    other.parent.mkdir()
    other.write_text(select.read_text(encoding="utf-8"), encoding="utf-8")
    for table in ("rates", "vintages"):
        rewrite(
            bank.builder,
            f"sql/core/{table}.sql",
            f"from source_bank_{table}",
            f"from (from source_bank_{table} union all by name from source_coop_{table})",
        )
    patch.setitem(sys.modules, "the_coop", SimpleNamespace(FLOWS=(COOP_FLOW,)))
    patch.setitem(connectors.MODULES, "coop", ("the_coop",))
    return bank
