"""The WTO's arrays in JavaScript as data: a reader of the few forms that its files use, which runs nothing.

A file is a series of `var NAME = new Array();` and `NAME[index] = {key: value, ...};`, the index a number or
`NAME.length`, the values quoted texts, numbers, `true`, `false` or `null`. Anything else is refused with its line and
column. What belongs here: the syntax. What does not: what the fields mean (`wto`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tradefin.errors import SourceChanged
from tradefin.sources.text import decode_text, html_title, looks_like_html

Arrays = dict[str, dict[int, dict[str, str]]]

# Each alternative either matches or fails in one pass; nothing is tried twice.
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n\f\v\u00a0\ufeff]+|//[^\r\n]*|/\*(?:[^*]|\*(?!/))*\*/)
    |(?P<text>"(?:[^"\\\r\n]|\\[^\r\n])*"|'(?:[^'\\\r\n]|\\[^\r\n])*')
    |(?P<number>-?[0-9]+(?:\.[0-9]+)?(?![0-9A-Za-z_$.]))
    |(?P<name>[A-Za-z_$][A-Za-z0-9_$]*)
    |(?P<sign>[\[\]{}()=,:;.])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|.)", re.DOTALL)
_SHORT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_WORDS = ("true", "false", "null")
_LARGEST = 1_000_000


@dataclass(frozen=True)
class _Token:
    kind: str  # text, number, name, sign or end
    text: str
    at: int


def read_arrays(data: bytes, where: str) -> Arrays:
    """The arrays of a file: by name, then index, then field; every value a text, `null` the empty one.

    Args:
        data: The bytes of the file.
        where: What was asked, for errors.

    Raises:
        SourceChanged: Anything but such arrays; says where it departs, by line and column.
    """
    if looks_like_html(data):
        raise SourceChanged(f"{where}: a page of HTML ({html_title(data)}) came where a JavaScript file was due.")
    return _Reader(decode_text(data, where), where).arrays()


class _Reader:
    """Reads a file from its start to its end, one token ahead."""

    def __init__(self, source: str, where: str) -> None:
        self._source, self._where = source, where
        self._tokens = self._tokenised()
        self._now = next(self._tokens)
        self._found: Arrays = {}
        self._next_index: dict[str, int] = {}

    def arrays(self) -> Arrays:
        while self._now.kind != "end":
            if self._now.text == ";" and self._now.kind == "sign":
                self._take()
            elif self._now.text == "var" and self._now.kind == "name":
                self._take()
                self._declaration(self._expect("name", "the name of an array"))
            else:
                self._element(self._expect("name", "'var' or the name of an array"))
        return self._found

    def _declaration(self, name: _Token) -> None:
        if name.text in self._found:
            raise self._wrong(name, f"the array {name.text} is declared twice")
        self._sign("=")
        if self._now.text == "[":
            self._take()
            self._sign("]")
        else:
            for word in ("new", "Array"):
                if (token := self._expect("name", f"'{word}'")).text != word:
                    raise self._wrong(token, f"'{word}' is due")
            self._sign("(")
            self._sign(")")
        self._found[name.text], self._next_index[name.text] = {}, 0
        self._ends()

    def _element(self, name: _Token) -> None:
        if name.text not in self._found:
            raise self._wrong(name, f"{_shown(name)} is not an array declared before")
        self._sign("[")
        token, index = self._now, self._index(name.text)
        if index in self._found[name.text]:
            raise self._wrong(token, f"{name.text}[{index}] is given twice")
        self._sign("]")
        self._sign("=")
        self._found[name.text][index] = self._object()
        self._next_index[name.text] = max(self._next_index[name.text], index + 1)
        self._ends()

    def _index(self, array: str) -> int:
        token = self._take()
        if token.kind == "number" and token.text.isdigit() and len(token.text) <= 7 and int(token.text) <= _LARGEST:
            return int(token.text)
        if token.kind == "name" and token.text == array:
            self._sign(".")
            if (word := self._expect("name", "'length'")).text == "length":
                return self._next_index[array]
            raise self._wrong(word, "'length' is due")
        raise self._wrong(token, f"an index is due, a number up to {_LARGEST:,} or {array}.length")

    def _object(self) -> dict[str, str]:
        opened, fields = self._sign("{"), dict[str, str]()
        while self._now.text != "}" or self._now.kind != "sign":
            if self._now.kind == "end":
                raise self._wrong(self._now, f"the file ends inside the object opened at {self._place(opened.at)}")
            key = self._take()
            if key.kind not in ("name", "text"):
                raise self._wrong(key, f"the name of a field is due, not {_shown(key)}")
            name = self._unquoted(key) if key.kind == "text" else key.text
            if name in fields:
                raise self._wrong(key, f"the field {name[:40]!r} is given twice")
            self._sign(":")
            fields[name] = self._value()
            if self._now.text != "}" or self._now.kind != "sign":
                self._sign(",")
        self._take()
        return fields

    def _value(self) -> str:
        token = self._take()
        if token.kind == "text":
            return self._unquoted(token)
        if token.kind == "number" or (token.kind == "name" and token.text in _WORDS):
            return "" if token.text == "null" else token.text
        raise self._wrong(token, f"a quoted text, a number, true, false or null is due, not {_shown(token)}")

    def _unquoted(self, token: _Token) -> str:
        text = _ESCAPE.sub(_escaped, token.text[1:-1]) if "\\" in token.text else token.text[1:-1]
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError as error:
            raise self._wrong(token, "half a character, as \\u escapes can make one") from error

    def _ends(self) -> None:
        """A statement ends by a semicolon; before a new line or the end of the file it may lack."""
        before = self._source.rfind("\n", 0, self._now.at)
        if self._now.text == ";" and self._now.kind == "sign":
            self._take()
        elif self._now.kind != "end" and self._source[before + 1 : self._now.at].strip():
            raise self._wrong(self._now, f"a semicolon is due, not {_shown(self._now)}")

    def _sign(self, sign: str) -> _Token:
        if self._now.kind != "sign" or self._now.text != sign:
            raise self._wrong(self._now, f"'{sign}' is due, not {_shown(self._now)}")
        return self._take()

    def _expect(self, kind: str, what: str) -> _Token:
        if self._now.kind != kind:
            raise self._wrong(self._now, f"{what} is due, not {_shown(self._now)}")
        return self._take()

    def _take(self) -> _Token:
        token = self._now
        if token.kind != "end":
            self._now = next(self._tokens)
        return token

    def _tokenised(self) -> Iterator[_Token]:
        at, end = 0, len(self._source)
        while at < end:
            match = _TOKEN.match(self._source, at)
            if match is None:
                quoted = self._source[at] in "\"'"
                what = "a text without its closing quote" if quoted else f"unreadable {self._source[at : at + 20]!r}"
                raise self._wrong(_Token("", "", at), what)
            if match.lastgroup != "space":
                yield _Token(str(match.lastgroup), match[0], at)
            at = match.end()
        yield _Token("end", "", end)

    def _place(self, at: int) -> str:
        return f"line {self._source.count(chr(10), 0, at) + 1}, column {at - self._source.rfind(chr(10), 0, at)}"

    def _wrong(self, token: _Token, what: str) -> SourceChanged:
        return SourceChanged(f"{self._where}, {self._place(token.at)}: {what}. Only arrays of flat objects are read.")


def _escaped(match: re.Match[str]) -> str:
    escape = match[1]
    if len(escape) > 1:
        return chr(int(escape[1:], 16))
    return _SHORT.get(escape, escape)


def _shown(token: _Token) -> str:
    return "the end of the file" if token.kind == "end" else repr(token.text[:40])
