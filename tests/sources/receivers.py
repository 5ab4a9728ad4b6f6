"""Those who receive notices, on this machine: a web hook and a mail server."""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Hook:
    """A web hook that answers with `status` and remembers what it got."""

    port: int = 0
    status: int = 200
    got: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def address(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextlib.contextmanager
def hook() -> Iterator[Hook]:
    """A web hook on loopback."""
    known = Hook()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            known.got.append({"path": self.path, **json.loads(body)})
            known.headers.append({k.lower(): v for k, v in self.headers.items()})
            self.send_response(known.status)
            if known.status in (301, 302, 307):
                self.send_header("Location", known.address("/elsewhere"))
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Mailbox:
    """A mail server and what it was told, line by line; `secure` tells whether by then TLS was on."""

    port: int = 0
    lines: list[tuple[bool, str]] = field(default_factory=list)

    def said(self, start: str) -> list[tuple[bool, str]]:
        return [one for one in self.lines if one[1].upper().startswith(start)]

    @property
    def message(self) -> str:
        return "\n".join(line for _, line in self.lines)


@contextlib.contextmanager
def mailbox(tls: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """A mail server on loopback; offers STARTTLS if it has a certificate."""
    known = Mailbox()
    listener = socket.create_server(("127.0.0.1", 0))
    known.port = listener.getsockname()[1]

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError):
                _converse(connection, tls, known)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield known
    finally:
        listener.close()


def _converse(connection: socket.socket, tls: ssl.SSLContext | None, known: Mailbox) -> None:
    connection.settimeout(10)
    lines, secure = connection.makefile("rb"), False

    def say(text: str) -> None:
        connection.sendall(f"{text}\r\n".encode())

    say("220 mail.example")
    while raw := lines.readline():
        line = raw.decode().rstrip("\r\n")
        known.lines.append((secure, line))
        verb = line.split(" ", 1)[0].upper()
        if verb == "EHLO":
            say("250-mail.example")
            say("250-AUTH PLAIN" if secure or tls is None else "250-STARTTLS")
            say("250 SIZE 100000")
        elif verb == "STARTTLS" and tls is not None:
            say("220 go on")
            connection, secure = tls.wrap_socket(connection, server_side=True), True
            lines = connection.makefile("rb")
        elif verb == "AUTH":
            say("235 welcome")
        elif verb == "DATA":
            say("354 go on")
            while (part := lines.readline()) not in (b".\r\n", b""):
                known.lines.append((secure, part.decode().rstrip("\r\n")))
            say("250 taken")
        elif verb == "QUIT":
            say("221 bye")
            return
        else:
            say("250 fine")
