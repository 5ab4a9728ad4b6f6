"""The way of one partition: asked for, read strictly, made, audited, published; and what stands for all of them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import pytest

from tests.objects import bucket, home_of
from tests.sources.loopback import CONTACT, Loopback, ToLoopback
from tradefin.definitions import build_defs
from tradefin.errors import ContractBroken, NotFound, ReleaseDamaged, SourceChanged
from tradefin.orchestration.resources import Workshop
from tradefin.partitioned.edition import Edition, connect, newest, publish
from tradefin.partitioned.flow import Partitions
from tradefin.project import Project
from tradefin.sources.bis_locational import locational_banking, parse
from tradefin.sources.flow import Part
from tradefin.sources.http import Client
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store

STEM = "bis_locational_banking"
HEADER = (
    "FREQ,L_MEASURE,L_POSITION,L_INSTR,L_DENOM,L_CURR_TYPE,L_PARENT_CTY,L_REP_BANK_TYPE,L_REP_CTY,L_CP_SECTOR,"
    "L_CP_COUNTRY,L_POS_TYPE,DECIMALS,UNIT_MEASURE,UNIT_MULT,AVAILABILITY,TITLE_GRP,TIME_FORMAT,COLLECTION,"
    "ORG_VISIBILITY,TIME_PERIOD,OBS_VALUE,OBS_STATUS,OBS_CONF,OBS_PRE_BREAK"
)


def answer(country: str, *rows: str, header: str = HEADER) -> bytes:
    """What the BIS serves: rows such as `US,2026-Q1,-3.5,A`."""
    cells = (row.split(",") for row in rows)
    lines = [f"Q,S,C,A,TO1,A,5J,A,{country},A,{cp},N,3,USD,6,K,,,S,E,{q},{v},{s},F," for cp, q, v, s in cells]
    return "\n".join([header, *lines, ""]).encode()


@pytest.fixture
def bis() -> Iterator[Loopback]:
    with Loopback("stats.bis.org") as publisher:
        yield publisher


@pytest.fixture
def flow(project: Project, tmp_path: Path) -> Partitions:
    (found,) = Partitions.all(Builder(project, Store(tmp_path)))
    return found


def ask(bis: Loopback, flow: Partitions, country: str, data: bytes) -> str:
    """Let the publisher serve this, and ask for it; tells what came of it."""
    (request,) = flow.flow(country).requests()
    bis.serve(request.address, data)
    with bis.client(flow.publisher) as client:
        return flow.fetch(client, country).state


def published(flow: Partitions, country: str) -> Edition:
    return publish(flow, country, flow.ref(country))


def test_partitions_are_published_apart_and_read_as_one_table(bis: Loopback, flow: Partitions, tmp_path: Path) -> None:
    ask(bis, flow, "GB", answer("GB", "US,2025-Q4,-3166.185,A", "US,2026-Q1,194782.426,A", "NA,2026-Q1,NaN,Q"))
    ask(bis, flow, "NO", answer("NO", "SE,2026-Q1,0.132,E"))
    assert published(flow, "GB").rows == 2
    both = published(flow, "NO")
    assert newest(tmp_path, STEM) == both and set(both.partitions) == {"GB", "NO"}
    with connect(tmp_path, STEM) as con:
        rows = con.sql(
            "select reporting_country, counterparty_country, quarter_end::text, amount_usd_mn::text, status "
            f"from {STEM} order by all"
        ).fetchall()
    assert rows == [
        ("GB", "US", "2025-12-31", "-3166.185", "A"),
        ("GB", "US", "2026-03-31", "194782.426", "A"),
        ("NO", "SE", "2026-03-31", "0.132", "E"),
    ]


def test_an_edition_in_an_object_store_is_read_in_part(bis: Loopback, project: Project, tmp_path: Path) -> None:
    with bucket() as objects, home_of(objects, tmp_path / "one") as home:
        (one,) = Partitions.all(Builder(project, Store(home)))
        ask(bis, one, "GB", answer("GB", *(f"US,{year}-Q1,{year}.5,A" for year in range(1990, 2026))))
        published(one, "GB")
        with home_of(objects, tmp_path / "two") as other:
            (two,) = Partitions.all(Builder(project, Store(other)))
            ask(bis, two, "NO", answer("NO", "SE,2026-Q1,0.132,E"))
            edition = published(two, "NO")
        assert newest(home, STEM) == edition and set(edition.partitions) == {"GB", "NO"}
        with home_of(objects, tmp_path / "reader") as reader, connect(reader, STEM) as con:
            objects.asked.clear()
            of = con.sql(f"select amount_usd_mn::text from {STEM} where reporting_country = 'NO'").fetchall()
            assert of == [("0.132",)]
            assert all(one.span for one in objects.asked if one.method == "GET")
            assert not [*reader.rglob("*.parquet")], "no file was brought here whole"


def test_a_changed_partition_redoes_only_itself(bis: Loopback, flow: Partitions) -> None:
    old = {"GB": answer("GB", "US,2026-Q1,1.5,A"), "NO": answer("NO", "SE,2026-Q1,2.5,A")}
    for country, data in old.items():
        assert ask(bis, flow, country, data) == "changed"
        before = published(flow, country)
    made = {*flow.store.home.rglob("*.parquet")}
    assert ask(bis, flow, "GB", old["GB"]) == "unchanged"
    assert ask(bis, flow, "NO", answer("NO", "SE,2026-Q1,2.6,A")) == "changed"
    published(flow, "GB")
    after = published(flow, "NO")
    assert after.partitions["GB"] == before.partitions["GB"]
    assert after.partitions["NO"] != before.partitions["NO"] and after.id != before.id
    assert len({*flow.store.home.rglob("*.parquet")} - made) == 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (answer("DE", "US,2026-Q1,1.5,A"), "'DE'; only GB was asked for"),
        (answer("GB", "US,2026-Q1,1.5,A", header=HEADER.replace("L_POS_TYPE", "L_POS_KIND")), "renamed"),
        (answer("GB", "US,2026-Q1,1.5,A").replace(b"USD", b"EUR"), "UNIT_MEASURE"),
        (answer("GB", "US,2026-Q1,1.5,A") + b"Q,S,C\n", "Expected 25 columns"),
        (answer("GB"), "no rows"),
    ],
)
def test_another_answer_is_refused(bis: Loopback, flow: Partitions, data: bytes, says: str) -> None:
    with pytest.raises(SourceChanged, match=says):
        ask(bis, flow, "GB", data)


@pytest.mark.parametrize(
    ("row", "says"),
    [("US,2026-03,1.5,A", "quarter_end"), ("US,2026-Q1,1.5,?", "status"), ("US,1960-Q1,1.5,A", "quarter_end")],
)
def test_a_partition_that_breaks_its_contract_is_not_published(
    bis: Loopback, flow: Partitions, tmp_path: Path, row: str, says: str
) -> None:
    ask(bis, flow, "GB", answer("GB", "US,2026-Q1,1.5,A"))
    before = published(flow, "GB")
    ask(bis, flow, "GB", answer("GB", row))
    with pytest.raises(ContractBroken, match=says):
        published(flow, "GB")
    assert newest(tmp_path, STEM) == before


def test_workers_that_publish_at_once_lose_nothing(bis: Loopback, flow: Partitions, tmp_path: Path) -> None:
    countries = flow.description.partitions[:8]
    for country in countries:
        ask(bis, flow, country, answer(country, "US,2026-Q1,1.5,A"))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda country: published(flow, country), countries))
    assert set(newest(tmp_path, STEM).partitions) == set(countries)


def test_what_is_not_there_or_damaged_is_told(bis: Loopback, flow: Partitions, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="No partition"):
        newest(tmp_path, STEM)
    with pytest.raises(NotFound, match="no good answer for GB"):
        flow.ref("GB")
    with pytest.raises(NotFound, match="no partition 'XX'"):
        flow.flow("XX")
    ask(bis, flow, "GB", answer("GB", "US,2026-Q1,1.5,A"))
    edition = published(flow, "GB")
    manifest = flow.store.home / "editions" / STEM / f"{edition.id}.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"rows": 1', b'"rows": 2'))
    with pytest.raises(ReleaseDamaged, match="not what was published"):
        newest(tmp_path, STEM)


def test_real_rows_are_read_by_column_not_by_place() -> None:
    (request,) = locational_banking("GB").requests()
    assert request.address.endswith("/*.*.*.*.*.*.*.*.GB.*.*.*?format=csv")
    table = parse("GB", (Part(request, answer("GB", "NA,2026-Q1,NaN,Q")),))
    assert table.select(["L_CP_COUNTRY", "OBS_VALUE", "OBS_PRE_BREAK"]).to_pylist() == [
        {"L_CP_COUNTRY": "NA", "OBS_VALUE": "NaN", "OBS_PRE_BREAK": None}
    ]


def test_a_run_of_one_partition(
    bis: Loopback, flow: Partitions, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (request,) = flow.flow("NO").requests()
    bis.serve(request.address, answer("NO", "SE,2026-Q1,2.5,A"))
    make = Client.__init__
    led = ToLoopback(bis.port, bis.authority)
    monkeypatch.setattr(Client, "__init__", lambda self, *given, **more: make(self, *given, transport=led, **more))
    monkeypatch.setenv("TRADEFIN_CONTACT", CONTACT)
    job = build_defs(Workshop.of(project, tmp_path)).resolve_job_def(f"publish_{STEM}")
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, partition_key="NO")
        (event,) = result.asset_materializations_for_node(f"partitioned__{STEM}")
    edition = newest(tmp_path, STEM)
    assert event.partition == "NO"
    assert event.tags is not None and event.tags["dagster/data_version"] == edition.partitions["NO"].sha256
    assert {check.passed for check in result.get_asset_check_evaluations()} == {True}
