"""The client: what it sends, what it follows, what it puts up with."""

import gzip
import logging
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import stamina

from tests.sources.bank import CSV, ELSEWHERE, GOOD, HOST, MIRROR, PUBLISHER
from tests.sources.loopback import CONTACT, HASTY, QUICK, How, Loopback, Reply, ToLoopback
from tradefin import __version__
from tradefin.errors import ProjectInvalid, SourceChanged, Unavailable
from tradefin.sources.address import public, shown
from tradefin.sources.flow import Request
from tradefin.sources.http import Client, Known
from tradefin.sources.pace import Pace
from tradefin.sources.refusal import _retry_after

ASK = Request(CSV, "text/csv")


@pytest.fixture(autouse=True)
def without_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture(scope="module")
def bank() -> Iterator[Loopback]:
    with Loopback(HOST, MIRROR) as publisher:
        yield publisher


@pytest.fixture
def client(bank: Loopback) -> Iterator[Client]:
    bank.asked.clear()
    with bank.client(PUBLISHER) as client:
        yield client


def test_says_who_asks_and_for_what(bank: Loopback, client: Client) -> None:
    bank.serve(CSV, GOOD)
    answer = client.get(replace(ASK, headers=(("Accept-Language", "en"),)))
    assert answer.data == GOOD
    assert answer.address == CSV
    (asked,) = bank.asked
    assert asked.headers["user-agent"] == f"tradefin/{__version__} (+https://github.com/tradefin/tradefin; {CONTACT})"
    assert asked.headers["accept"] == "text/csv"
    assert asked.headers["accept-language"] == "en"
    assert asked.headers["accept-encoding"] == "gzip"
    assert "if-none-match" not in asked.headers


def test_what_has_not_changed_is_not_sent_again(bank: Loopback, client: Client) -> None:
    bank.serve(CSV, GOOD)
    first = client.get(ASK)
    assert first.known.etag
    second = client.get(ASK, first.known)
    assert second.data is None
    assert second.known == first.known
    assert bank.asked[-1].status == 304


def test_last_modified_is_sent_back(bank: Loopback, client: Client) -> None:
    day = "Wed, 21 Oct 2026 07:28:00 GMT"
    bank.serve(CSV, Reply(GOOD, headers=(("Last-Modified", day),), etag=False))
    answer = client.get(ASK)
    assert answer.known == Known("", day)
    client.get(ASK, answer.known)
    assert bank.asked[-1].headers["if-modified-since"] == day


def test_304_without_a_reason_is_no_answer(bank: Loopback, client: Client) -> None:
    bank.serve(CSV, Reply(b"", 304))
    with pytest.raises(Unavailable, match="nothing was said to be known"):
        client.get(ASK)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_asks_again_when_that_may_help(bank: Loopback, client: Client, status: int) -> None:
    bank.serve(CSV, Reply(b"", status), GOOD)
    assert client.get(ASK).data == GOOD
    assert len(bank.asked) == 2


@pytest.mark.parametrize("how", ["cut", "chunked and cut", "silent"])
def test_asks_again_after_half_an_answer(bank: Loopback, how: How) -> None:
    bank.serve(CSV, Reply(GOOD, how=how), GOOD)
    with bank.client(PUBLISHER, HASTY) as client:
        assert client.get(ASK).data == GOOD


@pytest.mark.parametrize(("status", "error"), [(400, SourceChanged), (404, SourceChanged), (501, Unavailable)])
def test_does_not_ask_again_when_that_cannot_help(
    bank: Loopback, client: Client, status: int, error: type[Exception]
) -> None:
    bank.serve(CSV, Reply(b"", status), GOOD)
    with pytest.raises(error, match=str(status)):
        client.get(ASK)
    assert len(bank.asked) == 1


def test_waits_as_long_as_the_publisher_asks(bank: Loopback, caplog: pytest.LogCaptureFixture) -> None:
    bank.serve(CSV, Reply(b"", 429, (("Retry-After", "1"),)), GOOD)
    stamina.set_testing(False)
    begun = time.monotonic()
    with bank.client(PUBLISHER, replace(QUICK, first_wait_seconds=30)) as client, caplog.at_level(logging.INFO):
        assert client.get(ASK).data == GOOD
    assert 1 <= time.monotonic() - begun < 10
    assert "asks to wait 1 seconds. Asking again in 1 seconds." in caplog.text


def test_retry_after_is_seconds_or_a_time() -> None:
    assert _retry_after("120") == 120
    assert _retry_after("soon") is None
    assert _retry_after("") is None
    later = _retry_after(format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True))
    assert later is not None
    assert 80 < later <= 90
    assert _retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.1


def test_follows_redirects_within_the_publishers_hosts(bank: Loopback, client: Client) -> None:
    there = f"https://{MIRROR}/new/rates.csv"
    bank.serve(CSV, Reply(b"", 302, (("Location", "/newer.csv"),)))
    bank.serve(f"https://{HOST}/newer.csv", Reply(b"", 308, (("Location", there),)))
    bank.serve(there, GOOD)
    answer = client.get(replace(ASK, headers=(("X-Key", "c0ffee"),)))
    assert answer.data == GOOD
    assert answer.address == there
    assert [one.headers.get("x-key") for one in bank.asked] == ["c0ffee", "c0ffee", None], "a key stays with its host"


def test_a_redirect_to_nowhere_says_so(bank: Loopback, client: Client) -> None:
    bank.serve(CSV, Reply(b"", 302))
    with pytest.raises(SourceChanged, match="without saying where"):
        client.get(ASK)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (f"http://{HOST}/rates.csv", "only https"),
        (f"https://{ELSEWHERE}/rates.csv", "is not among"),
        (f"https://{HOST}.{ELSEWHERE}/rates.csv", "is not among"),
        (f"https://{HOST}@{ELSEWHERE}/rates.csv", "password"),
        (f"https://{HOST}:8443/rates.csv", "port 8443"),
        ("https://127.0.0.1/rates.csv", "by number"),
        ("https://[::1]/rates.csv", "by number"),
        ("file:///etc/passwd", "only https"),
        (f"https://{HOST}/{'x' * 5000}", "characters long"),
    ],
)
def test_addresses_that_are_never_asked(bank: Loopback, client: Client, address: str, why: str) -> None:
    with pytest.raises(ProjectInvalid, match=why):
        client.get(Request(address))
    bank.serve(CSV, Reply(b"", 302, (("Location", address),)))
    with pytest.raises(SourceChanged, match=why):
        client.get(ASK)
    assert len(bank.asked) == 1


@pytest.mark.parametrize("location", ["javascript:alert(1)", "data:text/csv,a,b"])
def test_a_redirect_to_what_is_no_address(bank: Loopback, client: Client, location: str) -> None:
    bank.serve(CSV, Reply(b"", 302, (("Location", location),)))
    with pytest.raises(SourceChanged, match="redirects to something that is no address"):
        client.get(ASK)


def test_what_is_no_address(bank: Loopback, client: Client) -> None:
    with pytest.raises(ProjectInvalid, match="not a valid address"):
        client.get(Request(f"https://{HOST}:port/"))
    bank.serve(CSV, Reply(b"", 302, (("Location", f"https://{HOST}:port/"),)))
    with pytest.raises(SourceChanged, match="something that is no address"):
        client.get(ASK)


def test_a_certificate_for_another_host_is_refused(bank: Loopback) -> None:
    publisher = PUBLISHER.model_copy(update={"hosts": (ELSEWHERE,)})
    bank.asked.clear()
    with bank.client(publisher) as client, pytest.raises(Unavailable, match="could not prove to be that host"):
        client.get(Request(f"https://{ELSEWHERE}/rates.csv"))
    assert bank.asked == []


def test_certificates_are_looked_at_without_being_told() -> None:
    with Client(PUBLISHER, contact=CONTACT) as client:
        context = client._http._transport._pool._ssl_context  # type: ignore[attr-defined]
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname


def test_nobody_listens(bank: Loopback) -> None:
    with Loopback(HOST) as gone:
        transport = ToLoopback(gone.port, gone.authority)
    client = Client(PUBLISHER, contact=CONTACT, limits=QUICK, transport=transport)
    with client, pytest.raises(Unavailable, match=r"no connection .* Asked 3 times"):
        client.get(ASK)


@pytest.mark.parametrize(
    ("body", "headers", "how"),
    [
        (gzip.compress(GOOD), (("Content-Encoding", "gzip"),), "whole"),
        (gzip.compress(GOOD[:50]) + gzip.compress(GOOD[50:]), (("Content-Encoding", "gzip"),), "whole"),
        (gzip.compress(GOOD), (("Content-Encoding", "gzip"),), "chunked"),
        (GOOD, (), "chunked"),
        (GOOD, (("Content-Encoding", "identity"),), "whole"),
    ],
    ids=["gzip", "gzip of two members", "gzip in chunks", "chunks", "as it is"],  # gzip's bytes tell the time
)
def test_unpacks(bank: Loopback, client: Client, body: bytes, headers: tuple[tuple[str, str], ...], how: How) -> None:
    bank.serve(CSV, Reply(body, headers=headers, how=how))
    assert client.get(ASK).data == GOOD


def test_a_page_may_be_due(bank: Loopback, client: Client) -> None:
    page = b"\xef\xbb\xbf<!-- made --> <HTML><title>Quotas</title>"
    bank.serve(CSV, page)
    assert client.get(Request(CSV, suffix=".html")).data == page
    assert client.get(Request(CSV, "text/html")).data == page
    with pytest.raises(SourceChanged, match="titled 'Quotas'"):
        client.get(Request(CSV))


def test_no_secret_is_shown(bank: Loopback, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    address = f"{CSV}?format=csv&api_key=c0ffee&date1key=2001-12-06"
    assert public(address) == f"{CSV}?format=csv&api_key=hidden&date1key=2001-12-06"
    assert shown(f"https://me:pass@{HOST}/x#part") == f"https://{HOST}/x"
    assert public(f"{CSV}?c[TIME_PERIOD]=ge:2001") == f"{CSV}?c[TIME_PERIOD]=ge:2001"
    bank.serve(address, Reply(b"key c0ffee of bearer-d00d is blocked\x00", 403))
    with pytest.raises(SourceChanged) as caught:
        client.get(Request(address, headers=(("Authorization", "bearer-d00d"),)))
    assert str(caught.value).endswith("It says: key hidden of hidden is blocked")
    assert "c0ffee" not in caplog.text + str(caplog.records)
    assert "bearer-d00d" not in caplog.text
    assert "c0ffee" not in str(caught.value)


@pytest.mark.parametrize("contact", ["", "  ", "me@bank.example\r\nX: y", "mé@bank.example"])
def test_a_contact_is_needed(contact: str) -> None:
    with pytest.raises(ProjectInvalid, match="contact"):
        Client(PUBLISHER, contact=contact)


def test_a_publisher_without_hosts_is_not_asked() -> None:
    with pytest.raises(ProjectInvalid, match="'hosts' is empty"):
        Client(PUBLISHER.model_copy(update={"hosts": ()}), contact=CONTACT)


def test_pace_is_that_of_the_description(bank: Loopback) -> None:
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(clock=lambda: now[0], sleep=sleep)
    bank.serve(CSV, GOOD)
    bank.serve(f"https://{MIRROR}/", GOOD)
    publisher = PUBLISHER.model_copy(update={"requests_per_minute": 2})
    with bank.client(publisher, pace=pace) as client:
        client.get(ASK)
        now[0] += 10
        client.get(ASK)
        client.get(Request(f"https://{MIRROR}/"))
        assert slept == [], "each host has its own pace, and the first requests need not wait"
        client.get(ASK)
        assert slept == [50]
        client.get(ASK)
        assert slept == [50, 10]
