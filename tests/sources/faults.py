"""Everything that a publisher may do wrong, how it is served, and what must come of it.

`tests/sources/test_faults.py` runs all of it against one source, `test_run_live.py` beside another that is well.
`python -m tests.sources.faults` writes the page for the docs from the same list.
"""

import gzip
from dataclasses import dataclass
from pathlib import Path

from tests.sources.bank import ELSEWHERE, GOOD, HEADER, HOST, text, zipped
from tests.sources.loopback import Reply
from tradefin.errors import SourceChanged, TradefinError, Unavailable

PAGE = b"<!DOCTYPE html><html><head><title>We are moving</title></head><body>Come back later</body></html>"


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        name: What it is called.
        served: How the loopback publisher does it.
        error: The class of the error that must be raised.
        says: What its message must contain.
        replies: What is served, one after the other.
        zipped: Whether it happens to the flow whose answer is a zip.
        self_signed: Whether the publisher's certificate is its own.
        attempts: How often the publisher is asked in all.
    """

    name: str
    served: str
    error: type[TradefinError]
    says: str
    replies: tuple[Reply, ...]
    zipped: bool = False
    self_signed: bool = False
    attempts: int = 1

    @property
    def hasty(self) -> bool:
        """Whether it is a matter of time, so that a test need not have much patience."""
        return any("drip" in reply.how or reply.how == "silent" for reply in self.replies)


def _zip(*, cut: int = 0, **files: bytes) -> tuple[Reply, ...]:
    data = zipped({name.replace("_dot_", "."): data for name, data in files.items()} or None)
    return (Reply(data[: len(data) - cut] if cut else data),)


FAULTS = (
    Fault("404", "404 Not Found", SourceChanged, "Nothing is there any more", (Reply(b"not here", 404),)),
    Fault("410", "410 Gone", SourceChanged, "has removed it", (Reply(b"", 410),)),
    Fault("403", "403 Forbidden with a page", SourceChanged, "titled 'We are moving'", (Reply(PAGE, 403),)),
    Fault(
        "429 with Retry-After",
        "429 Too Many Requests, Retry-After: 7, every time",
        Unavailable,
        "asks to wait 7 seconds",
        (Reply(b"", 429, (("Retry-After", "7"),)),),
        attempts=3,
    ),
    Fault(
        "429 with a long Retry-After",
        "429 Too Many Requests, Retry-After: 86400: longer than is waited",
        Unavailable,
        "asks to wait 86400 seconds",
        (Reply(b"", 429, (("Retry-After", "86400"),)),),
    ),
    Fault("500", "500 every time", Unavailable, "Asked 3 times", (Reply(b"", 500),), attempts=3),
    Fault(
        "time-out", "takes the request and says nothing", Unavailable, "time-out", (Reply(how="silent"),), attempts=3
    ),
    Fault("drip-feed", "a byte of the body every 50 ms", Unavailable, "seconds in total", (Reply(GOOD, how="drip"),)),
    Fault(
        "drip-feed of headers",
        "a byte of a header every 50 ms",
        Unavailable,
        "seconds in total",
        (Reply(GOOD, how="drip headers"),),
    ),
    Fault(
        "truncated body",
        "half of the bytes that Content-Length states",
        Unavailable,
        "cut short",
        (Reply(GOOD, how="cut"),),
        attempts=3,
    ),
    Fault(
        "truncated chunks",
        "the first of two chunks and no last one",
        Unavailable,
        "cut short",
        (Reply(GOOD, how="chunked and cut"),),
        attempts=3,
    ),
    Fault(
        "truncated gzip",
        "half of a gzip stream, its length stated as if it were all",
        Unavailable,
        "cut short",
        (Reply(gzip.compress(GOOD)[:60], headers=(("Content-Encoding", "gzip"),)),),
        attempts=3,
    ),
    Fault(
        "gzip bomb",
        "64 MB of zeros packed to 64 kB",
        SourceChanged,
        "larger than",
        (Reply(gzip.compress(bytes(64 << 20), 9), headers=(("Content-Encoding", "gzip"),)),),
    ),
    Fault("too large", "6 MB where 4 MB are allowed", SourceChanged, "larger than", (Reply(bytes(6 << 20)),)),
    Fault(
        "unasked packing",
        "Content-Encoding: br though only gzip was asked for",
        SourceChanged,
        "packed as 'br'",
        (Reply(GOOD, headers=(("Content-Encoding", "br"),)),),
    ),
    Fault("empty answer", "200 with no bytes", SourceChanged, "with nothing in it", (Reply(b""),)),
    Fault("204", "204 No Content", SourceChanged, "204", (Reply(b"", 204),)),
    Fault("truncated zip", "a zip without its last 40 bytes", Unavailable, "cut short", _zip(cut=40), zipped=True),
    Fault("HTML instead of CSV", "200 with a web page", SourceChanged, "titled 'We are moving'", (Reply(PAGE),)),
    Fault("HTML instead of a zip", "200 with a web page", SourceChanged, "HTML", (Reply(PAGE),), zipped=True),
    Fault("200 with no rows", "the header alone", SourceChanged, "no rows", (Reply(f"{HEADER}\n".encode()),)),
    Fault(
        "far fewer rows",
        "8 of 20 rows",
        SourceChanged,
        "more than half are missing",
        (Reply(b"\n".join(GOOD.splitlines()[:9])),),
    ),
    Fault(
        "redirect to another host",
        f"302 to https://{ELSEWHERE}/rates.csv",
        SourceChanged,
        "was not followed",
        (Reply(b"", 302, (("Location", f"https://{ELSEWHERE}/rates.csv"),)),),
    ),
    Fault(
        "redirect away from TLS",
        f"302 to http://{HOST}/rates.csv",
        SourceChanged,
        "only https",
        (Reply(b"", 302, (("Location", f"http://{HOST}/rates.csv"),)),),
    ),
    Fault(
        "redirect for ever",
        "302 to itself",
        SourceChanged,
        "redirects more than 5 times",
        (Reply(b"", 302, (("Location", "/rates.csv"),)),),
        attempts=6,
    ),
    Fault(
        "self-signed TLS",
        "a certificate that nobody vouches for",
        Unavailable,
        "self-signed certificate",
        (Reply(GOOD),),
        self_signed=True,
        attempts=0,
    ),
    Fault(
        "renamed column",
        "OBS_VALUE is called VALUE",
        SourceChanged,
        "column VALUE is new and OBS_VALUE is gone: renamed?",
        (text("OBS_VALUE", "VALUE"),),
    ),
    Fault(
        "added column",
        "a column CONF_STATUS in every row",
        SourceChanged,
        "column is new: CONF_STATUS",
        (
            Reply(
                b"\n".join(f"{line},F".encode() for line in GOOD.decode().split()).replace(
                    b"VALUE,F", b"VALUE,CONF_STATUS"
                )
            ),
        ),
    ),
    Fault(
        "dropped column",
        "no column TIME_PERIOD",
        SourceChanged,
        "column is gone: TIME_PERIOD",
        (Reply(b"\n".join(b",".join(line.split(b",")[:1] + line.split(b",")[2:]) for line in GOOD.splitlines())),),
    ),
    Fault(
        "retyped column",
        "n.a. where a number was",
        SourceChanged,
        "OBS_VALUE holds 1 values that are not numbers, e.g. 'n.a.' (COUNTRY=JP, TIME_PERIOD=2000",
        (text("JP,2000,6,10.50", "JP,2000,6,n.a."),),
    ),
    Fault(
        "changed unit",
        "UNIT_MULT is 3 (thousands) in every row",
        SourceChanged,
        "UNIT_MULT is '3' in 20 of 20 rows where it is always '6'",
        (text(",6,", ",3,"),),
    ),
    Fault(
        "changed encoding",
        "UTF-16",
        SourceChanged,
        "looks like UTF-16",
        (Reply(GOOD.decode().encode("utf-16")),),
    ),
    Fault(
        "changed encoding, one byte a character",
        "Latin-1",
        SourceChanged,
        "looks like Latin-1",
        (Reply(GOOD.decode().replace("JP", "Côte").encode("latin-1")),),
    ),
    Fault("changed delimiter", "semicolons", SourceChanged, "a semicolon seems to", (text(",", ";"),)),
    Fault(
        "zip bomb",
        "a member of 7 MB that is packed to 7 kB",
        SourceChanged,
        "as zip bombs do",
        _zip(rates_dot_csv=bytes(7 << 20)),
        zipped=True,
    ),
    Fault(
        "../ member",
        "a zip with ../rates.csv beside rates.csv",
        SourceChanged,
        "leads out of its folder",
        (Reply(zipped({"rates.csv": GOOD, "../rates.csv": GOOD})),),
        zipped=True,
    ),
    Fault(
        "renamed member",
        "a zip with values.csv instead of rates.csv",
        SourceChanged,
        "It holds: values.csv",
        _zip(values_dot_csv=GOOD),
        zipped=True,
    ),
)


def markdown() -> str:
    """The table of faults for the docs."""
    lines = ["| what goes wrong | how it is served | error | asked | its message says |", "|---|---|---|---|---|"]
    lines += [
        f"| {f.name} | {f.served} | `{f.error.__name__}` | {f.attempts or 'refused before asking'} | {f.says} |"
        for f in FAULTS
    ]
    return "\n".join(lines) + "\n"


PAGE_FILE = Path(__file__).resolve().parents[2] / "docs" / "source-faults.md"

ABOUT = """\
# What goes wrong with a source, and what comes of it

Made by `python -m tests.sources.faults` from the list that the tests run: each line is served by a publisher on the
machine itself, over TLS, to the client that asks the real ones. In every case

* the error is of the class shown, and its message holds the words shown (`Unavailable`: may pass, exit code 3;
  `SourceChanged`: somebody has to look, exit code 4; see [operations.md](operations.md));
* the failure is recorded, with the bytes that came, and shows in `tradefin status`, in the table `source_states` and as
  a red check in Dagster;
* the last good figures stay in use, the other sources are fetched and released, no half-written file is ever seen;
* once the publisher is well again, the next run says so.

A flow of many parts, such as the WTO's file of disputes with a page for each, can do without some: one that is gone,
empty or not understood (what is `SourceChanged` below) is left out with a warning that names it, and the figures that
it would have told keep their earlier edition. If more are missing than the source's file allows (`may_lack_pct`), the
source has changed. A round that was `Unavailable` half way, or killed, goes on where it ended (`resume_hours`).
`test_asking.py` and `test_wto_missing.py` run these.

"asked" is how often the publisher was asked in a test that allows three attempts; the default allows five.

"""


def page() -> str:
    """The page for the docs."""
    return ABOUT + markdown()


if __name__ == "__main__":
    PAGE_FILE.write_text(page(), encoding="utf-8")
