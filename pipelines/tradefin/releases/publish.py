"""Publish a release: every table built, every audit passed, every licence in evidence; else nothing changes.

What belongs here: the order of the steps and the reasons for refusing. What does not: how each file is written.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tradefin.addresses import address_of
from tradefin.errors import ContractBroken, Overtaken, ReleaseDamaged, RightsMissing
from tradefin.releases import contents, shelf, staging, versions
from tradefin.releases.manifest import MANIFEST, Manifest
from tradefin.releases.release import POINTER, Pointer, Release
from tradefin.releases.verify import problems_of
from tradefin.tables.mirror import Mirror
from tradefin.tables.store import Store, digest, disk

if TYPE_CHECKING:
    from tradefin.audit.run import TableAudit
    from tradefin.tables.builder import Builder


def publish(
    builder: "Builder", audits: "Iterable[TableAudit]", home: Path | None = None, former: str | None = None
) -> Release:
    """Make the project's tables the current release.

    The same tables, contracts and code have the same id; if that release is there already and intact, nothing is
    written but, where needed, the pointer. Of several publishers at once one writes, the others wait; whoever comes
    later has its release written as well, but does not put it in place of one that it did not begin from.

    Args:
        builder: Makes the tables.
        audits: One audit of the current version of each table.
        home: The outputs folder; the builder's own by default.
        former: Id of the release that was current when the run began, see `current`; by default the one of now.

    Returns:
        The release that readers get from now on.

    Raises:
        ContractBroken: A blocking expectation failed, or a table was not audited as it is now.
        ProjectInvalid: A table has changed more than the version of its contract says, or is gone before its day.
        RightsMissing: A source has no evidence of a licence.
        ReleaseDamaged: What was written does not read back as it was written.
        Overtaken: Another run has made another release current meanwhile; this one is whole, and stays.
        Unavailable: The disk is full, read-only or broken, or another run does not come to its end; the former release
            is as it was.
    """
    home = home or builder.store.home
    former = current(home) if former is None else former
    audited = list(audits)
    _refuse(builder, audited)
    _refuse_without_rights(builder)
    with disk(home):
        return _publish(builder, audited, home, former)


def current(home: Path) -> str:
    """Id of the release that readers get now, or the empty text: what a run begins from.

    Args:
        home: The outputs folder.
    """
    pointer, _ = _pointed(home)
    return pointer.release if pointer else ""


def _publish(builder: "Builder", audited: "list[TableAudit]", home: Path, former: str) -> Release:
    staging.sweep(home)
    target, mirror = home / "releases" / contents.id_of(builder), Mirror.of(home)
    there = mirror is None or shelf.is_whole(mirror, target)
    if mirror and there:  # made here, or by another machine
        Release.open(home, target.name).whole()
    if not there or current(home) != target.name or not _intact(home, target):
        with staging.alone(home):
            if not _intact(home, target):
                _write(builder, audited, home, target)
            if mirror and not shelf.settle(mirror, target):  # another publisher's files were there first
                staging.put_aside(home, target)
                Release.open(home, target.name).whole()
            _make_current(home, target, former)
    return Release.open(home, target.name)


def _write(builder: "Builder", audited: "list[TableAudit]", home: Path, target: Path) -> None:
    before = versions.past(home, target.name)
    if target.exists():
        staging.put_aside(home, target)
    with staging.staging(home) as folder:
        manifest = contents.write(folder, builder, audited, before)
        _refuse_damaged(folder, manifest)
        if not staging.settle(folder, target):  # where no lock holds, another run may have published the same
            _refuse_damaged(target, Manifest.from_bytes((target / MANIFEST).read_bytes(), str(target)))


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
        pointer, _ = _pointed(home)
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


def _make_current(home: Path, target: Path, former: str) -> None:
    sha256 = digest((target / MANIFEST).read_bytes())
    while True:
        before, seen = _pointed(home)
        if before and (before.release, before.manifest_sha256) == (target.name, sha256):
            return
        if before and before.release not in (former, target.name):
            raise Overtaken(
                f"Another run made {before.release} the current release of {address_of(home) or home} while this "
                f"run was at work, which began from {former or 'no release'}. Its own release {target.name} is whole "
                "and listed by `tradefin releases`, but not current. Run again, which takes in what has come "
                f"meanwhile; `tradefin diff {before.release} {target.name}` shows what differs now."
            )
        pointer = Pointer(target.name, sha256, datetime.now(UTC).isoformat(timespec="seconds"))
        if staging.point(home, pointer, seen):
            return


def _pointed(home: Path) -> tuple[Pointer | None, str]:
    """The pointer of now, None where there is none that can be read, and the tag of its file."""
    data, seen = Store(home).look(home / POINTER)
    try:
        return (Pointer.from_bytes(data, POINTER) if data else None), seen
    except ReleaseDamaged:
        return None, seen
