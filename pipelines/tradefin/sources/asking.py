"""All parts of one flow: pages that lead to pages, parts that it can do without, a round that goes on where one ended.

What belongs here: which parts are asked for, and which may be missing. What does not: one question (`http`), what the
answers say (`fetch`).
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from tradefin.errors import ReleaseDamaged, SourceChanged, TradefinError
from tradefin.sources.address import public, shown
from tradefin.sources.archive import Archive
from tradefin.sources.description import FlowDescription
from tradefin.sources.flow import Body, Flow, Part, Request
from tradefin.sources.http import Client
from tradefin.sources.records import Fetch, LeftOut, Snapshot
from tradefin.sources.unfinished import Unfinished

_log = logging.getLogger(__name__)


class StoppedError(Exception):
    """Somebody wants the round to end; what has come of it so far waits for the next one."""


class Asking:
    """One round of one flow.

    Args:
        client: Asks the flow's publisher.
        archive: Keeps the bytes.
        flow: What to ask for.
        description: Its limits.
        known: The last good fetch, so that the publisher may answer "unchanged"; None to ask for all bytes anew.
        stopped: Whether to ask for nothing more.

    Attributes:
        snapshots: The parts that have come.
        left_out: The optional parts that are left out.
    """

    def __init__(
        self,
        client: Client,
        archive: Archive,
        flow: Flow,
        description: FlowDescription,
        known: Fetch | None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self.snapshots: list[Snapshot] = []
        self.left_out: list[LeftOut] = []
        self._client = client
        self._archive = archive
        self._flow = flow
        self._description = description
        self._where = f"{flow.publisher}.{flow.name}"
        self._known = {(one.address, one.accept): one for one in known.snapshots} if known else {}
        self._stopped = stopped
        self._unfinished = Unfinished(archive, flow, description)
        self._asked: set[tuple[str, str]] = set()
        self._without: set[tuple[str, str]] = set()
        self._optional = self._resumed = 0

    @property
    def warnings(self) -> list[str]:
        """A sentence on each part that is left out."""
        return [f"{self._where}: left out {one.address}: {one.why}" for one in self.left_out]

    def parts(self, anew: bool = False) -> tuple[Part, ...]:
        """Ask for all of them, in order.

        Args:
            anew: Ask even for what came in a round that was not finished.

        Raises:
            StoppedError: `stopped` says so.
            Unavailable: A part did not come whole.
            SourceChanged: A part that is needed is gone, too many others are, or the way to the next one is astray.
        """
        if anew:
            self._unfinished.clear()
        parts: list[Part] = []
        waiting = self._flow.requests()
        while waiting:
            self._refuse_too_many(waiting)
            self._optional += sum(request.optional for request in waiting)
            parts += [part for request in waiting if (part := self._part(request)) is not None]
            waiting = self._more(tuple(parts))
        if self._resumed:
            _log.info("%s: %d parts had come in a round that was not finished.", self._where, self._resumed)
        return tuple(parts)

    def finished(self) -> None:
        """To be called once the round is recorded as good."""
        self._unfinished.clear()

    def _part(self, request: Request) -> Part | None:
        """One part; None if it is left out."""
        key = _key(request)
        if key in self._asked:
            raise SourceChanged(f"{self._where}: {shown(request.address)} is to be asked for twice.")
        self._asked.add(key)
        if (taken := self._unfinished.take(request)) is not None:
            snapshot, body = taken
            self._resumed += 1
        elif self._stopped():
            raise StoppedError(self._where)
        else:
            try:
                snapshot, body = self._ask(request)
            except SourceChanged as error:
                if not request.optional:
                    raise
                self._leave_out(request, str(error))
                return None
        part = Part(request, body)
        if request.optional and (why := self._illegible(part)):
            self._leave_out(request, why, snapshot.sha256)
            return None
        if taken is None:
            self._unfinished.note(request, snapshot)
        self.snapshots.append(snapshot)
        return part

    def _ask(self, request: Request) -> tuple[Snapshot, Body]:
        """One part: the bytes that are here if the publisher says they still hold, else those that it sends."""
        before = self._known.get((public(request.address), request.accept))
        body = None
        if before is not None:
            try:
                body = self._archive.body(before)
            except ReleaseDamaged:
                before = None  # ask for all of it again
        answer = self._client.get(request, before.known if before else None, self._archive.incoming)
        if answer.data is not None:
            kept = self._archive.keep(answer, self._flow, self._description.licence)
            return kept, answer.data if isinstance(answer.data, bytes) else kept.path
        assert before is not None and body is not None  # noqa: S101 - the client takes no 304 unless something is known
        return replace(before, etag=answer.known.etag, last_modified=answer.known.last_modified), body

    def _illegible(self, part: Part) -> str:
        """Why an optional part cannot be understood; empty if it can."""
        try:
            self._flow.legible(part)
        except TradefinError as error:
            return str(error)
        except Exception as error:  # input from outside may break a parser in ways that nobody has thought of
            return f"it could not be read ({type(error).__name__}: {str(error)[:300]})."
        return ""

    def _leave_out(self, request: Request, why: str, sha256: str = "") -> None:
        self._without.add(_key(request))
        self.left_out.append(LeftOut(public(request.address), why, sha256))
        share = self._description.parts.may_lack_pct
        if len(self.left_out) > max(1, self._optional * share // 100):
            first = self.left_out[0]
            raise SourceChanged(
                f"{self._where}: {len(self.left_out)} of {self._optional} parts that it could do without are gone or "
                f"not understood, which is more than {share} % ('may_lack_pct'); no more were asked for. The first is "
                f"{first.address}: {first.why}"
            )

    def _refuse_too_many(self, waiting: Sequence[Request]) -> None:
        most, due = self._description.parts.most, len(self._asked) + len(waiting)
        if due > most:
            rest = waiting[max(0, most - len(self._asked)) :]
            named = ", ".join(shown(one.address) for one in rest[:3])
            raise SourceChanged(
                f"{self._where} has {due:,} parts or more where at most {most:,} may be asked for; not asked: {named}"
                f"{f' and {len(rest) - 3:,} more' if len(rest) > 3 else ''}. If that is right, raise 'most' of its "
                f"'parts' in expectations/sources/{self._flow.publisher}.yml."
            )

    def _more(self, parts: tuple[Part, ...]) -> tuple[Request, ...]:
        """Which further parts the answers so far lead to; they come from outside, so they are looked at first."""
        try:
            more = self._flow.follow(parts)
        except TradefinError:
            raise
        except Exception as error:  # as in `_illegible`
            raise SourceChanged(
                f"{self._where}: the way to the next page could not be read "
                f"({type(error).__name__}: {str(error)[:300]})."
            ) from error
        more = tuple(request for request in more if _key(request) not in self._without)
        for request in more:
            if why := self._client.why_refused(request):
                raise SourceChanged(
                    f"{self._where}: the answer leads to {shown(request.address)}, not asked, since {why}."
                )
        return more


def _key(request: Request) -> tuple[str, str]:
    return request.address, request.accept
