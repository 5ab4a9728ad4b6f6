"""What publishers sent, kept for ever, and the log of when they were asked.

The bytes of each answer lie once in the store; each time a publisher was asked leaves one small record at
`fetches/<publisher>/<flow>/<time>-<hash>.json`, written once and whole, with what came of it. What belongs here:
keeping and finding. What does not: asking (`asking`), reading (the publishers' modules).
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tradefin.errors import ReleaseDamaged, TradefinError
from tradefin.sources.address import public
from tradefin.sources.flow import IN_MEMORY, Body, Flow
from tradefin.sources.http import Answer
from tradefin.sources.records import Check, Fetch, LeftOut, Snapshot, State
from tradefin.tables.parquet import parquet_bytes
from tradefin.tables.store import Store, digest, digest_of, digest_of_file

_ABANDONED_SECONDS = 24 * 3600
_ROWS = ".parquet"


class Archive:
    """Snapshots and the log of fetches, on top of the store.

    Args:
        store: Where the bytes lie.
        clock: What time it is; for tests.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.store = store
        self._clock = clock

    @property
    def home(self) -> Path:
        """Folder of the records."""
        return self.store.home / "fetches"

    @property
    def incoming(self) -> Path:
        """Where large answers are written while they come: beside the snapshots that they become."""
        return self.store.home / "snapshots"

    def now(self) -> datetime:
        """What time it is."""
        return self._clock()

    def keep(self, answer: Answer, flow: Flow, licence: str) -> Snapshot:
        """Keep the bytes of an answer; the same bytes are kept once.

        Args:
            answer: A whole answer with data; if they are a file, it is moved from where it lies, in `incoming`.
            flow: What was asked for.
            licence: Id of the licence under which it comes.
        """
        data, suffix = answer.data, answer.request.suffix
        assert data is not None  # noqa: S101 - an answer "unchanged" has nothing to keep
        sha256 = digest_of_file(data) if isinstance(data, Path) else digest(data)
        path = self.store.snapshot_path(sha256, suffix)
        if path.exists() and digest_of_file(path) != sha256:
            path.unlink()  # damaged since it was written; here are the right bytes again
        if isinstance(data, Path):
            self.store.adopt_snapshot(data, sha256, suffix)
        else:
            self.store.put_snapshot(data, suffix)
        return Snapshot(
            publisher=flow.publisher,
            flow=flow.name,
            licence=licence,
            sha256=sha256,
            size=path.stat().st_size,
            path=path,
            address=public(answer.request.address),
            accept=answer.request.accept,
            answered_by=public(answer.address),
            fetched_at=self._clock(),
            etag=answer.known.etag,
            last_modified=answer.known.last_modified,
            content_type=answer.content_type,
        )

    def read(self, snapshot: Snapshot) -> bytes:
        """The bytes of a snapshot, compared with their hash.

        Raises:
            ReleaseDamaged: They are missing or are not those that were kept.
        """
        return _verified(self.store.here(snapshot.path), snapshot.sha256)

    def body(self, snapshot: Snapshot) -> Body:
        """What a snapshot holds, compared with its hash: its bytes, or its file if they are many.

        Raises:
            ReleaseDamaged: As `read`.
        """
        if snapshot.size <= IN_MEMORY:
            return self.read(snapshot)
        try:
            found = digest_of_file(self.store.here(snapshot.path))
        except OSError as error:
            raise _missing(snapshot.path, error) from error
        if found != snapshot.sha256:
            raise _damaged(snapshot.path)
        return snapshot.path

    def record(
        self,
        flow: Flow,
        licence: str,
        state: State,
        snapshots: Sequence[Snapshot],
        warnings: Sequence[str] = (),
        error: TradefinError | None = None,
        left_out: Sequence[LeftOut] = (),
        rows: Mapping[str, pa.Table] | None = None,
    ) -> Fetch:
        """Write down that a flow was asked for, and what came of it. Written once, seen whole or not at all.

        Args:
            flow: What was asked for.
            licence: Id of the licence under which it comes.
            state: What came of it.
            snapshots: The parts that came.
            warnings: Departures that are harmless by rule.
            error: Why it failed.
            left_out: Optional parts that it does without.
            rows: What was read from it for each source table; kept, so that a later connector cannot lose it.
        """
        kept = {stem: self.store.put_snapshot(parquet_bytes(table), _ROWS) for stem, table in (rows or {}).items()}
        now = self._clock()
        content = {
            "publisher": flow.publisher,
            "flow": flow.name,
            "licence": licence,
            "checked_at": now.isoformat(),
            "state": state,
            "parts": [snapshot.as_json() for snapshot in snapshots],
            "left_out": [asdict(one) for one in left_out],
            "rows": kept,
            "warnings": list(warnings),
            "error": type(error).__name__ if error else "",
            "message": str(error) if error else "",
        }
        folder = self.home / flow.publisher / flow.name
        path = folder / f"{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}-{digest_of(content)[:8]}.json"
        self.store.keep(path, json.dumps(content, indent=1, ensure_ascii=False).encode())
        return self._fetch(content, path)

    def rows_of(self, fetch: Fetch, stem: str) -> pa.Table | None:
        """What was read for a source table when the answer came; None if that was not kept.

        Args:
            fetch: A good fetch; one without new figures says what the one before it said.
            stem: The source table.

        Raises:
            ReleaseDamaged: It was kept and is missing or damaged.
        """
        for one in self.newest_first(fetch.publisher, fetch.flow):
            if one.record.name <= fetch.record.name and one.state == "changed":
                if not (sha256 := one.rows.get(stem)):
                    return None
                kept = self.store.here(self.store.snapshot_path(sha256, _ROWS))
                return pq.read_table(pa.BufferReader(_verified(kept, sha256)))
        return None

    def last(self, publisher: str, flow: str) -> Fetch | None:
        """The newest fetch of a flow that did not fail; None if there is none."""
        return next((fetch for fetch in self.newest_first(publisher, flow) if fetch.state != "failed"), None)

    def of(self, publisher: str, flow: str) -> tuple[Fetch, ...]:
        """Every fetch of a flow, the oldest first."""
        return tuple(self.newest_first(publisher, flow))[::-1]

    def all(self) -> tuple[Fetch, ...]:
        """Every fetch, the oldest first."""
        return tuple(
            sorted(
                (fetch for publisher, flow in self._flows() for fetch in self.newest_first(publisher, flow)),
                key=lambda fetch: fetch.record.name,
            )
        )

    def snapshots(self) -> tuple[Snapshot, ...]:
        """Every snapshot once, under the fetch that first brought it, the oldest first."""
        first: dict[tuple[str, str, str, str], Snapshot] = {}
        for fetch in self.all():
            for one in fetch.snapshots:
                first.setdefault((one.publisher, one.flow, one.address, one.sha256), one)
        return tuple(first.values())

    def checks(self) -> tuple[Check, ...]:
        """How each flow stands, by publisher and flow."""
        return tuple(check for publisher, flow in self._flows() if (check := self._check(publisher, flow)))

    def sweep(self) -> int:
        """Remove what a killed process left half written more than a day ago; returns how many files."""
        old = time.time() - _ABANDONED_SECONDS
        swept = 0
        home = self.store.home
        for folder in (home / "snapshots", self.home, home / "unfinished"):
            for path in folder.rglob(".writing-*"):
                with suppress(FileNotFoundError):  # another process has just finished it
                    if path.stat().st_mtime < old:
                        path.unlink()
                        swept += 1
        return swept

    def _flows(self) -> list[tuple[str, str]]:
        folders = self.store.all_here(self.home).glob("*/*")
        return sorted((path.parent.name, path.name) for path in folders if path.is_dir())

    def _check(self, publisher: str, flow: str) -> Check | None:
        newest = good = None
        for fetch in self.newest_first(publisher, flow):
            newest = newest or fetch
            if fetch.state == "failed":
                continue
            good = good or fetch
            if fetch.state == "changed":
                return _stands(newest, good, fetch)
        return _stands(newest, good, None) if newest else None

    def newest_first(self, publisher: str, flow: str) -> Iterator[Fetch]:
        """Every fetch of a flow, the newest first, read one by one."""
        folder = self.store.all_here(self.home / publisher / flow)
        for path in sorted(folder.glob("[0-9]*.json"), reverse=True):
            try:
                yield self._fetch(json.loads(path.read_text(encoding="utf-8")), path)
            except (OSError, ValueError, KeyError, TypeError):
                continue  # not a record of ours, or damaged: the others still tell what there is

    def _fetch(self, content: Mapping[str, Any], path: Path) -> Fetch:
        whose = {key: content[key] for key in ("publisher", "flow", "licence")}
        return Fetch(
            **whose,
            checked_at=datetime.fromisoformat(content["checked_at"]),
            state=content["state"],
            snapshots=tuple(
                Snapshot.from_json(whose, part, self.store.home / "snapshots") for part in content["parts"]
            ),
            warnings=tuple(content["warnings"]),
            error=content["error"],
            message=content["message"],
            record=path,
            left_out=tuple(LeftOut(**one) for one in content.get("left_out", ())),
            rows=content.get("rows", {}),
        )


def _verified(path: Path, sha256: str) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _missing(path, error) from error
    if digest(data) != sha256:
        raise _damaged(path)
    return data


def _missing(path: Path, error: OSError) -> ReleaseDamaged:
    return ReleaseDamaged(f"{path} is missing ({error}). Refresh again to fetch it anew.")


def _damaged(path: Path) -> ReleaseDamaged:
    return ReleaseDamaged(f"{path} is not what was kept. Refresh again to fetch it anew.")


def _stands(newest: Fetch, good: Fetch | None, changed: Fetch | None) -> Check:
    return Check(
        publisher=newest.publisher,
        flow=newest.flow,
        checked_at=newest.checked_at,
        good_at=good.checked_at if good else None,
        changed_at=changed.checked_at if changed else None,
        state=newest.state,
        error=newest.error,
        message=newest.message,
        warnings=good.warnings if good else (),
    )
