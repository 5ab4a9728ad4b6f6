"""Bytes as text, strictly: UTF-8 or an error that names the encoding found instead.

What belongs here: encodings, delimiters, and telling a web page from data. What does not: reading CSV, JSON or XML.
"""

import codecs
import html
import re

from tradefin.errors import SourceChanged

_BOMS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
_PAGE = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_COMMENTS = re.compile(rb"\s*(<\?xml[^>]*\?>|<!--.*?-->)", re.DOTALL)
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r'"[^"]*"')


def decode_text(data: bytes, where: str, delimiter: str = "") -> str:
    """Bytes as text, in UTF-8 with or without a byte order mark.

    Args:
        data: The bytes.
        where: What they are, for the error.
        delimiter: What must separate the columns of the first line; empty when that is not to be looked at.

    Raises:
        SourceChanged: Another encoding, a web page, or another delimiter; says which.
    """
    if (found := _other_encoding(data)) is not None:
        encoding, at = found
        raise SourceChanged(f"{where}: UTF-8 is expected, but {_place(data, at)} looks like {encoding}.")
    if delimiter and looks_like_html(data):
        raise SourceChanged(f"{where}: a page of HTML ({html_title(data)}) where a table was due.")
    text = data.decode("utf-8-sig")
    if delimiter:
        _check_delimiter(text, where, delimiter)
    return text


def looks_like_html(data: bytes) -> bool:
    """Whether bytes are a web page, whatever their media type says."""
    start = data[:4096].removeprefix(codecs.BOM_UTF8)
    while match := _COMMENTS.match(start):
        start = start[match.end() :]
    start = start.lstrip()
    match = _PAGE.match(start)
    return match is not None


def html_title(data: bytes) -> str:
    """The title of a web page in quotes, at most 100 characters; says so if there is none."""
    match = _TITLE.search(data[:65536])
    if match is None:
        return "without a title"
    text = " ".join(html.unescape(match.group(1).decode("utf-8", "replace")).split())
    return f"titled '{''.join(c for c in text if c.isprintable())[:100]}'"


def _other_encoding(data: bytes) -> tuple[str, int] | None:
    """The encoding that bytes seem to have and the first byte that shows it; None for UTF-8."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return f"{name} (it begins with that byte order mark)", 0
    nul = data.find(b"\0")
    if nul >= 0:  # valid UTF-8, but no table holds it
        sample = data[nul & ~1 :][:2000]
        nuls = max(sample[::2].count(0), sample[1::2].count(0))
        wide = nuls > len(sample) // 4
        return ("UTF-16 without a byte order mark" if wide else "a binary file (it holds a zero byte)"), nul
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _single_byte(data, error.start), error.start
    return None


def _single_byte(data: bytes, at: int) -> str:
    tail = data[at : at + 20000]
    if len(data) - at < 4 and data[at] >= 0xC2:
        return "a file cut in the middle of a character"
    if any(0x80 <= byte < 0xA0 for byte in tail):
        try:
            tail.decode("cp1252")
        except UnicodeDecodeError:
            return "no encoding that is known here"
        return "Windows-1252"
    return "Latin-1"


def _place(data: bytes, at: int) -> str:
    line = data.count(b"\n", 0, at) + 1
    begins, ends = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
    around = data[max(begins, at - 20) : min(ends if ends >= 0 else len(data), at + 20)].decode("latin-1")
    shown = "".join(c if c.isprintable() else "." for c in around)
    return f"byte {at} (0x{data[at]:02X}, line {line}, near '{shown}')"


def _check_delimiter(text: str, where: str, delimiter: str) -> None:
    first = next((line for line in text.splitlines() if line.strip()), "")
    bare = _QUOTED.sub("", first)
    other = max(_DELIMITERS, key=bare.count)
    if bare.count(delimiter) and bare.count(other) <= bare.count(delimiter):
        return
    if bare.count(delimiter) == 0 and bare.count(other) == 0:
        raise SourceChanged(
            f"{where}: {_name(delimiter)} should separate the columns, but the first line has none: {first[:120]!r}."
        )
    raise SourceChanged(
        f"{where}: {_name(delimiter)} should separate the columns, but {_name(other)} seems to: {first[:120]!r}."
    )


def _name(delimiter: str) -> str:
    return _DELIMITERS.get(delimiter, repr(delimiter))
