"""What came in a round that was not finished, so that the next one goes on instead of beginning anew.

Each part leaves one small note at `unfinished/<publisher>/<flow>/`, written whole; the bytes lie among the snapshots.
No note counts as an answer: only the record of a finished round does. What belongs here: which parts are still good.
What does not: asking for the others (`asking`).
"""

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tradefin.errors import ReleaseDamaged
from tradefin.sources.address import public
from tradefin.sources.archive import Archive
from tradefin.sources.description import FlowDescription
from tradefin.sources.flow import Body, Flow, Request
from tradefin.sources.records import Snapshot
from tradefin.tables.store import digest_of, write_atomically


class Unfinished:
    """The parts of a flow that have come since its last finished round.

    A round is finished once its record says that it went well. One that was refused (`SourceChanged`) is asked for
    anew, but for its optional parts: those have been understood one by one.

    Args:
        archive: Keeps the bytes; its log says which rounds were finished.
        flow: The flow.
        description: Says for how long parts stay good.
    """

    def __init__(self, archive: Archive, flow: Flow, description: FlowDescription) -> None:
        self._archive = archive
        self._whose = {"publisher": flow.publisher, "flow": flow.name, "licence": description.licence}
        self._hours = description.parts.resume_hours
        self._folder = archive.store.home / "unfinished" / flow.publisher / flow.name
        self._finished: datetime | None = None
        self._refused: datetime | None = None
        if self._folder.is_dir():
            for fetch in archive.newest_first(flow.publisher, flow.name):
                if fetch.state != "failed":
                    self._finished = fetch.checked_at
                    break
                if fetch.error == "SourceChanged" and self._refused is None:
                    self._refused = fetch.checked_at

    def note(self, request: Request, snapshot: Snapshot) -> None:
        """Note that a part has come and is kept, or is still what was kept before."""
        if not self._hours:
            return
        content = {"asked_at": self._archive.now().isoformat(), "part": snapshot.as_json()}
        write_atomically(self._path(request), json.dumps(content, indent=1, ensure_ascii=False).encode())

    def take(self, request: Request) -> tuple[Snapshot, Body] | None:
        """A part that need not be asked for again, with its body; None if it must."""
        try:
            noted: dict[str, Any] = json.loads(self._path(request).read_text(encoding="utf-8"))
            asked_at = datetime.fromisoformat(noted["asked_at"])
            snapshot = Snapshot.from_json(self._whose, noted["part"], self._archive.store.home / "snapshots")
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if not self._counts(asked_at, request):
            return None
        try:
            return snapshot, self._archive.body(snapshot)
        except ReleaseDamaged:
            return None

    def clear(self) -> None:
        """Forget all notes."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _counts(self, asked_at: datetime, request: Request) -> bool:
        if self._archive.now() - asked_at >= timedelta(hours=self._hours):
            return False
        if self._finished is not None and asked_at <= self._finished:
            return False
        return request.optional or self._refused is None or asked_at > self._refused

    def _path(self, request: Request) -> Path:
        return self._folder / f"{digest_of([public(request.address), request.accept])}.json"
