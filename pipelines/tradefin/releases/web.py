"""Asking a web server for one file of a release, with nothing but the standard library.

The one module outside `sources/` that opens a socket: readers have pyarrow and duckdb only, and DuckDB's own way over
http is an extension that it would have to download. It asks for files of releases and nothing else. What belongs here:
one question and its answer. What does not: what the answer must be (`remote`).
"""

import http.client
import ssl
import time
from typing import IO
from urllib import error, parse, request

from tradefin._version import __version__
from tradefin.addresses import checked, is_loopback
from tradefin.errors import NotFound, ReleaseDamaged, Unavailable

_SILENCE = 20.0  # seconds without a byte
_PATIENCE = 600.0  # seconds for one file
_STEP = 1 << 18


class Web:
    """A home on a web server.

    Args:
        address: `https://host/path`, checked.
    """

    def __init__(self, address: str) -> None:
        self.address = address

    def get(self, name: str, most: int) -> bytes:
        """The bytes of a file; as `get`."""
        return get(f"{self.address}/{name}", most)

    def folders(self, name: str) -> list[str] | None:
        """Names of the folders in a folder: a web server does not tell."""
        del name
        return None

    def dataset(self, names: list[str]) -> None:
        """Files read in part: a web server's are read whole, and verified."""
        del names


def get(address: str, most: int, *, silence: float = _SILENCE, patience: float = _PATIENCE) -> bytes:
    """The bytes at an address.

    Args:
        address: Where; checked before.
        most: Bytes that the file may have at most.
        silence: Seconds to wait for a next piece.
        patience: Seconds to wait for the whole.

    Raises:
        NotFound: The server answers that there is no such file.
        Unavailable: No answer, or none that is whole; the same call may succeed later.
        ReleaseDamaged: The file is larger than it may be.
    """
    asked = request.Request(  # noqa: S310 - `checked` has seen the scheme
        address, headers={"User-Agent": f"tradefin/{__version__}", "Accept-Encoding": "identity"}
    )
    until = time.monotonic() + patience
    try:
        with _opener(address).open(asked, timeout=silence) as answer:
            return _read(answer, address, most, until)
    except error.HTTPError as refused:
        with refused:
            if refused.code in (404, 410):
                raise NotFound(f"{address} is not there (the server answers {refused.code}).") from refused
            raise Unavailable(f"{address}: the server answers {refused.code} {refused.reason}.") from refused
    except (OSError, http.client.HTTPException) as failed:
        raise Unavailable(f"{address}: {_why(failed, silence)}") from failed


def _read(answer: IO[bytes], address: str, most: int, until: float) -> bytes:
    pieces, size = [], 0
    while piece := answer.read(_STEP):
        size += len(piece)
        if size > most:
            raise ReleaseDamaged(f"{address} has more than the {most:,} bytes that it should have.")
        if time.monotonic() > until:
            raise Unavailable(f"{address} takes too long and was cut off.")
        pieces.append(piece)
    expected = getattr(answer, "length", None)  # what http.client still waits for
    if expected:
        raise Unavailable(f"{address}: the answer was cut short, {expected:,} bytes are missing.")
    return b"".join(pieces)


def _why(failed: Exception, silence: float) -> str:
    cause = failed.reason if isinstance(failed, error.URLError) else failed
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"whoever answered could not prove to be that host ({cause.verify_message}), so nothing was read. Check "
            "this machine's clock and its certificates (SSL_CERT_FILE). Verification is never switched off."
        )
    if isinstance(cause, TimeoutError):
        return f"nothing came for {silence:g} seconds."
    return f"no whole answer ({cause or type(failed).__name__})."


class _SameScheme(request.HTTPRedirectHandler):
    """Follows a redirect only to https; from plain http also to where plain http may be read."""

    def redirect_request(
        self, req: request.Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage, newurl: str
    ) -> request.Request | None:
        try:
            safe = newurl.startswith("https://") or (
                req.full_url.startswith("http://") and newurl.startswith("http://") and bool(checked(newurl))
            )
        except ValueError:
            safe = False
        if not safe:
            raise Unavailable(f"{req.full_url} leads to {parse.urlsplit(newurl).scheme}, which is not followed.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(address: str) -> request.OpenerDirector:
    """Certificates verified; a proxy only where the environment names one and the server is another machine."""
    proxies: dict[str, str] | None = {} if is_loopback(parse.urlsplit(address).hostname or "") else None
    return request.build_opener(
        _SameScheme(), request.ProxyHandler(proxies), request.HTTPSHandler(context=ssl.create_default_context())
    )
