"""Each fault raises the right error, is recorded, loses nothing, and passes once the publisher is well again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from tests.sources.bank import CSV, FLOW, GOOD, HOST, MIRROR, PUBLISHER, RATES, ZIP, ZIP_FLOW, zipped
from tests.sources.faults import FAULTS, Fault, markdown
from tests.sources.loopback import HASTY, QUICK, Loopback
from tradefin.sources.archive import Archive
from tradefin.sources.fetch import fetch, stored
from tradefin.tables.store import Store, digest


@pytest.fixture(autouse=True)
def without_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture(scope="module")
def bank() -> Iterator[Loopback]:
    with Loopback(HOST, MIRROR) as publisher:
        yield publisher


@pytest.fixture(scope="module")
def impostor() -> Iterator[Loopback]:
    with Loopback(HOST, self_signed=True) as publisher:
        yield publisher


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault(fault: Fault, bank: Loopback, impostor: Loopback, tmp_path: Path) -> None:
    archive = Archive(Store(tmp_path))
    flow, address, good = (ZIP_FLOW, ZIP, zipped()) if fault.zipped else (FLOW, CSV, GOOD)
    bank.serve(address, good)
    with bank.client(PUBLISHER) as client:
        first = fetch(client, archive, flow, RATES)

    faulty = impostor if fault.self_signed else bank
    faulty.serve(address, *fault.replies)
    faulty.asked.clear()
    limits = HASTY if fault.hasty else QUICK
    with faulty.client(PUBLISHER, limits) as client, pytest.raises(fault.error) as caught:
        fetch(client, archive, flow, RATES)
    assert type(caught.value) is fault.error
    assert fault.says in str(caught.value)
    assert len(faulty.asked) == fault.attempts

    (check,) = archive.checks()
    assert (check.state, check.error, check.message) == ("failed", fault.error.__name__, str(caught.value))
    assert check.changed_at == first.fetch.checked_at
    again = stored(archive, flow, RATES)
    assert again is not None and again.table.equals(first.table), "the last good figures stay"
    for snapshot in (tmp_path / "snapshots").iterdir():
        assert digest(snapshot.read_bytes()) == snapshot.name.split(".")[0], "no partial snapshot is ever visible"

    bank.serve(address, good)
    with bank.client(PUBLISHER) as client:
        well = fetch(client, archive, flow, RATES)
    assert well.state == "unchanged"
    assert bank.asked[-1].status == 304


def test_the_docs_table_has_a_row_for_each_fault() -> None:
    assert len(markdown().splitlines()) == len(FAULTS) + 2
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
