"""Telling people what went wrong: always the log; Slack, a web hook and e-mail when the environment names them.

A channel's address, password and token come from the environment and are never written anywhere. A channel that fails
is logged and stops nobody. What belongs here: sending. What does not: what is worth telling (`orchestration.sensors`).
"""

import json
import logging
import os
import re
import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage

import httpx

from tradefin import __version__

_log = logging.getLogger(__name__)

_SECONDS = 15.0
_LONGEST = 4000
_HERE = ("localhost", "127.0.0.1", "::1", "[::1]")
_SMTPS = 465
_SECRET_NAMES = ("TRADEFIN_SLACK_WEBHOOK", "TRADEFIN_WEBHOOK", "TRADEFIN_WEBHOOK_TOKEN", "TRADEFIN_SMTP_PASSWORD")


class NotSentError(Exception):
    """A channel did not take a notice; says why, without addresses or passwords."""


@dataclass(frozen=True)
class Notice:
    """Something that somebody should know.

    Attributes:
        kind: `run_failed`, `source_failed`, `source_changed`, `source_refused`, `source_unreadable`, `source_stale` or
            `source_recovered`.
        title: One line.
        text: What happened and what to do.
        source: The publisher, with its flow if it is one; empty if it is about a run.
    """

    kind: str
    title: str
    text: str
    source: str = ""


Send = Callable[[Notice], None]


def report(
    notice: Notice,
    environment: Mapping[str, str] | None = None,
    *,
    transport: httpx.BaseTransport | None = None,
    tls: ssl.SSLContext | None = None,
) -> tuple[str, ...]:
    """Log a notice and send it over every channel that the environment names.

    Args:
        notice: What to tell.
        environment: Where the settings are; by default the process's own.
        transport: Carries web requests instead of the network; for tests.
        tls: Which certificates mail servers must show; for tests.

    Returns:
        What went wrong, one line a channel; empty if every channel took it.
    """
    settings = os.environ if environment is None else environment
    notice = _without_secrets(notice, settings)
    _log.warning("%s: %s", notice.title, notice.text)
    failures = []
    for channel, send in _channels(settings, transport, tls):
        try:
            send(notice)
        except (NotSentError, httpx.HTTPError, httpx.InvalidURL, smtplib.SMTPException, OSError, ValueError) as error:
            # Of others' errors only the class is told: their texts may hold the address, which is the secret.
            why = str(error) if isinstance(error, NotSentError) else type(error).__name__
            failures.append(f"{channel}: not sent ({why})")
            _log.error("%s: '%s' was not sent (%s).", channel, notice.title, why)
    return tuple(failures)


def channels(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The channels that the environment names, for people."""
    return tuple(name for name, _ in _channels(os.environ if environment is None else environment, None, None))


def _channels(
    settings: Mapping[str, str], transport: httpx.BaseTransport | None, tls: ssl.SSLContext | None
) -> list[tuple[str, Send]]:
    found: list[tuple[str, Send]] = []
    if address := settings.get("TRADEFIN_SLACK_WEBHOOK"):
        found.append(("Slack", lambda notice: _post(address, {"text": _slack_text(notice)}, "", transport)))
    if hook := settings.get("TRADEFIN_WEBHOOK"):
        token = settings.get("TRADEFIN_WEBHOOK_TOKEN", "")
        found.append(("web hook", lambda notice: _post(hook, _as_json(notice), token, transport)))
    if settings.get("TRADEFIN_SMTP_HOST"):
        found.append(("e-mail", lambda notice: _mail(notice, settings, tls)))
    return found


def _as_json(notice: Notice) -> dict[str, str]:
    return {"kind": notice.kind, "title": notice.title, "text": notice.text, "source": notice.source}


def _slack_text(notice: Notice) -> str:
    """Slack's own markup escaped: what a publisher sends must not call a whole channel together."""
    text = f"*{notice.title}*\n{notice.text}"
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _post(address: str, content: dict[str, str], token: str, transport: httpx.BaseTransport | None) -> None:
    url = httpx.URL(address)
    if not (url.scheme == "https" or (url.scheme == "http" and url.host in _HERE)):
        raise NotSentError("its address must begin with https://")
    headers = {"Content-Type": "application/json", "User-Agent": f"tradefin/{__version__}"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = httpx.Request(
        "POST",
        url,
        headers=headers,
        content=json.dumps(content, ensure_ascii=False).encode(),
        extensions={"timeout": httpx.Timeout(_SECONDS).as_dict()},
    )
    # Not httpx.Client, which follows the proxy's habits and logs the whole address of each request.
    with transport or httpx.HTTPTransport() as carrier:
        response = carrier.handle_request(request)
        try:
            if not 200 <= response.status_code < 300:
                raise NotSentError(f"it answered {response.status_code}")
        finally:
            response.close()


def _mail(notice: Notice, settings: Mapping[str, str], tls: ssl.SSLContext | None) -> None:
    host, to = settings["TRADEFIN_SMTP_HOST"], settings.get("TRADEFIN_SMTP_TO", "")
    user, password = settings.get("TRADEFIN_SMTP_USER", ""), settings.get("TRADEFIN_SMTP_PASSWORD", "")
    port = settings.get("TRADEFIN_SMTP_PORT", "587")
    if not to:
        raise NotSentError("TRADEFIN_SMTP_TO is empty")
    if not port.isdigit():
        raise NotSentError("TRADEFIN_SMTP_PORT is not a number")
    message = EmailMessage()
    message["Subject"] = f"[tradefin] {notice.title}"[:200]
    message["From"] = settings.get("TRADEFIN_SMTP_FROM") or user or to
    message["To"] = to
    message.set_content(notice.text)
    with _mail_server(host, int(port), tls or ssl.create_default_context()) as server:
        if user:
            server.login(user, password)
        server.send_message(message)


def _mail_server(host: str, port: int, tls: ssl.SSLContext) -> smtplib.SMTP:
    """A connection that nobody else reads; only a relay on this machine may do without TLS."""
    if port == _SMTPS:
        return smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=tls)
    server = smtplib.SMTP(host, port, timeout=_SECONDS)
    try:
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=tls)
            server.ehlo()
        elif host not in _HERE:
            raise NotSentError("the mail server offers no TLS")
    except BaseException:
        server.close()
        raise
    return server


def _without_secrets(notice: Notice, settings: Mapping[str, str]) -> Notice:
    secrets = [value for name in _SECRET_NAMES if (value := settings.get(name))]

    def clean(text: str, longest: int) -> str:
        for secret in secrets:
            text = text.replace(secret, "(hidden)")
        return text if len(text) <= longest else text[: longest - 1] + "…"

    title = re.sub(r"\s+", " ", clean(notice.title, 150)).strip()
    return Notice(notice.kind, title, clean(notice.text, _LONGEST), clean(notice.source, 150))
