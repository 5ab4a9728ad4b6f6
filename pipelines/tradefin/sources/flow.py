"""What a connector is: where to ask, how to go on, how to read the answer.

What belongs here: the shape that every publisher's module shares. What does not: any publisher.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

# What an answer consists of: its bytes, or the file that holds them if they are many.
Body = bytes | Path
IN_MEMORY = 16 << 20


@dataclass(frozen=True)
class Request:
    """One question to a publisher.

    Attributes:
        address: Where to ask; https.
        accept: Media type to ask for.
        headers: Further headers.
        suffix: Ending of the snapshot's file name.
        optional: Whether the flow makes sense without the answer; then one that is gone or not understood is left out.
        large: Whether the answer may be larger than others may, in gigabytes; its flow reads it as a file.
    """

    address: str
    accept: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    suffix: str = ".csv"
    optional: bool = False
    large: bool = False


@dataclass(frozen=True)
class Part:
    """One answer, whole.

    Attributes:
        request: The question.
        body: What was answered.
    """

    request: Request
    body: Body

    @property
    def data(self) -> bytes:
        """The bytes of the body; of a large one they are read from its file."""
        return self.body.read_bytes() if isinstance(self.body, Path) else self.body


def beginning(body: Body, size: int = 1 << 16) -> bytes:
    """The first bytes of a body."""
    if isinstance(body, Path):
        with body.open("rb") as file:
            return file.read(size)
    return body[:size]


def no_more(parts: tuple[Part, ...]) -> tuple[Request, ...]:
    """The `follow` of a flow that has but one page."""
    return ()


def as_it_is(part: Part) -> object:
    """The `legible` of a flow whose parts are not looked at one by one."""
    return None


@dataclass(frozen=True)
class Flow:
    """One table that a publisher serves, and how to get and read it.

    Attributes:
        publisher: Slug, as in `expectations/sources/<publisher>.yml`.
        name: Name of the flow there.
        requests: What to ask for first.
        parse: All parts as one table of texts with the publisher's own column ids.
        follow: What to ask for next, given what has come so far; empty when all is there.
        fallback_for: Name of the flow that this one stands in for when that one fails.
        legible: Reads one optional part alone and raises if it cannot be understood.
    """

    publisher: str
    name: str
    requests: Callable[[], tuple[Request, ...]]
    parse: Callable[[tuple[Part, ...]], pa.Table]
    follow: Callable[[tuple[Part, ...]], tuple[Request, ...]] = no_more
    fallback_for: str = ""
    legible: Callable[[Part], object] = as_it_is


def principal(name: str, flows: Iterable[Flow]) -> str:
    """Name of the flow that a flow stands in for in the end; its own if for none.

    Args:
        name: Name of the flow.
        flows: All flows of its publisher.
    """
    stands_in = {one.name: one.fallback_for for one in flows}
    seen: set[str] = set()
    while stands_in.get(name) and name not in seen:
        seen.add(name)
        name = stands_in[name]
    return name


def line_before(name: str, flows: Iterable[Flow]) -> tuple[str, ...]:
    """The flows that make a stand-in needless when they answer: those of its line that are asked before it.

    Args:
        name: Name of the flow.
        flows: All flows of its publisher, in the order in which they are asked.
    """
    flows = tuple(flows)
    before = (one.name for one in flows[: [one.name for one in flows].index(name)])
    return tuple(one for one in before if principal(one, flows) == principal(name, flows))
