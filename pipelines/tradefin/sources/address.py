"""Addresses: which may be asked, and how they are shown in messages and records.

What belongs here: the rules for one address. What does not: asking (`http`).
"""

import ipaddress
import re
from collections.abc import Collection

import httpx

# Names of query parameters whose values nobody should read in a log, a record or an error.
_SECRET = re.compile(
    r"(^|[-_])(key|sig|auth)$|(api|access|subscription)key|token|secret|passw|signature|credential", re.IGNORECASE
)
_LONGEST = 4000


def why_refused(address: str, hosts: Collection[str]) -> str:
    """Why an address may not be asked; empty if it may.

    Args:
        address: The address, whoever gave it.
        hosts: The only hosts that may be asked, by exact name.
    """
    if len(address) > _LONGEST:
        return f"it is {len(address)} characters long"
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        return f"it is not a valid address ({error})"
    if url.scheme != "https":
        return "only https is asked, since nothing else proves who answers"
    if url.userinfo:
        return "it carries a user name or password"
    if url.port not in (None, 443):
        return f"it names port {url.port}"
    if _is_number(url.host):
        return "it names a machine by number, which no publisher does"
    if url.host not in hosts:
        return f"host {url.host or '(none)'} is not among {', '.join(sorted(hosts)) or 'its hosts (none are named)'}"
    return ""


def public(address: str) -> str:
    """An address as records keep it: without user name, password, fragment or the values of keys."""
    try:
        url = httpx.URL(address)
        if not (url.userinfo or url.fragment or secrets(address)):
            return address
        url = url.copy_with(fragment=None)
        if url.userinfo:
            url = url.copy_with(userinfo=b"")
        if secrets(address):
            url = url.copy_with(params=[(k, "hidden" if _SECRET.search(k) else v) for k, v in url.params.multi_items()])
    except httpx.InvalidURL:
        return repr(address[:100])
    return str(url)


def shown(address: str) -> str:
    """An address as messages show it: as `public`, and cut if it is very long."""
    text = public(address)
    return text if len(text) <= 500 else f"{text[:497]}..."


def secrets(address: str) -> tuple[str, ...]:
    """The values in an address that must not be shown."""
    try:
        return tuple(v for k, v in httpx.URL(address).params.multi_items() if v and _SECRET.search(k))
    except httpx.InvalidURL:
        return ()


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
