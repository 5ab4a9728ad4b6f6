"""Whether a publisher answers at all: one polite question each, of which only the beginning of the answer is read.

What belongs here: that question. What does not: what the answer holds (`fetch`); nothing is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from tradefin.errors import TradefinError
from tradefin.project import Project
from tradefin.sources.connectors import chosen
from tradefin.sources.description import Publisher
from tradefin.sources.http import Client


@dataclass(frozen=True)
class Reached:
    """What a publisher did when asked.

    Attributes:
        publisher: Its slug.
        host: Whom was asked.
        status: Status of the answer; 0 for none.
        message: Why there was none; empty if there was.
    """

    publisher: str
    host: str
    status: int
    message: str = ""

    @property
    def ok(self) -> bool:
        """Whether it answers as one that has something to give: with the file, or by leading elsewhere."""
        return 200 <= self.status < 400


def reach(project: Project, client_for: Callable[[Publisher], Client]) -> tuple[Reached, ...]:
    """Ask each publisher for the first thing that it serves, by the client that asks for figures.

    Args:
        project: The project's files.
        client_for: Makes the client of a publisher.
    """
    found = []
    for publisher, flows in chosen(project, None):
        request = next(request for flow in flows for request in flow.requests())
        host = httpx.URL(request.address).host
        try:
            with client_for(publisher) as client:
                found.append(Reached(publisher.publisher, host, client.status(request)))
        except TradefinError as error:
            found.append(Reached(publisher.publisher, host, 0, str(error)))
    return tuple(found)
