"""A release on a web server is read as one that lies here, or not at all."""

import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

import tradefin
from tests.publishing import flip, publish_light, writable
from tests.tiny import make_tiny, reopened, rewrite
from tests.web import Web, served
from tradefin.addresses import cache_folder, checked
from tradefin.errors import NotFound, ReleaseDamaged, Unavailable
from tradefin.releases import web as asking
from tradefin.tables.builder import Builder


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Builder, list[str]]:
    """A tiny project with two releases."""
    tiny = make_tiny(tmp_path_factory.mktemp("remote"))
    first = publish_light(tiny)
    rewrite(tiny, "bundled/bank/rates.csv", "NAM,2001,4,", "NAM,2001,5,")
    again = reopened(tiny)
    return again, [publish_light(again).id, first.id]


@pytest.fixture
def host(
    published: tuple[Builder, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Web, list[str]]]:
    """A server with a copy of its own, and an empty cache."""
    builder, ids = published
    shutil.copytree(builder.store.home, tmp_path / "site")
    monkeypatch.setenv("TRADEFIN_CACHE", str(tmp_path / "cache"))
    with served(tmp_path / "site") as web:
        yield web, ids


def test_every_function_reads_from_an_address(host: tuple[Web, list[str]]) -> None:
    web, (newest, first) = host
    home = web.folder
    assert tradefin.load("rates", home=web.address).equals(tradefin.load("rates", home=home))
    assert tradefin.load("rates", home=f"{web.address}/", release=first).column("rate_pct").to_pylist()[-1] == 4
    assert tradefin.tables(home=web.address) == tradefin.tables(home=home)
    assert tradefin.dataset("rates", home=web.address).to_table().equals(tradefin.load("rates", home=home))
    on_the_day = {"as_of": "2001-12-06", "home": web.address}
    assert tradefin.load("rate_ranks", **on_the_day).num_rows == 2  # type: ignore[call-overload]
    assert [(r.id, r.current) for r in tradefin.releases(home=web.address)] == [(newest, True), (first, False)]
    here = tradefin.release(home=home)
    assert tradefin.release(home=web.address).published_at == here.published_at
    query = "select max(rate_pct)::varchar from rates where iso3 = 'NAM'"
    assert tradefin.connect(web.address).execute(query).fetchall() == [("5.0000",)]
    assert tradefin.connect(first, home=web.address).execute(query).fetchall() == [("4.0000",)]


def test_each_file_is_fetched_once(host: tuple[Web, list[str]]) -> None:
    web, (newest, _) = host
    for _ in range(3):
        tradefin.load("rates", home=web.address)
    assert sorted(web.asked) == sorted(
        [*["current.json"] * 3, f"releases/{newest}/manifest.json", f"releases/{newest}/tables/rates.parquet"]
    )


@pytest.mark.parametrize("what", ["tables/rates.parquet", "manifest.json"])
def test_a_damaged_file_is_refused_and_not_kept(host: tuple[Web, list[str]], what: str) -> None:
    web, (newest, _) = host
    path = web.folder / "releases" / newest / what
    good = path.read_bytes()
    flip(path)
    with pytest.raises(ReleaseDamaged, match="sha256 differs"):
        tradefin.load("rates", home=web.address)
    with pytest.raises(ReleaseDamaged):
        tradefin.connect(web.address)
    path.write_bytes(good)
    assert tradefin.load("rates", home=web.address).num_rows == 4


def test_a_damaged_cache_is_mended(host: tuple[Web, list[str]]) -> None:
    web, _ = host
    expected = tradefin.load("rates", home=web.address)
    for path in (cache_folder() / "files").iterdir():
        flip(path)
    assert tradefin.load("rates", home=web.address).equals(expected)


def test_a_pointer_ahead_of_its_files(host: tuple[Web, list[str]]) -> None:
    """The server is being given a new release: who comes new waits, who has been there gets the one before."""
    web, (newest, first) = host
    pointer, folder = web.folder / "current.json", web.folder / "releases" / newest
    ahead = pointer.read_bytes()
    aside = folder.rename(web.folder / "not yet")
    with pytest.raises(Unavailable, match="being given a new release"):
        tradefin.load("rates", home=web.address)
    sums = (web.folder / "releases" / first / "SHA256SUMS").read_text()
    (sha256,) = (line.split()[0] for line in sums.splitlines() if line.endswith(" manifest.json"))
    pointer.write_text(f'{{"release": "{first}", "manifest_sha256": "{sha256}", "published_at": ""}}')
    before = tradefin.load("rates", home=web.address)
    writable(pointer).write_bytes(ahead)
    with pytest.warns(UserWarning, match=f"{first} stands in"):
        assert tradefin.load("rates", home=web.address).equals(before)
    aside.rename(folder)
    assert not tradefin.load("rates", home=web.address).equals(before)
    (folder / "tables/vintages.parquet").unlink()
    with pytest.raises(ReleaseDamaged, match=r"vintages\.parquet is not there .* the upload has not ended"):
        tradefin.load("vintages", home=web.address)


def test_offline_what_was_read_before_is_there(host: tuple[Web, list[str]], tmp_path: Path) -> None:
    web, (newest, first) = host
    expected = tradefin.load("rates", home=web.address)
    tradefin.load("rates", home=web.address, release=first)
    web.folder = tmp_path / "nothing"
    for path in ("current.json", f"releases/{newest}/tables/vintages.parquet"):
        web.status[path] = 503
    with pytest.warns(UserWarning, match=f"503.*{newest} stands in"):
        assert tradefin.load("rates", home=web.address).equals(expected)
    assert tradefin.load("rates", home=web.address, release=first).num_rows == 4
    with pytest.raises(Unavailable, match="503"), pytest.warns(UserWarning, match="stands in"):
        tradefin.load("vintages", home=web.address)


def test_a_server_that_is_gone(host: tuple[Web, list[str]], tmp_path: Path) -> None:
    with served(tmp_path) as other:
        gone = other.address
    with pytest.raises(Unavailable, match="no whole answer"):
        tradefin.load("rates", home=gone)


def test_what_is_not_there(host: tuple[Web, list[str]]) -> None:
    web, _ = host
    with pytest.raises(NotFound, match=r"the folder which holds current\.json"):
        tradefin.load("rates", home=f"{web.address}/elsewhere")
    with pytest.raises(NotFound, match=r"manifest\.json is not there"):
        tradefin.load("rates", home=web.address, release="2001-12-06-0123456789ab")
    with pytest.raises(NotFound, match="not the id"):
        tradefin.load("rates", home=web.address, release="../../elsewhere")
    with pytest.raises(NotFound, match="Did you mean rates"):
        tradefin.load("rate", home=web.address)
    web.folder.joinpath("current.json").write_text("<html>welcome")
    with pytest.raises(ReleaseDamaged, match=r"current\.json is damaged"):
        tradefin.load("rates", home=web.address)


def test_answers_that_are_no_file(host: tuple[Web, list[str]]) -> None:
    web, (newest, first) = host
    file = f"releases/{newest}/tables/rates.parquet"
    web.short = {file}
    with pytest.raises(Unavailable, match=r"cut short|no whole answer"):
        tradefin.load("rates", home=web.address)
    web.short = set()
    path = writable(web.folder / file)
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(ReleaseDamaged, match="has more than"):
        tradefin.load("rates", home=web.address)
    (web.folder / f"releases/{first}/SHA256SUMS").write_text("nothing")
    with pytest.raises(ReleaseDamaged, match="do not agree"):
        tradefin.load("rates", home=web.address, release=first)


def test_redirects(host: tuple[Web, list[str]]) -> None:
    web, _ = host
    web.leads = {"moved/current.json": f"{web.address}/current.json", "out/current.json": "file:///etc/hostname"}
    web.leads["plain/current.json"] = "http://data.example/current.json"
    with pytest.raises(Unavailable, match="not yet"):  # the pointer is found; its release is not beside it
        tradefin.tables(home=f"{web.address}/moved")
    for path in ("out", "plain"):
        with pytest.raises(Unavailable, match=r"not followed|not allowed"):
            tradefin.tables(home=f"{web.address}/{path}")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://data.example/tradefin", "plain http"),
        ("https://me:secret@data.example", "no user name"),
        ("https://data.example/?key=secret", "no user name, password, query"),
        ("file:///etc", "cannot be read"),
        ("s3://me:secret@bucket", "no user name"),
        ("ftp://data.example", "cannot be read"),
        ("https://", "cannot be read"),
    ],
)
def test_addresses_that_are_not_asked(address: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        tradefin.connect(address)
    assert "secret" not in str(refused.value)


def test_plain_http_is_read_where_that_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEFIN_PLAIN_HTTP", "1")
    assert checked("http://data.example/tradefin/") == "http://data.example/tradefin"


def test_a_server_must_prove_who_it_is(host: tuple[Web, list[str]], tmp_path: Path) -> None:
    web, _ = host
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with served(web.folder, tls) as safe, pytest.MonkeyPatch.context() as patch:
        with pytest.raises(Unavailable, match="could not prove to be that host"):
            tradefin.load("rates", home=safe.address)
        authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        patch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        assert tradefin.load("rates", home=safe.address).num_rows == 4
        safe.leads["plain/current.json"] = f"{web.address}/current.json"
        with pytest.raises(Unavailable, match="leads to http, which is not followed"):
            tradefin.tables(home=f"{safe.address}/plain")


def test_a_server_that_is_slow(host: tuple[Web, list[str]]) -> None:
    web, _ = host
    with pytest.raises(Unavailable, match="takes too long"):
        asking.get(f"{web.address}/current.json", 1 << 16, patience=0)


def test_reading_from_here_brings_no_network(published: tuple[Builder, list[str]]) -> None:
    home = str(published[0].store.home)
    code = f"import sys, tradefin; tradefin.load('rates', home={home!r}); assert 'urllib.request' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
