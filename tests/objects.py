"""An object store on this machine: moto's S3 server on loopback, with faults as a test asks.

moto compares `If-Match` and `If-None-Match` as S3 does, but two requests may pass between comparing and writing:
so requests are done one by one. What it has stays while it is down, as with any store.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.request import Request, urlopen

import pytest
from obstore.store import S3Store

from tradefin.project import outputs_home

KEYS = {"AWS_ACCESS_KEY_ID": "AKIATESTTESTTEST", "AWS_SECRET_ACCESS_KEY": "very-secret-key", "AWS_REGION": "us-east-1"}
_BUCKET = "tradefin"


@dataclass
class Asked:
    """One request.

    Attributes:
        method: GET, PUT and so on.
        path: Of the object, or empty for the bucket.
        span: Its `Range`, as `bytes=0-99`; empty for all of it.
        sent: Bytes of the answer; 0 for HEAD.
        got: Bytes of the request.
    """

    method: str
    path: str
    span: str
    sent: int
    got: int


@dataclass
class Objects:
    """A bucket on a server of its own.

    Attributes:
        port: On 127.0.0.1; the same when it comes up again.
        asked: Every request that was answered, in order.
        refuses: The status with which a request (method, path) is refused; 0: it is done.
        before: Called with method and path before each request; it may wait.
        drops: Says whether a request (method, path) is done but its answer lost: 500 instead.
    """

    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    refuses: Callable[[str, str], int] = lambda method, path: 0
    before: Callable[[str, str], None] = lambda method, path: None
    drops: Callable[[str, str], bool] = lambda method, path: False
    _doing: threading.Lock = field(default_factory=threading.Lock)
    _app: Any = None
    _server: Any = None
    _thread: threading.Thread | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to ask it."""
        return {**KEYS, "AWS_ENDPOINT_URL": self.endpoint, "AWS_EC2_METADATA_DISABLED": "true"}

    def address(self, path: str = "home") -> str:
        return f"s3://{_BUCKET}/{path}"

    def up(self) -> None:
        """Listen."""
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import WSGIRequestHandler, make_server

        class Quiet(WSGIRequestHandler):
            def log(self, *_: object, **__: object) -> None:
                pass

        self._app = self._app or DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", self.port, self, threaded=True, request_handler=Quiet)
        self.port = self._server.port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def down(self) -> None:
        """Refuse every connection, until `up`."""
        assert self._thread is not None
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def away(self, seconds: float) -> None:
        """Be killed, and be there again after so long; returns at once."""

        def killed() -> None:
            self.down()
            time.sleep(seconds)
            self.up()

        threading.Thread(target=killed).start()

    def get(self, name: str) -> bytes:
        return bytes(self._own().get(name).bytes())

    def put(self, name: str, data: bytes) -> None:
        self._own().put(name, data)

    def delete(self, name: str) -> None:
        self._own().delete(name)

    def names(self) -> list[str]:
        from moto.s3.models import s3_backends

        return sorted(s3_backends["123456789012"]["aws"].buckets[_BUCKET].keys.keys())

    def flip(self, name: str, at: float = 0.5) -> None:
        """Flip one bit of a file."""
        data = bytearray(self.get(name))
        data[int(len(data) * at)] ^= 1
        self.put(name, bytes(data))

    def _own(self) -> S3Store:
        return S3Store(
            _BUCKET,
            endpoint=self.endpoint,
            region=KEYS["AWS_REGION"],
            access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            client_options={"allow_http": True},
        )

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix(f"/{_BUCKET}").strip("/")
        self.before(method, path)
        with self._doing:
            if status := self.refuses(method, path):
                start(f"{status} Refused", [("Content-Length", "0")])
                return [b""]
            lost = self.drops(method, path)
            answer = list(self._app(environ, start if not lost else lambda *_: None))
            sent = 0 if method == "HEAD" else sum(map(len, answer))
            got = int(environ.get("CONTENT_LENGTH") or 0)
            self.asked.append(Asked(method, path, environ.get("HTTP_RANGE", ""), sent, got))
            if lost:
                start("500 Internal Server Error", [("Content-Length", "0")])
                return [b""]
            return answer


@contextmanager
def bucket() -> Iterator[Objects]:
    """A server with an empty bucket, and an environment that leads there."""
    found = Objects()
    found.up()
    try:
        with mock.patch.dict(os.environ, found.environment):
            for path, method in (("moto-api/reset", "POST"), (_BUCKET, "PUT")):
                urlopen(Request(f"{found.endpoint}/{path}", method=method), timeout=30).close()  # noqa: S310
            found.asked.clear()
            yield found
    finally:
        found.down()


@contextmanager
def home_of(objects: Objects, cache: Path) -> Iterator[Path]:
    """The folder that stands for its address on a machine with that cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRADEFIN_CACHE", str(cache))
        patch.setenv("TRADEFIN_HOME", objects.address())
        yield outputs_home()
