"""Security: what somebody would try through SQL, archives, messages, addresses and names, tried.

Each attack must end in one of the project's own errors, and nothing may have happened: no new file, a secret neither
read nor shown, nobody on this machine called. The attacks are in `attacks`.
"""

import json
import logging
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from unittest import mock

import pytest

import tradefin
from tests.campaigns import attacks
from tests.campaigns.figure import Figure, Progress
from tests.campaigns.targets import all_targets
from tests.publishing import publish_light
from tests.sources.bank import CSV, HOST, PUBLISHER
from tests.sources.live_bank import make_bank, rates
from tests.sources.loopback import QUICK, Loopback, Reply
from tests.tiny import make_tiny
from tests.unit.test_claims_folder import CLAIM
from tradefin.claims import folder, scaffold
from tradefin.claims.published import Published
from tradefin.errors import QueryRefused, TradefinError
from tradefin.query import query
from tradefin.releases.release import Release
from tradefin.releases.verify import verify
from tradefin.sources.flow import Request
from tradefin.sources.zipfiles import check, members
from tradefin.tables.builder import Builder

SECRET = "c0ffee-d00d-5ecret"  # noqa: S105 - nobody's
VARIABLES = ("TRADEFIN_WEBHOOK_TOKEN", "TRADEFIN_SMTP_PASSWORD", "AWS_SECRET_ACCESS_KEY")
SECONDS = 2

Attempt = Callable[[], object]


@dataclass
class Ground:
    """Where it is tried: a small release, a folder with a secret in it, an ear on this machine."""

    tiny: Builder
    release: Release
    watched: Path
    ear: "Ear"

    def filled(self, attack: str) -> str:
        """An attack with the places of this ground."""
        return attack.format(
            secret=self.watched / "secret.csv",
            new=self.watched / "new.csv",
            folder=self.watched,
            port=self.ear.port,
            db=self.release.database,
            db_name="tradefin",
            parquet=self.release.folder / "tables/rates.parquet",
            name=self.release.id,
        )

    def happened(self) -> str:
        """What should not have; empty if nothing did."""
        found = sorted(path.name for path in self.watched.rglob("*"))
        if found != ["claims", "high.sql", "high.yml", "secret.csv"]:
            return f"the folder holds {found}"
        if self.ear.heard:
            return f"{self.ear.heard} calls on loopback"
        return "" if (self.watched / "secret.csv").read_text() == f"{SECRET}\n" else "the secret was overwritten"


class Ear:
    """Listens on loopback and counts who calls."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.heard = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                self._socket.accept()[0].close()
            except OSError:
                return
            self.heard += 1

    def close(self) -> None:
        self._socket.close()


@contextmanager
def ground() -> Iterator[Ground]:
    with tempfile.TemporaryDirectory(prefix="tradefin-security-") as place, ExitStack() as stack:
        tiny = make_tiny(Path(place) / "tiny")
        watched = Path(place) / "watched"
        (watched / "claims").mkdir(parents=True)
        (watched / "secret.csv").write_text(f"{SECRET}\n")
        for name in ("high.yml", "high.sql"):
            (watched / "claims" / name).write_text(CLAIM)
        ear = Ear()
        stack.callback(ear.close)
        stack.enter_context(mock.patch.dict(os.environ, dict.fromkeys(VARIABLES, SECRET)))
        yield Ground(tiny, publish_light(tiny), watched, ear)


def attempts(at: Ground, bank: Loopback) -> Iterator[tuple[str, str, Attempt]]:
    """Kind, name and attempt."""
    home = at.tiny.store.home
    for sql in map(at.filled, attacks.SQL):
        yield "query", sql, lambda sql=sql: query(sql, home, seconds=SECONDS, megabytes=256)  # type: ignore[misc]
        yield "claim", sql, lambda sql=sql: _claim(at, sql)  # type: ignore[misc]
    for sql in attacks.BOMBS:
        yield "bomb", sql, lambda sql=sql: _bomb(at, sql)  # type: ignore[misc]
    for what, packed in attacks.archives("a.csv", b"COUNTRY,YEAR\n" * 20).items():
        yield "zip", what, lambda packed=packed: members(packed, ["a.csv"], "z")  # type: ignore[misc]
        if what in attacks.SEEN_AT_ONCE:
            yield "zip", f"{what}, looked at", lambda packed=packed: check(packed, "z")  # type: ignore[misc]
    for name in map(at.filled, attacks.NAMES):
        yield from _by_name(at, name)
    for where in attacks.LOCATIONS:
        yield "redirect", where, lambda where=where: _redirected(bank, where)  # type: ignore[misc]
    yield "redirect", "in a circle", lambda: _redirected(bank, CSV)


def _claim(at: Ground, sql: str) -> object:
    claims = at.watched / "claims"
    (claims / "high.yml").write_text(CLAIM)
    (claims / "high.sql").write_text(sql, encoding="utf-8")
    tables = Published(at.tiny.project, at.tiny.store.home)
    return folder.measured(folder.in_folder(claims, tables.verdicts), tables)


def _bomb(at: Ground, sql: str) -> object:
    """As a command, whose memory is bounded too."""
    done = subprocess.run(
        [sys.executable, "-m", "tradefin.cli", "query", sql, "--seconds", str(SECONDS), "--megabytes", "256"],
        env={**os.environ, "TRADEFIN_HOME": str(at.tiny.store.home), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode == QueryRefused.exit_code and "Traceback" not in done.stderr:
        raise QueryRefused(done.stderr)
    return f"exit code {done.returncode}: {done.stderr[-300:]}"


def _by_name(at: Ground, name: str) -> Iterator[tuple[str, str, Attempt]]:
    home, project = at.tiny.store.home, at.tiny.project
    yield "name", f"table {name!r}", lambda: tradefin.load(name, home=home)
    yield "name", f"where {name!r}", lambda: project.where(name)
    yield "name", f"claim {name!r}", lambda: scaffold.new(name, project, at.watched / "claims")
    if name:  # no name is the current one
        yield "name", f"release {name!r}", lambda: tradefin.load("rates", release=name, home=home)
        yield "name", f"verify {name!r}", lambda: verify(home, name)


def _redirected(bank: Loopback, where: str) -> object:
    bank.serve(CSV, Reply(b"", 302, (("Location", where),)))
    with bank.client(PUBLISHER, replace(QUICK, attempts=1)) as client:
        return client.get(Request(CSV, headers=(("X-Key", SECRET),)))


def xml_attempts() -> Iterator[tuple[str, str, Attempt]]:
    """Hostile messages at every door that reads XML."""
    with all_targets() as targets:
        for door, target in targets.items():
            good = next((seed for seed in target.seeds if seed.lstrip()[:5] in (b"<?xml", b"<mes:", b"<data")), None)
            for what, data in attacks.messages(good).items() if good else ():
                yield "XML", f"{door}: {what}", lambda read=target.read, data=data: read(data)  # type: ignore[misc]


def secrets_shown() -> Iterator[tuple[str, str]]:
    """Kind of place, and what stands there, after a key went to a publisher who says it aloud."""
    address = f"{CSV}?format=csv&api_key={SECRET}"
    with (
        Loopback(HOST) as publisher,
        tempfile.TemporaryDirectory(prefix="tradefin-secrets-") as place,
        pytest.MonkeyPatch.context() as patch,
        mock.patch.dict(os.environ, {**dict.fromkeys(VARIABLES, SECRET), "TRADEFIN_CONTACT": "me@bank.example"}),
        _logged() as log,
    ):
        publisher.serve(address, Reply(f"key {SECRET} is blocked".encode(), 403))
        with publisher.client(PUBLISHER, replace(QUICK, attempts=1)) as client:
            yield "error", _error(lambda: client.get(Request(address, headers=(("Authorization", SECRET),))))
        with publisher.client(PUBLISHER, replace(QUICK, attempts=1)) as client:
            yield "error", _error(lambda: client.get(Request(f"https://me:{SECRET}@{HOST}/rates.csv")))
        yield "error", _error(lambda: tradefin.connect(f"https://me:{SECRET}@127.0.0.1:9/x"))
        bank = make_bank(Path(place), publisher, patch)
        publisher.serve(CSV, rates("JP,2002,12.5", "NA,2002,3"))
        (asked,) = bank.ask()
        yield "told", str(asked)
        publish_light(bank.live())
        for path in bank.builder.store.home.rglob("*"):
            if path.is_file():
                yield "file", path.read_bytes().decode(errors="replace")
        yield "command", _doctor(bank.builder.store.home)
        yield "log", log.getvalue()


@contextmanager
def _logged() -> Iterator[StringIO]:
    """All that is logged, of any level, by anybody."""
    text, root = StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield text
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def _error(attempt: Attempt) -> str:
    try:
        return f"{SECRET}: no error, but {attempt()!r}"
    except (TradefinError, ValueError) as error:  # the second for an address that is none
        return f"{error!r} {error.__cause__!r}"


def _doctor(home: Path) -> str:
    from tradefin.doctor import examine

    with redirect_stdout(StringIO()) as out, redirect_stderr(out):
        return json.dumps([str(one) for one in examine(home)]) + out.getvalue()


def _against(at: Ground, kind: str, name: str, attempt: Attempt) -> str:
    """What an attack came to that it must not; empty if it was refused and nothing happened."""
    try:
        came = attempt()
    except TradefinError as error:
        said = "the secret is shown" if SECRET in str(error) else ""
    except Exception as error:
        said = f"a bare {error!r}"
    else:
        said = f"not refused: {str(came)[:200]}"
    said = at.happened() or said
    return f"{kind} {name[:160]!r}: {said}" if said else ""


def run(size: int, seed: int, progress: Progress) -> Figure:
    """Try all attacks, or `size` of them by chance where there are more."""
    failures: list[str] = []
    with ground() as at, Loopback(HOST) as bank:
        everything = [*attempts(at, bank), *xml_attempts()]
        chosen = random.Random(seed).sample(everything, min(size, len(everything)))  # noqa: S311 - not a secret
        for number, (kind, name, attempt) in enumerate(chosen):
            failures.append(_against(at, kind, name, attempt))
            progress(number + 1, len(chosen))
        verify(at.tiny.store.home)
    counted = Counter(kind for kind, _, _ in chosen)
    places = [*secrets_shown()]
    failures += [f"a secret stands in: {kind} {text[:200]!r}" for kind, text in places if SECRET in text]
    told = tuple(filter(None, failures))
    tried = len(chosen) + len(places)
    listed = ", ".join(f"{n} by {kind}" for kind, n in sorted(counted.items()))
    detail = f"attacks refused without a trace ({listed}), and {len(places)} places that show no secret"
    return Figure("security", tried, tried - len(told), detail, told)
