"""Encodings, delimiters, and pages of HTML."""

import pytest

from tradefin.errors import SourceChanged
from tradefin.sources.text import decode_text, html_title, looks_like_html

TABLE = "Land,Wert\nCôte d'Ivoire,1\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf8(encoding: str) -> None:
    assert decode_text(TABLE.encode(encoding), "t", delimiter=",") == TABLE


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (TABLE.encode("latin-1"), r"byte 11 \(0xF4, line 2, near 'C.te d'Ivoire,1'\) looks like Latin-1"),
        ("price €".encode("cp1252"), "looks like Windows-1252"),
        (TABLE.encode("utf-16"), "UTF-16 .it begins with that byte order mark"),
        (TABLE.encode("utf-16-be"), "UTF-16 without a byte order mark"),
        (TABLE.encode("utf-16-le"), "UTF-16 without a byte order mark"),
        (TABLE.encode("utf-32"), "UTF-32"),
        (b"PK\x03\x04" + bytes(3) + b"binary text of some length, with few zero bytes in it", "a binary file"),
        ("Land,Wert\nCô".encode()[:-1], "cut in the middle of a character"),
        (b"A,B\n\x81\x8d", "no encoding that is known"),
    ],
)
def test_other_encodings_are_named(data: bytes, says: str) -> None:
    with pytest.raises(SourceChanged, match=says):
        decode_text(data, "t")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("A;B;C\n1;2;3\n", "a semicolon seems to"),
        ("A\tB\n", "a tab seems to"),
        ('Name, long;Year;"x,y,z,u"\n', "a semicolon seems to"),
        ("Service unavailable\n", "the first line has none"),
        ("", "the first line has none"),
        ("<html><head><title>Moved &amp; gone</title>", "a page of HTML .titled 'Moved & gone'"),
    ],
)
def test_other_delimiters_are_named(text: str, says: str) -> None:
    with pytest.raises(SourceChanged, match=says):
        decode_text(text.encode(), "t", delimiter=",")


def test_delimiters_inside_of_quotes_or_names_do_not_count() -> None:
    for text in ('"a;b;c;d",x\n', "STRUCTURE[;],STRUCTURE_ID,ACTION\n", "\n\nA,B\n"):
        assert decode_text(text.encode(), "t", delimiter=",") == text
    assert decode_text(b"A;B\n", "t") == "A;B\n"


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE html>",
        b"\xef\xbb\xbf\n  <html lang='en'>",
        b"<?xml version='1.0'?><!-- c --><!doctype HTML PUBLIC>",
        b"<head><title>x",
    ],
)
def test_pages(data: bytes) -> None:
    assert looks_like_html(data)


@pytest.mark.parametrize(
    "data", [b"", b"A,B\n<html>", b'{"a": "<html>"}', b"<?xml version='1.0'?><Structure/>", b"<header/>"]
)
def test_data(data: bytes) -> None:
    assert not looks_like_html(data)


def test_title() -> None:
    assert html_title(b"<html>") == "without a title"
    assert html_title(b"<title>\n  Just a\tmoment... </title>") == "titled 'Just a moment...'"
