"""Outputs that lie at an address: which addresses may be read, and the folder of this machine that stands for one.

What belongs here: names and paths. What does not: asking whoever is at the address (`releases.web`, `releases.bucket`
for readers, `tables.mirror` for those who write).
"""

import hashlib
import ipaddress
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tradefin.errors import Unavailable

CACHE = "TRADEFIN_CACHE"
PLAIN_HTTP = "TRADEFIN_PLAIN_HTTP"  # set to 1: http is read from other machines too

_MARK = ".address"
_LEAST = 6  # letters that a secret has; a shorter one would be found in many words
_SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def is_address(home: object) -> bool:
    """Whether an outputs folder is named by an address, as `s3://bucket/path`, rather than by a path."""
    return isinstance(home, str) and "://" in home


def checked(address: str) -> str:
    """The address of a home without its closing slash, if it may be read.

    Raises:
        ValueError: It may not; says why and what may.
    """
    parts = urlsplit(address.strip())
    if parts.username or parts.password or parts.query or parts.fragment:  # never shown: it may be a secret
        raise ValueError(
            "The address of a home has no user name, password, query or fragment: https://host/path, s3://bucket/path."
        )
    if parts.scheme not in ("http", "https", "s3") or not parts.hostname:
        raise ValueError(f"{address!r} cannot be read: a home is a folder, https://host/path or s3://bucket/path.")
    if parts.scheme == "http" and not plain_http(address):
        raise ValueError(
            f"{address!r} is plain http, where nothing proves who answers: use https. {PLAIN_HTTP}=1 reads it all the "
            "same; a pointer changed on the way would then go unseen."
        )
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def plain_http(address: str) -> bool:
    """Whether http without TLS may be spoken with a host: with this machine's own, or where somebody said so."""
    return is_loopback(urlsplit(address).hostname or "") or os.environ.get(PLAIN_HTTP) == "1"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_bucket(address: str) -> bool:
    """Whether an address is that of an object store."""
    return urlsplit(address).scheme == "s3"


def cache_folder() -> Path:
    """Where files from elsewhere are kept: `TRADEFIN_CACHE`, else a folder in the user's own cache."""
    if override := os.environ.get(CACHE):
        return Path(override)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "tradefin"


def stand_in(address: str) -> Path:
    """The folder in the cache that stands for an address, as `checked` gives it; it need not be there."""
    return cache_folder() / "homes" / _named(address)


def marked(address: str) -> Path:
    """The folder that stands for an address, made, with a mark by which `address_of` knows it.

    Raises:
        ValueError: The address may not be read.
        Unavailable: The folder cannot be made.
    """
    address = checked(address)
    folder = stand_in(address)
    mark = folder / _MARK
    try:
        if not mark.exists():
            folder.mkdir(parents=True, exist_ok=True)
            own = mark.with_name(f"{_MARK}-{os.getpid()}")
            own.write_text(address, encoding="utf-8")
            own.replace(mark)
    except OSError as error:
        raise Unavailable(
            f"{folder} cannot be made ({error.strerror}): {CACHE} names the folder where files are kept."
        ) from error
    return folder


def root_of(folder: Path) -> tuple[Path, str] | None:
    """The folder that stands for an address and holds this one, and that address; None for a folder of its own.

    A mark counts in a folder that has the name of its address only: a file of that name may lie anywhere.
    """
    for root in (folder.absolute(), *folder.absolute().parents):
        try:
            address = (root / _MARK).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if root.name == _named(address):
            return root, address
    return None


def address_of(folder: Path) -> str | None:
    """The address that a folder stands for, also within one that does; None for a folder of its own."""
    if (found := root_of(folder)) is None:
        return None
    root, address = found
    within = folder.absolute().relative_to(root.absolute()).as_posix()
    return address if within == "." else f"{address}/{within}"


def _named(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def endpoint() -> str:
    """Where an S3 store is that is not Amazon's: `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`; else empty.

    Raises:
        ValueError: It is plain http and another machine.
    """
    found = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    if found.startswith("http://") and not plain_http(found) and os.environ.get("AWS_ALLOW_HTTP", "") != "true":
        raise ValueError(
            "AWS_ENDPOINT_URL is plain http and another machine: anybody on the way could change what is read. Use "
            "https, or AWS_ALLOW_HTTP=true where that cannot be."
        )
    return found


def said(error: BaseException) -> str:
    """What an object store's client said, in one line and without what proves who asks."""
    text = next(iter(str(error).splitlines()), "").partition("<?xml")[0].strip(" :")
    for name in _SECRETS:
        if len(secret := os.environ.get(name, "")) >= _LEAST:
            text = text.replace(secret, "***")
    return text or type(error).__name__
