"""What it means when a publisher answers with an error.

What belongs here: status codes. What does not: connections that fail (`http`).
"""

import email.utils
from datetime import UTC, datetime

import httpx

from tradefin.errors import SourceChanged, Unavailable
from tradefin.sources import body
from tradefin.sources.address import secrets
from tradefin.sources.flow import Request
from tradefin.sources.text import html_title, looks_like_html

_MAY_PASS = (408, 429, 500, 502, 503, 504)
_WHY = {
    204: "There is nothing in it.",
    401: "It asks for a login now.",
    403: "It refuses this client: a block, or a login that is needed now.",
    404: "Nothing is there any more: the publisher has moved or renamed it.",
    406: "It no longer serves this media type.",
    410: "The publisher has removed it.",
}


class MayPassError(Exception):
    """Something that another attempt may cure; `wait` is what the publisher asks for, in seconds."""

    def __init__(self, text: str, wait: float | None = None) -> None:
        super().__init__(text)
        self.wait = wait


def refusal(request: Request, response: httpx.Response, where: str) -> Exception:
    """What a status other than 200, 304 and a redirect means.

    Args:
        request: The question.
        response: An open answer of which nothing has been read.
        where: Its address, as it may be shown.

    Returns:
        The error to raise: MayPassError, Unavailable or SourceChanged.
    """
    status = response.status_code
    said = f"{where} answers {status} {response.reason_phrase}".rstrip()
    if status in _MAY_PASS:
        wait = _retry_after(response.headers.get("retry-after", ""))
        asks = f" and asks to wait {wait:.0f} seconds" if wait is not None else ""
        return MayPassError(f"{said}{asks}.", wait)
    if status >= 500:
        return Unavailable(f"{said}. Nothing is lost; a later run asks again.")
    why = _WHY.get(status, "")
    return SourceChanged(" ".join(filter(None, (f"{said}.", why, _excerpt(request, response)))))


def _excerpt(request: Request, response: httpx.Response) -> str:
    """The first words of an error's body, which often say what is wrong."""
    try:
        data = body.read(response, "", 1 << 16)
    except (SourceChanged, body.CutShortError, httpx.HTTPError):
        return ""
    text = html_title(data) if looks_like_html(data) else data.decode("utf-8", "replace")
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    for secret in (*secrets(request.address), *(value for _, value in request.headers if len(value) > 5)):
        text = text.replace(secret, "hidden")
    return f"It says: {text[:200]}" if text else ""


def _retry_after(value: str) -> float | None:
    """Seconds that a Retry-After header asks for, given as a number or as a day and time."""
    value = value.strip()
    if value.isdigit():
        return max(float(value[:9]), 0.1)
    try:
        when = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return max((when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds(), 0.1)
