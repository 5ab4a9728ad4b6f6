"""A web server on this machine that serves a folder, as any host of static files would, or as badly as a test asks."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Web:
    """A folder that is served.

    Attributes:
        folder: The folder.
        port: Its port on 127.0.0.1.
        scheme: `http` or `https`.
        asked: Every path that was asked for.
        status: Status to answer a path with instead of the file.
        leads: Where a path redirects to.
        short: Paths of which only half is sent.
    """

    folder: Path
    port: int = 0
    scheme: str = "http"
    asked: list[str] = field(default_factory=list)
    status: dict[str, int] = field(default_factory=dict)
    leads: dict[str, str] = field(default_factory=dict)
    short: set[str] = field(default_factory=set)

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *args: object, web: Web, **kwargs: object) -> None:
        self.web = web
        super().__init__(*args, directory=str(web.folder), **kwargs)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path = self.path.removeprefix("/")
        self.web.asked.append(path)
        if path in self.web.leads:
            self.send_response(302)
            self.send_header("Location", self.web.leads[path])
            self.end_headers()
        elif path in self.web.status:
            self.send_error(self.web.status[path])
        elif path in self.web.short:
            data = (self.web.folder / path).read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2])
        else:
            super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path, tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    """Serve a folder until the end."""
    web = Web(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, web=web))
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        web.scheme = "https"
    web.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
