"""Asking a publisher over HTTPS: politely, only at its own hosts, within limits, and again when that may help.

What belongs here: one question and its answer. What does not: what the answer means, keeping it (`archive`).
"""

import contextlib
import logging
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from tradefin import __version__
from tradefin.errors import ProjectInvalid, SourceChanged, Unavailable
from tradefin.sources import body
from tradefin.sources.address import shown, why_refused
from tradefin.sources.body import CutShortError, Deadline, Limits
from tradefin.sources.description import Publisher
from tradefin.sources.flow import Body, Request, beginning
from tradefin.sources.pace import Pace, shared
from tradefin.sources.refusal import MayPassError, refusal
from tradefin.sources.text import html_title, looks_like_html

_HOME = "https://github.com/tradefin/tradefin"
_REDIRECTS = (301, 302, 303, 307, 308)


_log = logging.getLogger(__name__)
for _talkative in ("httpx", "httpcore"):  # else they write out addresses and headers, keys included
    logging.getLogger(_talkative).setLevel(logging.WARNING)


def _tell(details: RetryDetails) -> None:
    _log.info("%s Asking again in %.0f seconds.", details.caused_by, details.wait_for)


# Of itself stamina prints a line for each retry on stdout, among the tables that a command prints there.
set_on_retry_hooks([_tell])


@dataclass(frozen=True)
class Known:
    """What the publisher said of the bytes that are already here.

    Attributes:
        etag: Its ETag header; empty if none.
        last_modified: Its Last-Modified header; empty if none.
    """

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class Answer:
    """What a publisher answered.

    Attributes:
        request: The question.
        data: The body, unpacked, a large one in a file that is the caller's; None when the publisher says that what is
            known has not changed (304).
        address: Where the answer came from in the end.
        known: What to send along next time.
        content_type: The media type as the publisher calls it, which is often wrong.
    """

    request: Request
    data: Body | None
    address: str
    known: Known
    content_type: str


class Client:
    """Asks one publisher. Use as a context manager.

    Args:
        publisher: Whose hosts may be asked, and how often.
        contact: Address at which the publisher can reach whoever runs this; sent with every request.
        limits: What is put up with.
        pace: Counts requests; `pace.shared()` unless a test brings its own.
        transport: Carries the requests instead of the network; for tests, which bring their own certificates.
    """

    def __init__(
        self,
        publisher: Publisher,
        *,
        contact: str,
        limits: Limits | None = None,
        pace: Pace | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if not publisher.hosts:
            raise ProjectInvalid(
                f"expectations/sources/{publisher.publisher}.yml: 'hosts' is empty, so nothing may be asked."
            )
        if not contact.strip() or not contact.isascii() or not contact.isprintable():
            raise ProjectInvalid("A contact (an e-mail address or a page, in ASCII) is needed to ask publishers.")
        self.publisher = publisher
        self.limits = limits or Limits()
        self._pace = pace or shared()
        self._http = httpx.Client(
            timeout=httpx.Timeout(self.limits.read_seconds, connect=self.limits.connect_seconds),
            # A connection each: a few requests a week are asked, and the deadline must know its connection.
            limits=httpx.Limits(max_keepalive_connections=0),
            headers={
                "User-Agent": f"tradefin/{__version__} (+{_HOME}; {contact.strip()})",
                "Accept-Encoding": "gzip",
            },
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def why_refused(self, request: Request) -> str:
        """Why a request may not be asked; empty if it may."""
        return why_refused(request.address, self.publisher.hosts)

    def get(self, request: Request, known: Known | None = None, folder: Path | None = None) -> Answer:
        """Ask, again if that may help, and return the whole answer.

        Args:
            request: What to ask.
            known: What the publisher said of the bytes that are already here, so that it may answer "unchanged".
            folder: Where a large answer is written; by default it is held in memory.

        Raises:
            ProjectInvalid: The address is not among those that may be asked.
            Unavailable: No answer, or none that is whole; a later run may fare better.
            SourceChanged: An answer that no later run will change: moved, removed, a page of HTML instead of data.
        """
        if why := self.why_refused(request):
            raise ProjectInvalid(
                f"{shown(request.address)} may not be asked: {why}. See 'hosts' in "
                f"expectations/sources/{self.publisher.publisher}.yml."
            )
        limits, asked = self.limits, 0
        try:
            for attempt in stamina.retry_context(
                on=self._again,
                attempts=limits.attempts,
                timeout=limits.patience_seconds,
                wait_initial=limits.first_wait_seconds,
                wait_max=limits.longest_wait_seconds,
                wait_jitter=limits.jitter_seconds,
            ):
                with attempt:
                    asked = attempt.num
                    return self._once(request, known or Known(), folder)
        except MayPassError as error:
            times = f" Asked {asked} times." if asked > 1 else ""
            raise Unavailable(f"{error}{times} Nothing is lost; a later run asks again.") from error
        raise AssertionError("unreachable")

    def status(self, request: Request) -> int:
        """Ask once and return the status of the answer; its body is not read, a redirect not followed.

        Raises:
            ProjectInvalid: The address is not among those that may be asked.
            Unavailable: No answer.
            SourceChanged: The answer leads nowhere.
        """
        if why := self.why_refused(request):
            raise ProjectInvalid(f"{shown(request.address)} may not be asked: {why}.")
        self._pace.wait(httpx.URL(request.address).host, self.publisher.requests_per_minute)
        try:
            with self._open(request, request.address, Known(), self.limits.total_seconds) as response:
                return response.status_code
        except MayPassError as error:
            raise Unavailable(str(error)) from error

    def _again(self, error: Exception) -> bool | float:
        if not isinstance(error, MayPassError):
            return False
        if error.wait is None:
            return True
        return error.wait if error.wait <= self.limits.longest_wait_seconds else False

    def _once(self, request: Request, known: Known, folder: Path | None) -> Answer:
        """One attempt, with as many redirects as are allowed."""
        address, elapsed = request.address, 0.0
        for _ in range(self.limits.redirects + 1):
            host = httpx.URL(address).host
            self._pace.wait(host, self.publisher.requests_per_minute)
            seconds = body.stopwatch()
            with self._open(request, address, known, self.limits.total_seconds - elapsed) as response:
                if response.status_code not in _REDIRECTS:
                    return self._answer(request, response, address, known, folder)
                address = self._next(request, response, address)
            elapsed += seconds()
        raise SourceChanged(
            f"{shown(request.address)} redirects more than {self.limits.redirects} times, last to {shown(address)}."
        )

    @contextlib.contextmanager
    def _open(self, request: Request, address: str, known: Known, seconds: float) -> Iterator[httpx.Response]:
        """An open answer, with every way in which a connection fails put into our words."""
        where = shown(address)
        headers = {"Accept": request.accept or "*/*"}
        if httpx.URL(address).host == httpx.URL(request.address).host:
            headers |= dict(request.headers)  # they may hold a key, which is nobody else's business
        if known.etag:
            headers["If-None-Match"] = known.etag
        if known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        with Deadline(seconds) as deadline:
            try:
                with self._http.stream("GET", address, headers=headers, extensions={"trace": deadline.trace}) as answer:
                    yield answer
                    if deadline.passed:
                        raise CutShortError("out of time")
            except (httpx.HTTPError, httpx.InvalidURL, CutShortError, OSError) as error:
                if deadline.passed:
                    raise Unavailable(
                        f"{where} took longer than {self.limits.total_seconds:g} seconds in total and was cut off. "
                        "Nothing is lost; a later run asks again."
                    ) from error
                raise self._failure(error, where) from error

    def _failure(self, error: Exception, where: str) -> Exception:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return Unavailable(
                    f"{where}: whoever answered could not prove to be that host ({cause.verify_message}), so nothing "
                    "was read. Look at the certificate in a browser; check this machine's clock and its certificates "
                    "(SSL_CERT_FILE). Verification is never switched off."
                )
            if isinstance(cause, httpx.InvalidURL):
                return SourceChanged(f"{where} redirects to something that is no address ({cause}).")
            cause = cause.__cause__ or cause.__context__
        if isinstance(error, httpx.ConnectTimeout):
            return MayPassError(f"{where}: no connection within {self.limits.connect_seconds:g} seconds.")
        if isinstance(error, httpx.TimeoutException):
            return MayPassError(f"{where}: time-out: nothing came for {self.limits.read_seconds:g} seconds.")
        if isinstance(error, httpx.ConnectError):
            return MayPassError(f"{where}: no connection ({error}).")
        return MayPassError(f"{where}: the answer was cut short ({error or type(error).__name__}).")

    def _next(self, request: Request, response: httpx.Response, address: str) -> str:
        """Where a redirect leads, if it may be followed."""
        location = response.headers.get("location", "")
        said = f"{shown(request.address)} answers {response.status_code}"
        if not location:
            raise SourceChanged(f"{said} without saying where to go.")
        target = str(httpx.URL(address).join(location))  # the library has looked at it before we get it
        if why := why_refused(target, self.publisher.hosts):
            raise SourceChanged(
                f"{said} and leads to {shown(target)}, which was not followed: {why}. If the publisher has moved, see "
                f"'hosts' in expectations/sources/{self.publisher.publisher}.yml and the addresses of its connector."
            )
        return target

    def _answer(
        self, request: Request, response: httpx.Response, address: str, known: Known, folder: Path | None
    ) -> Answer:
        where, status = shown(address), response.status_code
        headers = response.headers
        fresh = Known(_header(headers, "etag"), _header(headers, "last-modified"))
        kind = _header(headers, "content-type")
        if status == 304:
            if known == Known():
                raise MayPassError(f"{where} answers 304, 'unchanged', though nothing was said to be known.")
            merged = Known(fresh.etag or known.etag, fresh.last_modified or known.last_modified)
            return Answer(request, None, address, merged, kind)
        if status != 200:
            raise refusal(request, response, where)
        most = self.limits.large_bytes if request.large else self.limits.bytes
        data = body.read_or_save(response, where, most, folder) if folder else body.read(response, where, most)
        start = beginning(data)
        if not start:
            raise SourceChanged(f"{where} answers 200 with nothing in it.")
        if looks_like_html(start) and not _html_is_due(request):
            if isinstance(data, Path):
                data.unlink()
            raise SourceChanged(
                f"{where} answers with a page of HTML ({html_title(start)}) where {request.suffix.lstrip('.')} was due"
                f"{f', called {kind}' if kind else ''}. The file has moved, or the publisher shows a notice instead."
            )
        return Answer(request, data, address, fresh, kind)


def _html_is_due(request: Request) -> bool:
    return "html" in request.accept or request.suffix in (".html", ".htm")


def _header(headers: httpx.Headers, name: str) -> str:
    value = str(headers.get(name, "")).strip()
    return value if len(value) <= 300 and value.isascii() and value.isprintable() else ""
