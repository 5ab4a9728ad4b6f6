"""Outputs in an object store: built, published, read as in a folder; one of two publishers wins, the other says so."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.dataset as ds
import pytest

import tradefin
from tests.objects import KEYS, Objects, bucket, home_of
from tests.publishing import publish_light
from tests.tiny import make_tiny, rewrite
from tradefin.addresses import address_of, marked
from tradefin.errors import NotFound, ProjectInvalid, ReleaseDamaged, Unavailable
from tradefin.project import Project
from tradefin.releases import contents, shelf
from tradefin.releases.release import Pointer
from tradefin.releases.verify import verify
from tradefin.tables import mirror, parquet
from tradefin.tables.builder import Builder
from tradefin.tables.mirror import Mirror
from tradefin.tables.store import Store


@pytest.fixture
def objects() -> Iterator[Objects]:
    with bucket() as found:
        yield found


@pytest.fixture
def home(objects: Objects, tmp_path: Path) -> Iterator[Path]:
    """The outputs on the machine of most tests."""
    with home_of(objects, tmp_path / "cache") as found:
        yield found


def builder_at(folder: Path, home: Path, change: str = "") -> Builder:
    """The tiny project with its outputs there; a change of one figure makes another release."""
    tiny = make_tiny(folder)
    if change:
        rewrite(tiny, "bundled/bank/rates.csv", "NAM,2001,4,", f"NAM,2001,{change},")
    return Builder(tiny.project, Store(home))


def command(builder: Builder, cache: Path, objects: Objects, *arguments: str) -> "subprocess.Popen[str]":
    """Start `tradefin` on a machine with that cache."""
    env = {
        **os.environ,
        "TRADEFIN_PROJECT": str(builder.project.root),
        "TRADEFIN_HOME": objects.address(),
        "TRADEFIN_CACHE": str(cache),
    }
    line = [sys.executable, "-m", "tradefin.cli", *arguments]
    return subprocess.Popen(line, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def told(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, re.sub(r"nanobind: .*\n", "", err)


def pointed(objects: Objects) -> str:
    return str(json.loads(objects.get("home/current.json"))["release"])


def test_a_release_is_built_published_and_read(objects: Objects, home: Path, tmp_path: Path) -> None:
    made = publish_light(builder_at(tmp_path / "a", home))
    assert verify(home).release == made.id == pointed(objects)
    alone = publish_light(make_tiny(tmp_path / "b"))
    assert alone.id == made.id
    assert not [name for name in objects.names() if name.startswith("home/staging")]
    for name in ("rates", "marts.rate_ranks", "claim_verdicts"):
        assert objects.get(f"home/releases/{made.id}/{made.table(name).path}") == alone.table_bytes(name)
    with home_of(objects, tmp_path / "reader"):
        assert tradefin.load("rates").equals(tradefin.load("rates", home=tmp_path / "b" / "outputs"))
        assert [(one.id, one.current) for one in tradefin.releases(home=objects.address())] == [(made.id, True)]
        assert tradefin.connect(objects.address()).execute("select count(*) from rates").fetchall() == [(4,)]


def test_the_command_does_there_what_it_does_in_a_folder(objects: Objects, tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    publish_light(builder)
    code, out, err = told(command(builder, tmp_path / "one", objects, "run", "--json"))
    assert (code, err) == (0, "")
    release = json.loads(out)["release"]
    assert release == Pointer.read(builder.store.home).release  # type: ignore[union-attr]
    reader = tmp_path / "two"
    code, out, err = told(command(builder, reader, objects, "query", "select sum(rate_pct)::text as s from rates"))
    assert (code, err) == (0, "") and "28.75" in out
    code, out, _ = told(command(builder, reader, objects, "releases"))
    assert code == 0 and release in out
    assert told(command(builder, reader, objects, "verify"))[0] == 0
    objects.flip(f"home/releases/{release}/checks.html")
    code, _, err = told(command(builder, reader, objects, "verify"))
    assert code == 7
    assert f"{objects.address()}/releases/{release}/checks.html is not the file that was published" in err
    code, out, err = told(command(builder, tmp_path / "one", objects, "run", "--json"))
    assert (code, json.loads(out)["unchanged"]) == (0, True), err


def test_a_flipped_bit_is_named_by_whoever_reads_it(objects: Objects, home: Path, tmp_path: Path) -> None:
    made = publish_light(builder_at(tmp_path / "a", home))
    path = f"releases/{made.id}/{made.table('rates').path}"
    objects.flip(f"home/{path}")
    spoilt = objects.get(f"home/{path}")
    with home_of(objects, tmp_path / "other") as other:
        reads: list[Callable[[], object]] = [lambda: tradefin.load("rates"), tradefin.connect, lambda: verify(other)]
        for read in reads:
            with pytest.raises(ReleaseDamaged, match=f"{objects.address()}/{path} is not the file"):
                read()
        with pytest.raises(ReleaseDamaged, match=f"{path} is not the file.*Delete it there and run again"):
            publish_light(builder_at(tmp_path / "b", other))
        assert objects.get(f"home/{path}") == spoilt, "what is there is not overwritten"
        objects.delete(f"home/{path}")
        publish_light(builder_at(tmp_path / "c", other))
        assert verify(other).release == made.id


def test_a_filter_reads_the_row_groups_that_it_needs(
    objects: Objects, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP", 8192)
    made = publish_light(large(builder_at(tmp_path / "a", home), vintages=1500))
    path, size = made.table("rates").path, made.manifest.all_files()[made.table("rates").path].bytes
    with home_of(objects, tmp_path / "reader"):
        found = tradefin.dataset("rates")
        con = duckdb.connect()
        con.register("found", found)
        counted = con.sql("select count(rate_pct) from found where iso3 = 'NAM' and year = 2020")
        asks: list[Callable[[], int]] = [
            lambda: found.to_table(filter=(ds.field("iso3") == "NAM") & (ds.field("year") == 2020)).num_rows,
            lambda: int(counted.fetchall()[0][0]),
        ]
        for ask in asks:
            objects.asked.clear()
            assert ask() == 1500
            asked = [one for one in objects.asked if one.method == "GET"]
            assert all(one.path == f"home/releases/{made.id}/{path}" and one.span for one in asked)
            assert sum(one.sent for one in asked) < size / 3
        objects.asked.clear()
        assert found.to_table(filter=ds.field("iso3") == "XXX").num_rows == 0
        assert sum(one.sent for one in objects.asked) < 2 * 65536, "no more than the footer"
        assert tradefin.load("rates").num_rows == found.count_rows() == made.table("rates").rows
        objects.asked.clear()
        assert tradefin.dataset("rates").count_rows() == found.count_rows()
        assert not [one for one in objects.asked if path in one.path], "what was loaded is kept, and read here"


def test_a_page_that_was_changed_is_not_read(
    objects: Objects, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP", 8192)
    made = publish_light(large(builder_at(tmp_path / "a", home), vintages=1500))
    objects.flip(f"home/releases/{made.id}/{made.table('rates').path}")
    with home_of(objects, tmp_path / "reader"), pytest.raises(OSError, match=r"CRC|checksum"):
        tradefin.dataset("rates").to_table()


def test_a_table_that_is_lost_or_something_else_is_not_read_in_part(
    objects: Objects, home: Path, tmp_path: Path
) -> None:
    made = publish_light(builder_at(tmp_path / "a", home))
    path = f"home/releases/{made.id}/{made.table('rates').path}"
    other = objects.get(f"home/releases/{made.id}/{made.table('rate_ranks').path}")
    for data, said in (
        (b"no Parquet", "cannot be read as Parquet"),
        (other, "not the rows and columns"),
        (None, "not there"),
    ):
        objects.delete(path) if data is None else objects.put(path, data)
        with home_of(objects, tmp_path / "reader"), pytest.raises(ReleaseDamaged, match=said):
            tradefin.dataset("rates")


def test_sums_and_manifest_are_verified_too(objects: Objects, home: Path, tmp_path: Path) -> None:
    made = publish_light(builder_at(tmp_path / "a", home))
    for name in ("SHA256SUMS", "manifest.json"):
        objects.flip(f"home/releases/{made.id}/{name}")
        with pytest.raises(ReleaseDamaged, match=f"{made.id}/{name} is not the"):
            verify(home)
        objects.flip(f"home/releases/{made.id}/{name}")
    assert verify(home).release == made.id


def large(builder: Builder, vintages: int) -> Builder:
    """The tiny project with so many vintages of each rate of 41 years and two countries."""
    days = [date(2001, 3, 1) + timedelta(days=i) for i in range(vintages)]
    names = [f"bank-{i}" for i in range(vintages)]
    bank = builder.project.root / "bundled" / "bank"
    told = "\n".join(f"{name},bank,{name},{day},stated," for name, day in zip(names, days, strict=True))
    bank.joinpath("vintages.csv").write_text(f"vintage_id,publisher,label,known_on,known_on_rule,note\n{told}\n")
    rates = (
        f"{country},{year},{(i * 7919 + year * 104729 + j) % 999_983 / 10_000},{name},bank-report"
        for j, country in enumerate(("JPN", "NAM"))
        for year in range(1990, 2031)
        for i, name in enumerate(names)
    )
    bank.joinpath("rates.csv").write_text("iso3,year,rate,vintage_id,source_id\n" + "\n".join(rates) + "\n")
    rewrite(
        builder,
        "expectations/sources/bank.yml",
        "text: one rate, rows: {min: 1, max: 100}",
        "text: one rate, rows: {min: 1, max: 900000}",
    )
    rewrite(
        builder,
        "expectations/sources/bank.yml",
        "text: one vintage, rows: {min: 1, max: 100}",
        "text: one vintage, rows: {min: 1, max: 9000}",
    )
    return Builder(builder.project, builder.store)


def test_of_two_publishers_at_once_one_wins_and_the_other_says_so(objects: Objects, home: Path, tmp_path: Path) -> None:
    first = publish_light(builder_at(tmp_path / "first", home))
    both = threading.Barrier(2)

    def together(method: str, path: str) -> None:
        if (method, path) == ("PUT", "home/current.json"):
            both.wait(60)  # both have seen the same pointer by now

    objects.before = together
    builders = [builder_at(tmp_path / name, home, change) for name, change in (("a", "5"), ("b", "6"))]
    started = [command(one, tmp_path / f"cache{i}", objects, "run", "--json") for i, one in enumerate(builders)]
    ended = [told(one) for one in started]
    assert sorted(code for code, _, _ in ended) == [0, 11], ended
    (_, out, _), (_, _, err) = sorted(ended)
    winner = json.loads(out)["release"]
    assert pointed(objects) == winner
    assert f"Another run made {winner} the current release of {objects.address()}" in err
    with home_of(objects, tmp_path / "reader") as reader:
        (other,) = {one.id for one in tradefin.releases()} - {winner, first.id}
        assert other in err
        assert verify(reader, other) and verify(reader), "nothing is lost"


def test_the_pointer_is_made_by_one_of_two(home: Path) -> None:
    store = Mirror(home, str(address_of(home)))
    assert store.replace("current.json", b"a", "")
    assert not store.replace("current.json", b"b", "")
    data, seen = store.read("current.json")
    assert data == b"a"
    assert store.replace("current.json", b"b", seen)
    assert not store.replace("current.json", b"c", seen)
    assert store.read("current.json")[0] == b"b"


def test_a_release_that_two_make_has_the_files_of_one(
    objects: Objects, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is stopped once its manifest is there; the second, with another manifest, ends its work."""
    laid = re.compile("home/releases/.*/checks.html")
    objects.refuses = lambda method, path: 400 if method == "PUT" and laid.fullmatch(path) else 0
    with pytest.raises(Unavailable):
        publish_light(builder_at(tmp_path / "a", home))
    objects.refuses = lambda method, path: 0
    with pytest.raises(NotFound), home_of(objects, tmp_path / "reader"):
        tradefin.load("rates")
    with home_of(objects, tmp_path / "other") as other:
        monkeypatch.setattr(contents, "__version__", "9.9.9")
        made = publish_light(builder_at(tmp_path / "b", other))
        assert made.manifest.made_by != "9.9.9"
        assert verify(other).release == made.id == pointed(objects)
    assert not [name for name in objects.names() if name.startswith("home/staging")]


def test_what_is_there_is_never_overwritten(objects: Objects, home: Path, tmp_path: Path) -> None:
    made = publish_light(make_tiny(tmp_path / "alone"))
    table = f"tables/rates/{made.table('rates').sha256}.parquet"
    objects.put(f"home/{table}", b"somebody else's")
    with pytest.raises(ReleaseDamaged, match=f"{objects.address()}/{table} is there already.*nothing was overwritten"):
        publish_light(builder_at(tmp_path / "a", home))
    assert objects.get(f"home/{table}") == b"somebody else's"
    objects.delete(f"home/{table}")
    placed = f"releases/{made.id}/{made.table('rates').path}"
    publish_light(builder_at(tmp_path / "a", home))
    objects.put(f"home/{placed}", b"somebody else's")
    with pytest.raises(ReleaseDamaged, match=f"{objects.address()}/{placed} .*nothing was overwritten"):
        publish_light(builder_at(tmp_path / "a", home))
    assert objects.get(f"home/{placed}") == b"somebody else's"


@pytest.mark.parametrize(("when", "for_seconds"), [("home/tables", 2), ("home/staging", 10), ("home/current.json", 2)])
def test_a_store_that_is_killed_and_started_again_loses_nothing(
    objects: Objects, home: Path, tmp_path: Path, when: str, for_seconds: float
) -> None:
    alone = publish_light(make_tiny(tmp_path / "alone"))
    away = iter([for_seconds])

    def killed(method: str, path: str) -> None:
        if method == "PUT" and path.startswith(when) and (seconds := next(away, None)):
            objects.away(seconds)

    objects.before = killed
    made = publish_light(builder_at(tmp_path / "a", home))
    assert next(away, None) is None, "the store was away"
    assert made.id == alone.id == pointed(objects) == verify(home).release


def test_an_answer_of_503_or_one_that_is_lost_is_asked_for_again(objects: Objects, home: Path, tmp_path: Path) -> None:
    slow, lost = iter(range(25)), iter(range(25))
    objects.refuses = lambda method, path: 503 if len(objects.asked) % 3 == 1 and next(slow, None) is not None else 0
    objects.drops = lambda method, path: method == "PUT" and next(lost, None) is not None
    publish_light(builder_at(tmp_path / "a", home))
    objects.drops = lambda method, path: path == "home/current.json" and method == "PUT" and next(once, False)
    once = iter([True])
    made = publish_light(builder_at(tmp_path / "b", home, "5"))
    assert next(once, None) is None, "the answer to the pointer was lost"
    assert verify(home).release == made.id == pointed(objects)


def test_puts_that_meet_are_made_again(objects: Objects, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror, "_PAUSE", 0.01)
    store, conflicts = Mirror(home, str(address_of(home))), iter(range(4))
    objects.refuses = lambda method, path: 409 if method == "PUT" and next(conflicts, None) is not None else 0
    store.keep(home / "tables" / "a", b"a")
    assert store.replace("current.json", b"b", "")
    assert objects.get("home/tables/a") == b"a" and objects.get("home/current.json") == b"b"
    objects.refuses = lambda method, path: 412 if method == "PUT" else 0
    with pytest.raises(Unavailable, match=r"current\.json: the object store says that it has changed"):
        store.replace("current.json", b"c", store.read("current.json")[1])


def test_a_store_that_stays_away_is_named_and_leaves_what_was(
    objects: Objects, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "PATIENCE", 2.0)
    first = publish_light(builder_at(tmp_path / "a", home))
    objects.refuses = lambda method, path: 503 if method == "PUT" and path.startswith("home/staging") else 0
    with pytest.raises(Unavailable, match=f"{objects.address()}/staging/.*TRADEFIN_HOME"):
        publish_light(builder_at(tmp_path / "b", home, "5"))
    objects.refuses = lambda method, path: 0
    assert pointed(objects) == first.id == verify(home).release
    second = publish_light(builder_at(tmp_path / "b", home, "5"))
    assert pointed(objects) == second.id


def test_keys_that_are_refused_are_not_shown(objects: Objects, home: Path, tmp_path: Path) -> None:
    objects.refuses = lambda method, path: 403
    with pytest.raises(Unavailable, match="AWS_ACCESS_KEY_ID and so on") as caught:
        publish_light(builder_at(tmp_path / "a", home))
    assert not any(secret in str(caught.value) for name, secret in KEYS.items() if name != "AWS_REGION")


def test_what_was_lost_in_the_store_is_put_there_again(objects: Objects, home: Path, tmp_path: Path) -> None:
    made = publish_light(builder_at(tmp_path / "a", home))
    objects.delete(f"home/releases/{made.id}/checks.html")
    with pytest.raises(ReleaseDamaged, match=r"checks\.html is not there"):
        verify(home)
    publish_light(builder_at(tmp_path / "a", home))
    assert verify(home).release == made.id


def test_a_bucket_that_is_not_there_is_named(objects: Objects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEFIN_CACHE", str(tmp_path / "cache"))
    nowhere = marked("s3://no-such-bucket/home")
    with pytest.raises(NotFound, match="s3://no-such-bucket/home: there is no such bucket"):
        publish_light(builder_at(tmp_path / "a", nowhere))
    with pytest.raises(NotFound, match=r"s3://no-such-bucket/home/current\.json is not there"):
        tradefin.load("rates", home="s3://no-such-bucket/home")


def test_a_file_of_the_marks_name_is_no_address(tmp_path: Path) -> None:
    (tmp_path / ".address").write_text("s3://tradefin/home")
    assert address_of(tmp_path / "outputs") is None


def test_plain_http_to_another_machine_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://store.example")
    with pytest.raises(ProjectInvalid, match="plain http"):
        Store(home)
    with pytest.raises(ValueError, match="plain http"):
        tradefin.load("rates")


def test_nothing_is_built_on_a_web_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEFIN_CACHE", str(tmp_path))
    with pytest.raises(ProjectInvalid, match="read-only"):
        Store(marked("https://data.example/tradefin"))


def test_what_a_killed_publisher_has_staged_is_swept_after_a_day(
    objects: Objects, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects.put("home/staging/abc/checks.html", b"left")
    publish_light(builder_at(tmp_path / "a", home))
    assert "home/staging/abc/checks.html" in objects.names(), "it may be somebody's who is at work"
    monkeypatch.setattr(shelf, "_ABANDONED", timedelta(0))
    publish_light(builder_at(tmp_path / "b", home, "5"))
    assert not [name for name in objects.names() if name.startswith("home/staging")]


def test_the_examples_of_the_page_work(objects: Objects, home: Path, tmp_path: Path, project: Project) -> None:
    made = publish_light(builder_at(tmp_path / "a", home))
    page = (project.root / "docs" / "object-stores.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 2
    names: dict[str, Any] = {}
    for block in blocks:
        text = block.replace("s3://my-bucket/tradefin", objects.address()).replace("bis_fx_turnover", "rates")
        exec(text, names)  # noqa: S102 - the page's own examples
    assert names["release"] == made.id
    assert names["turnover"].equals(names["plain"].to_table())
    assert names["some"].column_names == ["known_on"] and names["some"].num_rows == 2
