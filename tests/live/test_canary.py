"""The real services, asked: `make live-test`. Never part of `make test`.

Each flow is asked as the weekly run asks it, stand-ins too, and must answer as its description says and become rows of
its source tables. What is doubted beforehand (see `expected`) is reported and fails nobody; what is not, fails.
TRADEFIN_CONTACT must be set; TRADEFIN_LIVE_HOME keeps what came, so that the next run need not download it again.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from tests.live.expected import DOUBTS
from tradefin.errors import SourceChanged, Unavailable
from tradefin.project import Project
from tradefin.sources.archive import Archive
from tradefin.sources.connectors import flows_of, mapping
from tradefin.sources.description import read_publishers
from tradefin.sources.fetch import fetch
from tradefin.sources.http import Client
from tradefin.sources.live import contact
from tradefin.sources.readings import mapped
from tradefin.sources.records import Snapshot
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store

pytestmark = pytest.mark.live

PUBLISHERS = {slug: one for slug, one in read_publishers(Project.find()).items() if one.flows}


def _flows() -> Iterator[ParameterSet]:
    for slug, publisher in PUBLISHERS.items():
        for name in publisher.flows:
            doubt = DOUBTS.get(f"{slug}.{name}")
            marks = (
                [pytest.mark.xfail(reason=doubt, raises=(SourceChanged, Unavailable), strict=False)] if doubt else []
            )
            yield pytest.param(slug, name, id=f"{slug}.{name}", marks=[*marks, pytest.mark.xdist_group(slug)])


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where answers are kept."""
    kept = os.environ.get("TRADEFIN_LIVE_HOME")
    return Path(kept) if kept else tmp_path_factory.mktemp("live")


@pytest.mark.parametrize(("slug", "name"), _flows())
def test_the_real_service_answers_as_described(slug: str, name: str, home: Path, project: Project) -> None:
    publisher = PUBLISHERS[slug]
    flows = flows_of(publisher)
    flow = next(one for one in flows if one.name == name)
    builder = Builder(project, Store(home))
    with Client(publisher, contact=contact()) as client:
        found = fetch(client, Archive(builder.store), flow, publisher.flows[name])
    assert found.table.num_rows
    print(f"{slug}.{name}: {found.state}, {found.table.num_rows:,} rows, {len(found.parts)} parts")
    for warning in found.warnings:
        print(f"  warning: {warning}")
    for table in publisher.tables:
        stem = f"source_{slug}_{table}"
        if sql := mapping(project, stem, flow, flows):
            rows = mapped(builder, publisher, flow, found.table, stem, sql)
            print(f"  {stem}: {rows.num_rows:,} rows")
            assert rows.num_rows


@pytest.mark.parametrize("slug", [pytest.param(one, marks=pytest.mark.xdist_group(one)) for one in PUBLISHERS])
def test_asked_again_nothing_has_changed(slug: str, home: Path) -> None:
    publisher = PUBLISHERS[slug]
    archive = Archive(Store(home))
    asked = [flow for flow in flows_of(publisher) if not flow.fallback_for and archive.last(slug, flow.name)]
    if not asked:
        pytest.skip("nothing of it could be fetched")
    with Client(publisher, contact=contact()) as client:
        states = {flow.name: fetch(client, archive, flow, publisher.flows[flow.name]).state for flow in asked}
    known = {
        flow.name: any(one.etag or one.last_modified for one in _parts(archive, slug, flow.name)) for flow in asked
    }
    print(f"{slug}: names its versions, so that nothing is downloaded twice: {known}")
    assert set(states.values()) == {"unchanged"}, states


def _parts(archive: Archive, slug: str, name: str) -> tuple[Snapshot, ...]:
    last = archive.last(slug, name)
    return last.snapshots if last else ()
