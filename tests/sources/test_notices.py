"""What goes wrong is told: once, over every channel that is configured, and never with a secret in it."""

import base64
import logging
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.sources.receivers import Hook, hook, mailbox
from tradefin.errors import ContractBroken, SourceChanged, TradefinError, Unavailable
from tradefin.sources.live import Status
from tradefin.sources.notices import Notice, channels, report
from tradefin.sources.reporting import tell
from tradefin.sources.standing import Standing
from tradefin.tables.store import Store

NOTICE = Notice("source_changed", "bank.rates has changed", "column VALUE is new: <!channel> & more", "bank.rates")
SECRET = "T000-B000-very-secret"  # noqa: S105 - no secret of anybody


@pytest.fixture
def receiver() -> Iterator[Hook]:
    with hook() as known:
        yield known


def test_a_notice_is_always_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert report(NOTICE, {}) == ()
    assert channels({}) == ()
    assert "bank.rates has changed: column VALUE is new" in caplog.text


def test_slack_gets_its_own_markup(receiver: Hook) -> None:
    assert report(NOTICE, {"TRADEFIN_SLACK_WEBHOOK": receiver.address(f"/services/{SECRET}")}) == ()
    (got,) = receiver.got
    assert got == {
        "path": f"/services/{SECRET}",
        "text": "*bank.rates has changed*\ncolumn VALUE is new: &lt;!channel&gt; &amp; more",
    }


def test_a_web_hook_gets_json_and_the_token(receiver: Hook) -> None:
    report(NOTICE, {"TRADEFIN_WEBHOOK": receiver.address(), "TRADEFIN_WEBHOOK_TOKEN": SECRET})
    (got,) = receiver.got
    assert got == {"path": "/hook", **vars(NOTICE)}
    assert receiver.headers[0]["authorization"] == f"Bearer {SECRET}"
    assert receiver.headers[0]["user-agent"].startswith("tradefin/")


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_channel_that_refuses_is_named_without_its_address(
    status: int, receiver: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.status = status
    settings = {"TRADEFIN_SLACK_WEBHOOK": receiver.address(f"/{SECRET}"), "TRADEFIN_WEBHOOK": "https://x:y"}
    failures = report(NOTICE, settings)
    assert failures == (f"Slack: not sent (it answered {status})", "web hook: not sent (InvalidURL)")
    assert len(receiver.got) == 1, "a redirect is not followed"
    assert SECRET not in caplog.text + str(failures)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (f"http://hooks.example/{SECRET}", "its address must begin with https://"),
        (f"ftp://127.0.0.1/{SECRET}", "its address must begin with https://"),
        (f"http://127.0.0.1:1/{SECRET}", "ConnectError"),
    ],
)
def test_a_channel_that_cannot_be_reached(address: str, why: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert report(NOTICE, {"TRADEFIN_WEBHOOK": address}) == (f"web hook: not sent ({why})",)
    assert SECRET not in caplog.text


def test_a_secret_in_a_message_is_hidden(receiver: Hook, caplog: pytest.LogCaptureFixture) -> None:
    settings = {"TRADEFIN_WEBHOOK": receiver.address(), "TRADEFIN_SMTP_PASSWORD": SECRET}
    report(Notice("run_failed", f"a\nb {SECRET}", f"env: {SECRET}" + "x" * 5000), settings)
    (got,) = receiver.got
    assert got["title"] == "a b (hidden)"
    assert got["text"].startswith("env: (hidden)xxx")
    assert len(got["text"]) == 4000
    assert SECRET not in caplog.text


def mail(port: int, **more: str) -> dict[str, str]:
    return {
        "TRADEFIN_SMTP_HOST": "127.0.0.1",
        "TRADEFIN_SMTP_PORT": str(port),
        "TRADEFIN_SMTP_TO": "a@x.example",
    } | more


def test_mail_by_a_relay_on_this_machine() -> None:
    with mailbox() as box:
        assert report(NOTICE, mail(box.port)) == ()
    assert [line for _, line in box.said("RCPT")] == ["rcpt TO:<a@x.example>"]
    assert "Subject: [tradefin] bank.rates has changed" in box.message
    assert "column VALUE is new" in box.message


def test_mail_with_a_password_goes_over_tls_only() -> None:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    settings = {"TRADEFIN_SMTP_USER": "me@x.example", "TRADEFIN_SMTP_PASSWORD": SECRET}
    with mailbox(server) as box:
        assert report(NOTICE, mail(box.port, **settings), tls=client) == ()
        assert report(NOTICE, mail(box.port, **settings)) == ("e-mail: not sent (SSLCertVerificationError)",)
    ((secure, line),) = box.said("AUTH")
    assert secure
    assert base64.b64decode(line.split()[-1]) == f"\0me@x.example\0{SECRET}".encode()


def test_mail_that_is_not_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert report(NOTICE, mail(1, TRADEFIN_SMTP_TO="")) == ("e-mail: not sent (TRADEFIN_SMTP_TO is empty)",)
    assert report(NOTICE, mail(1, TRADEFIN_SMTP_PORT="x")) == ("e-mail: not sent (TRADEFIN_SMTP_PORT is not a number)",)
    with mailbox() as box:
        monkeypatch.setattr("tradefin.sources.notices._HERE", ())  # as if it were another machine
        assert report(NOTICE, mail(box.port)) == ("e-mail: not sent (the mail server offers no TLS)",)
        assert box.said("MAIL") == []


class Sent:
    """Takes notices, or refuses them."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.refuses = False

    def __call__(self, notice: Notice) -> tuple[str, ...]:
        self.kinds.append(notice.kind)
        return ("refused",) if self.refuses else ()


def status(state: Standing, message: str = "", error: str = "", lost: tuple[str, ...] = ()) -> tuple[Status, ...]:
    return (Status("bank", "rates", None, None, None, state, message, error, lost),)


def test_each_thing_is_told_once(tmp_path: Path) -> None:
    store, sent = Store(tmp_path), Sent()

    def fails(error: TradefinError) -> None:
        tell(store, status("stale", str(error), type(error).__name__), sent)

    def well() -> None:
        tell(store, status("ok"), sent)

    well()
    assert sent.kinds == []
    fails(Unavailable("500"))
    fails(Unavailable("time-out"))
    assert sent.kinds == ["source_failed"], "an outage is told once"
    fails(SourceChanged("column a"))
    fails(SourceChanged("column a"))
    fails(SourceChanged("column b"))
    assert sent.kinds[1:] == ["source_changed", "source_changed"], "each difference is told once"
    well()
    well()
    assert sent.kinds[3:] == ["source_recovered"]
    tell(store, status("stale", "last asked on 2026-01-05"), sent)
    assert sent.kinds[4:] == ["source_stale"]
    fails(ContractBroken("rates, column rate_pct: 450"))
    fails(ContractBroken("rates, column rate_pct: 450"))
    assert sent.kinds[5:] == ["source_refused"], "figures that no contract accepts are told as well"
    well()
    for _ in range(2):
        tell(store, status("ok", "not in use any more: answers of 2026-01-05", lost=("2026-01-05",)), sent)
    assert sent.kinds[6:] == ["source_recovered", "source_unreadable"]


def test_what_was_not_taken_is_told_again(tmp_path: Path) -> None:
    store, sent = Store(tmp_path), Sent()
    sent.refuses = True
    tell(store, status("stale"), sent)
    sent.refuses = False
    tell(store, status("stale"), sent)
    tell(store, status("stale"), sent)
    assert sent.kinds == ["source_stale", "source_stale"]
    (tmp_path / "told.json").write_text("not JSON")
    tell(store, status("stale"), sent)
    assert len(sent.kinds) == 3


def test_several_flows_of_one_publisher_are_one_notice(tmp_path: Path) -> None:
    flows = [("bank", "a"), ("bank", "b"), ("coop", "c")]
    found = [Status(publisher, flow, None, None, None, "stale", f"of {flow}") for publisher, flow in flows]
    sent = tell(Store(tmp_path), found, lambda _: ())
    assert [(one.title, one.source) for one in sent] == [
        ("2 sources of bank have not been asked for too long", "bank"),
        ("coop.c has not been asked for too long", "coop.c"),
    ]
    assert sent[0].text.startswith("a: of a\nb: of b\n")
