"""Publish a release: every table built, every audit passed, every licence in evidence; else nothing changes.

What belongs here: the order of the steps and the reasons for refusing. What does not: how each file is written.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tradefin.errors import ContractBroken, ReleaseDamaged, RightsMissing
from tradefin.releases import contents, staging, versions
from tradefin.releases.manifest import MANIFEST, Manifest
from tradefin.releases.release import Pointer, Release
from tradefin.releases.verify import problems_of
from tradefin.tables.store import digest, disk

if TYPE_CHECKING:
    from tradefin.audit.run import TableAudit
    from tradefin.tables.builder import Builder


def publish(builder: "Builder", audits: "Iterable[TableAudit]", home: Path | None = None) -> Release:
    """Make the project's tables the current release.

    The same tables, contracts and code have the same id; if that release is there already and intact, nothing is
    written but, where needed, the pointer.

    Args:
        builder: Makes the tables.
        audits: One audit of the current version of each table.
        home: The outputs folder; the builder's own by default.

    Returns:
        The release that readers get from now on.

    Raises:
        ContractBroken: A blocking expectation failed, or a table was not audited as it is now.
        ProjectInvalid: A table has changed more than the version of its contract says, or is gone before its day.
        RightsMissing: A source has no evidence of a licence.
        ReleaseDamaged: What was written does not read back as it was written.
        Unavailable: The disk is full, read-only or broken; the former release is as it was.
    """
    home = home or builder.store.home
    audited = list(audits)
    _refuse(builder, audited)
    _refuse_without_rights(builder)
    with disk(home):
        return _publish(builder, audited, home)


def _publish(builder: "Builder", audited: "list[TableAudit]", home: Path) -> Release:
    staging.sweep(home)
    target = home / "releases" / contents.id_of(builder)
    intact = target.exists() and _intact(home, target)
    if not intact:
        before = versions.past(home, target.name)
        if target.exists():
            staging.put_aside(home, target)
        with staging.staging(home) as folder:
            manifest = contents.write(folder, builder, audited, before)
            _refuse_damaged(folder, manifest)
            if not staging.settle(folder, target):  # another run published the same content meanwhile
                _refuse_damaged(target, Manifest.from_bytes((target / MANIFEST).read_bytes(), str(target)))
    _make_current(home, target)
    return Release.open(home, target.name)


def _refuse(builder: "Builder", audits: "list[TableAudit]") -> None:
    from tradefin.audit.run import refuse

    found = {(a.table, a.sha256): a for a in audits}
    for stem in builder.contracts:
        audit = found.get((stem, builder.ref(stem).sha256))
        if audit is None:
            raise ContractBroken(f"Table {stem} has not been audited as it is now, so it may not be published.")
        if audit.blocking:
            refuse(audit)


def _refuse_without_rights(builder: "Builder") -> None:
    for slug in sorted({slug for stem in builder.contracts for slug in builder.publishers_of(stem)}):
        licences = builder.publishers[slug].licences
        if not licences:
            raise RightsMissing(
                f"{slug} has no licence in expectations/sources/{slug}.yml (address, clause, day "
                "checked, attribution), so nothing made from its figures may be published."
            )
        citations = f"source_{slug}_citations"
        if citations not in builder.source_files:
            continue
        for row in builder.table(citations).select(["source_id", "licence"]).to_pylist():
            if row["licence"] not in licences:
                raise RightsMissing(
                    f"{citations}, source_id={row['source_id']}: the licence '{row['licence']}' is not "
                    f"in expectations/sources/{slug}.yml, which has: {', '.join(sorted(licences))}."
                )


def _intact(home: Path, target: Path) -> bool:
    try:
        data = (target / MANIFEST).read_bytes()
        pointer = _pointer(home)
        if pointer and pointer.release == target.name and pointer.manifest_sha256 != digest(data):
            return False
        return not problems_of(target, Manifest.from_bytes(data, str(target)))
    except (OSError, ReleaseDamaged):
        return False


def _refuse_damaged(folder: Path, manifest: Manifest) -> None:
    if problems := problems_of(folder, manifest):
        raise ReleaseDamaged(
            "The release does not read back as it was written, and is not published:\n  " + "\n  ".join(problems)
        )


def _make_current(home: Path, target: Path) -> None:
    sha256, before = digest((target / MANIFEST).read_bytes()), _pointer(home)
    if before is None or (before.release, before.manifest_sha256) != (target.name, sha256):
        staging.point(home, Pointer(target.name, sha256, datetime.now(UTC).isoformat(timespec="seconds")))


def _pointer(home: Path) -> Pointer | None:
    try:
        return Pointer.read(home)
    except ReleaseDamaged:
        return None
