"""Reading an answer that may be too large, too slow, cut short or a bomb.

What belongs here: limits on one answer. What does not: which answer was due (`http`).
"""

import contextlib
import os
import socket
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tradefin.errors import SourceChanged
from tradefin.sources.flow import IN_MEMORY, Body
from tradefin.tables.store import disk

_STEP = 1 << 16


@dataclass(frozen=True)
class Limits:
    """What is put up with from a publisher.

    Attributes:
        connect_seconds: To reach the host and agree on TLS.
        read_seconds: Between one piece of an answer and the next.
        total_seconds: For one answer from asking to its last byte, redirects included.
        bytes: Size of an answer, also after unpacking.
        large_bytes: The same where it is known to be large (`Request.large`).
        redirects: How many to follow.
        attempts: How often to ask when the error may pass.
        first_wait_seconds: Before the second attempt; doubles each time.
        longest_wait_seconds: The longest wait, also when the publisher asks for more.
        jitter_seconds: Random addition, so that many clients do not come back together.
        patience_seconds: No new attempt is begun after that time.
    """

    connect_seconds: float = 15.0
    read_seconds: float = 60.0
    total_seconds: float = 600.0
    bytes: int = 256 << 20
    large_bytes: int = 8 << 30
    redirects: int = 5
    attempts: int = 5
    first_wait_seconds: float = 2.0
    longest_wait_seconds: float = 120.0
    jitter_seconds: float = 2.0
    patience_seconds: float = 900.0


class CutShortError(Exception):
    """The answer ended before its end."""


class Deadline:
    """Cuts a connection when its time is up, wherever it hangs: a time-out between bytes never stops a drip-feed.

    Use as a context manager, with `trace` among the extensions of the request.

    Args:
        seconds: Until it is cut.

    Attributes:
        passed: Whether it has been cut.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(max(0.0, seconds), self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Note the connection as the library opens it."""
        stream = info.get("return_value")
        if event.endswith(("connect_tcp.complete", "start_tls.complete")) and stream is not None:
            self._socket = stream.get_extra_info("socket")
            if self.passed:
                self._cut()

    def _cut(self) -> None:
        self.passed = True
        if self._socket is not None:
            # Not the TLS socket's own shutdown, which forgets its state while another thread reads from it.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def read(response: httpx.Response, where: str, most: int) -> bytes:
    """The body of an answer, unpacked, never more than `most` bytes of it in memory.

    Args:
        response: An open answer of which nothing has been read.
        where: Its address, for errors.
        most: Largest size, on the wire and unpacked.

    Raises:
        SourceChanged: Too large, or packed in a way that was not asked for.
        CutShortError: It ends before its end.
    """
    return b"".join(_pieces(response, where, most))


def read_or_save(response: httpx.Response, where: str, most: int, folder: Path) -> Body:
    """The same, in a file that the caller moves or removes if it is too much for the memory.

    Args:
        response: As for `read`.
        where: As for `read`.
        most: As for `read`.
        folder: Where the file is written.

    Raises:
        SourceChanged: As `read`.
        CutShortError: As `read`.
        Unavailable: It cannot be written.
    """
    pieces, begun = _pieces(response, where, most), bytearray()
    for piece in pieces:
        begun += piece
        if len(begun) > IN_MEMORY:
            return _save(chain([bytes(begun)], pieces), folder)
    return bytes(begun)


def _save(pieces: Iterator[bytes], folder: Path) -> Path:
    with disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".writing-")
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                with disk(path):
                    file.write(piece)
            with disk(path):
                file.flush()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _pieces(response: httpx.Response, where: str, most: int) -> Iterator[bytes]:
    packing = response.headers.get("content-encoding", "").strip().lower()
    if packing not in ("", "identity", "gzip", "x-gzip"):
        raise SourceChanged(f"{where} came packed as '{packing[:40]}' though only gzip was asked for; it was not read.")
    announced = response.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most:
        raise _too_large(where, most)
    size = 0
    raw = response.iter_raw(_STEP)
    for piece in _unpacked(raw, where) if packing in ("gzip", "x-gzip") else raw:
        size += len(piece)
        if size > most:
            raise _too_large(where, most)
        yield piece


def _unpacked(pieces: Iterator[bytes], where: str) -> Iterator[bytes]:
    """Gunzip in small steps, so that a bomb is seen while it is still small."""
    unpack = zlib.decompressobj(wbits=31)
    begun = False
    try:
        for piece in pieces:
            waiting = piece
            while waiting:
                if unpack.eof:  # a gzip file may have several members
                    unpack = zlib.decompressobj(wbits=31)
                begun = True
                yield unpack.decompress(waiting, _STEP)
                waiting = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
    except zlib.error as error:
        raise CutShortError(f"its gzip packing is damaged ({error})") from error
    if begun and not unpack.eof:
        raise CutShortError("its gzip packing ends before its end")


def _too_large(where: str, most: int) -> SourceChanged:
    return SourceChanged(
        f"{where} is larger than {most:,} bytes, also counting what it unpacks to, and was not read to its end. "
        "If the publisher's file has really grown so much, raise the limit."
    )


def stopwatch() -> Callable[[], float]:
    """A function that says how many seconds have gone by since now."""
    begun = time.monotonic()
    return lambda: time.monotonic() - begun
