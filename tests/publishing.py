"""Publish the tiny project without Great Expectations: audits made by hand, a stand-in for the pages.

`python -m tests.publishing FOLDER [STEP]` does it in a process of its own and kills itself at STEP.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from tests.tiny import make_tiny
from tradefin.audit.run import CheckResult, TableAudit
from tradefin.audit.suite import Check, Severity
from tradefin.releases.manifest import Manifest
from tradefin.releases.publish import publish
from tradefin.releases.release import Release
from tradefin.tables.builder import Builder


def audits_of(builder: Builder, failing: str = "", severity: Severity = "critical") -> list[TableAudit]:
    """One audit of one check for each table as it is now; that of `failing` did not pass."""
    audits = []
    for stem, contract in builder.contracts.items():
        check = Check(
            "columns",
            "expect_table_columns_to_match_ordered_list",
            {"column_list": list(contract.columns)},
            severity=severity,
            why="the contract promises them",
        )
        result = CheckResult(check, stem != failing, "these columns", "others" if stem == failing else "these", 0)
        ref = builder.ref(stem)
        audits.append(TableAudit(stem, ref.sha256, ref.rows, (result,)))
    return audits


def write_pages(builder: Builder, audits: list[TableAudit], folder: Path) -> None:
    """What `write_docs` writes, without what costs time."""
    (folder / "data_docs").mkdir()
    (folder / "suites").mkdir()
    (folder / "checks.html").write_text(f"<p>{len(audits)} audits of {len(builder.contracts)} tables", encoding="utf-8")
    (folder / "data_docs" / "index.html").write_text("<p>docs", encoding="utf-8")
    for audit in audits:
        (folder / "suites" / f"{audit.table}.json").write_text("{}", encoding="utf-8")


def write_report(folder: Path, builder: Builder, audits: list[TableAudit], manifest: Manifest) -> None:
    """What `site.write` writes, without charts."""
    (folder / "report").mkdir()
    (folder / "report" / "index.html").write_text(f"<p>{manifest.release}", encoding="utf-8")


@contextmanager
def light() -> Iterator[None]:
    """Publish with the stand-ins for the pages."""
    from tradefin.audit import docs
    from tradefin.report import site

    with mock.patch.object(docs, "write_docs", write_pages), mock.patch.object(site, "write", write_report):
        yield


def publish_light(builder: Builder, failing: str = "") -> Release:
    """Publish with audits made by hand."""
    with light():
        return publish(builder, audits_of(builder, failing))


def writable(path: Path) -> Path:
    """A published file, made writable so that a test may spoil it."""
    path.chmod(0o644)
    return path


def flip(path: Path, at: float = 0.5) -> None:
    """Flip one bit of a file, at a fraction of its length."""
    data = bytearray(path.read_bytes())
    data[int(len(data) * at)] ^= 1
    writable(path).write_bytes(data)


def _die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(folder: str, step: str = "") -> None:
    """Publish the tiny project in `folder`; with `step`, die at that function of `staging` or `contents`."""
    from tradefin.releases import contents, staging

    builder = make_tiny(Path(folder))
    if step:
        owner = staging if hasattr(staging, step) else contents
        setattr(owner, step, _die)
    print(publish_light(builder).id)


if __name__ == "__main__":
    main(*sys.argv[1:])
