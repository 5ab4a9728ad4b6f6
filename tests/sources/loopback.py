"""A publisher on this machine: serves any host's addresses over TLS, well or as badly as a test asks.

Clients keep asking for `https://data.bank.example/...`: only the connection is led here, so that allow-lists,
certificates and redirects are tested as they are.
"""

import contextlib
import datetime
import hashlib
import socket
import ssl
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import httpx
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tradefin.sources.body import Limits
from tradefin.sources.description import Publisher
from tradefin.sources.http import Client
from tradefin.sources.pace import Pace

CONTACT = "tests@tradefin.example"
# Long enough for a machine that is busy; hasty is for those who keep one waiting.
QUICK = Limits(connect_seconds=10, read_seconds=10, total_seconds=20, bytes=4 << 20, attempts=3)
HASTY = replace(QUICK, read_seconds=0.4, total_seconds=1.0)

How = Literal["whole", "cut", "chunked", "chunked and cut", "drip", "drip headers", "silent", "held"]


@dataclass(frozen=True)
class Reply:
    """One answer.

    Attributes:
        body: Its bytes.
        status: Its status.
        headers: Further headers.
        how: In which way it is sent; `held` sends half and waits for `Loopback.release`.
        etag: Whether to name the version, and (if nothing is wrong with the reply) to answer 304 to those who know it.
    """

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    how: How = "whole"
    etag: bool = True


@dataclass(frozen=True)
class Asked:
    """One request that came in: address, headers by lower-case name, status of the answer."""

    address: str
    headers: dict[str, str] = field(hash=False)
    status: int


class Loopback:
    """The publisher. Use as a context manager.

    Args:
        hosts: Names that its certificate holds.
        self_signed: Whether nobody vouches for the certificate.
    """

    def __init__(self, *hosts: str, self_signed: bool = False) -> None:
        self.asked: list[Asked] = []
        self.release = threading.Event()
        self._replies: dict[str, list[Reply]] = defaultdict(list)
        self._authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if self_signed:
            _load_self_signed(context, hosts[0])
        else:
            self._authority.issue_cert(*hosts).configure_cert(context)
        self._server = _Server(context, self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def authority(self) -> bytes:
        """The certificate to trust, in PEM, for a process of its own."""
        return self._authority.cert_pem.bytes()

    def serve(self, address: str, *replies: Reply | bytes) -> None:
        """Answer an address with these, one after the other, the last one for ever."""
        self._replies[address] = [Reply(r) if isinstance(r, bytes) else r for r in replies]

    def reply(self, address: str) -> Reply:
        """What an address is answered with next."""
        waiting = self._replies.get(address) or [Reply(b"no such page", 404, etag=False)]
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def asked_for(self, address: str) -> list[Asked]:
        """The requests for one address."""
        return [one for one in self.asked if one.address == address]

    def transport(self) -> httpx.BaseTransport:
        """Leads every connection here and trusts this publisher's authority only."""
        return ToLoopback(self.port, self.authority)

    def client(self, publisher: Publisher, limits: Limits = QUICK, **more: Any) -> Client:  # noqa: ANN401
        """A client whose connections end here; never waits to be polite."""
        more.setdefault("pace", Pace(sleep=lambda _: None, clock=_Leaps()))
        return Client(publisher, contact=CONTACT, limits=limits, transport=self.transport(), **more)


class ToLoopback(httpx.BaseTransport):
    """Carries requests for any host to a port of this machine, asking for that host's certificate."""

    def __init__(self, port: int, authority: bytes) -> None:
        context = ssl.create_default_context(cadata=authority.decode())
        self._port = port
        self._inner = httpx.HTTPTransport(verify=context, limits=httpx.Limits(max_keepalive_connections=0))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._inner.handle_request(
            httpx.Request(
                request.method,
                request.url.copy_with(host="127.0.0.1", port=self._port),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": request.url.host},
            )
        )

    def close(self) -> None:
        self._inner.close()


class _Leaps:
    """A clock by which every look is a minute after the one before, so that nobody ever waits."""

    def __init__(self) -> None:
        self._now = 0.0

    def __call__(self) -> float:
        self._now += 61.0
        return self._now


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, context: ssl.SSLContext, loopback: Loopback) -> None:
        self.context = context
        self.loopback = loopback
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        plain, address = super().get_request()
        plain.settimeout(10)
        return self.context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Clients that hang up or mistrust the certificate are what is tested here."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        address = f"https://{self.headers['Host']}{self.path}"
        reply = self.server.loopback.reply(address)
        tag = f'"{hashlib.sha256(reply.body).hexdigest()[:16]}"'
        plain = reply.status == 200 and reply.etag and reply.how == "whole" and not reply.headers
        if plain and self.headers.get("If-None-Match") == tag:
            reply = Reply(b"", 304, (("ETag", tag),))
        headers = {k.lower(): v for k, v in self.headers.items()}
        self.server.loopback.asked.append(Asked(address, headers, reply.status))
        self.close_connection = True
        with contextlib.suppress(OSError):
            _SEND[reply.how](self, reply, tag)

    def head(self, reply: Reply, tag: str, length: int | None) -> None:
        self.send_response(reply.status)
        if reply.status == 200 and reply.etag:
            self.send_header("ETag", tag)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in reply.headers:
            self.send_header(name, value)
        self.end_headers()

    def whole(self, reply: Reply, tag: str) -> None:
        self.head(reply, tag, len(reply.body))
        self.wfile.write(reply.body)

    def cut(self, reply: Reply, tag: str) -> None:
        self.head(reply, tag, len(reply.body))
        self.wfile.write(reply.body[: len(reply.body) // 2])

    def chunks(self, reply: Reply, tag: str) -> None:
        self.head(Reply(reply.body, headers=(("Transfer-Encoding", "chunked"), *reply.headers)), tag, None)
        half = len(reply.body) // 2
        for piece in (reply.body[:half], reply.body[half:]):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            if "cut" in reply.how:
                return
        self.wfile.write(b"0\r\n\r\n")

    def drip(self, reply: Reply, tag: str) -> None:
        self.head(reply, tag, 1_000_000)
        self._forever(b"x")

    def drip_headers(self, reply: Reply, tag: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self._forever(b"x")

    def silent(self, reply: Reply, tag: str) -> None:
        self.server.loopback.release.wait(5)

    def held(self, reply: Reply, tag: str) -> None:
        self.head(reply, tag, len(reply.body))
        self.wfile.write(reply.body[: len(reply.body) // 2])
        self.server.loopback.release.wait(20)
        self.wfile.write(reply.body[len(reply.body) // 2 :])

    def _forever(self, piece: bytes) -> None:
        for _ in range(200):
            self.wfile.write(piece)
            time.sleep(0.05)


_SEND: dict[How, Callable[[_Handler, Reply, str], None]] = {
    "whole": _Handler.whole,
    "cut": _Handler.cut,
    "chunked": _Handler.chunks,
    "chunked and cut": _Handler.chunks,
    "drip": _Handler.drip,
    "drip headers": _Handler.drip_headers,
    "silent": _Handler.silent,
    "held": _Handler.held,
}


def _load_self_signed(context: ssl.SSLContext, host: str) -> None:
    """Give a server a certificate that nobody but itself vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    with _file(certificate.public_bytes(serialization.Encoding.PEM) + _pem(key)) as path:
        context.load_cert_chain(path)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@contextlib.contextmanager
def _file(data: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "certificate.pem"
        path.write_bytes(data)
        yield path
