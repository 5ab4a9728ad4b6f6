"""The files of a release, written into its staging folder.

What belongs here: which files there are, and the manifest over them. What does not: when they may be published.
"""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tradefin._version import __version__
from tradefin.claims import claimreview
from tradefin.errors import ReleaseDamaged
from tradefin.releases import croissant, database, datapackage, diff, readme, versions
from tradefin.releases.answers import answers
from tradefin.releases.changes import Diff
from tradefin.releases.manifest import (
    MANIFEST,
    SUMS,
    ColumnInfo,
    Deprecation,
    FileInfo,
    Manifest,
    TableInfo,
    release_id,
)
from tradefin.releases.release import DATABASE, Release
from tradefin.releases.versions import Past
from tradefin.tables.store import digest, digest_of

if TYPE_CHECKING:
    from tradefin.audit.run import TableAudit
    from tradefin.sources.description import Publisher
    from tradefin.tables.builder import Builder
    from tradefin.tables.contract import Contract


def id_of(builder: "Builder") -> str:
    """The id of the release that the project's tables make: the same on any machine, with any number of threads."""
    tables = {stem: builder.ref(stem).sha256 for stem in builder.contracts}
    return release_id(newest_known_on(builder), tables, described_by(builder))


def newest_known_on(builder: "Builder") -> str:
    """Day on which the newest figure at hand became public, or `undated` where there are no vintages."""
    if "vintages" not in builder.contracts:
        return "undated"
    days: list[date] = builder.table("vintages").column("known_on").to_pylist()
    return max(days).isoformat()


def write(folder: Path, builder: "Builder", audits: "list[TableAudit]", before: Past) -> Manifest:
    """Write every file of a release, the manifest and the sums last.

    Args:
        folder: An empty folder.
        builder: Makes the tables.
        audits: One audit of each table.
        before: What was published before, from which the tables' versions and `diff.json` follow.

    Raises:
        ProjectInvalid: A table has changed more than the version of its contract says.
    """
    from tradefin.audit.docs import write_docs
    from tradefin.report import site

    (folder / "tables").mkdir()
    tables = {stem: _write_table(folder, builder, stem) for stem in builder.contracts}
    _write_sql(folder, builder)
    manifest = Manifest(
        release=id_of(builder),
        newest_known_on=newest_known_on(builder),
        made_by=__version__,
        described_by=described_by(builder),
        tables=tables,
        files={},
        sources=tuple(sources(builder)),
        previous=before.release.id if before.release else None,
    )
    manifest = _write_diff(folder, manifest, before)
    database.write(folder / DATABASE, builder, audits, manifest)
    package = datapackage.describe(builder, manifest)
    (folder / "datapackage.json").write_text(json.dumps(package, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    crumbs = croissant.describe(builder, manifest)
    (folder / "croissant.json").write_text(json.dumps(crumbs, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(readme.text(builder, manifest), encoding="utf-8")
    (folder / claimreview.FILE).write_text(claimreview.of_builder(builder, manifest), encoding="utf-8")
    write_docs(builder, audits, folder)
    site.write(folder, builder, audits, manifest)
    manifest = replace(manifest, files=_other_files(folder, {t.path for t in tables.values()}))
    (folder / MANIFEST).write_bytes(manifest.to_bytes())
    (folder / SUMS).write_bytes(manifest.sums(manifest.to_bytes()))
    return manifest


def _write_diff(folder: Path, manifest: Manifest, before: Past) -> Manifest:
    """Compare with the release before; returns the manifest with the versions that follow from it."""
    staged = Release(manifest.release, folder, manifest, "")
    found = diff.compare(before.release, staged, tell_damage=True) if before.release else None
    tables = versions.settle(manifest.tables, found, before, datetime.now(UTC).date())
    told = found.with_versions({n: t.version for n, t in tables.items()}) if found else None
    first = Diff(None, manifest.release, diff.LIMIT, note=before.note)
    (folder / diff.FILE).write_bytes(diff.to_json(told or first))
    return replace(manifest, tables=tables)


def _other_files(folder: Path, tables: set[str]) -> dict[str, FileInfo]:
    files = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}
    return {n: FileInfo(digest(p.read_bytes()), p.stat().st_size) for n, p in files.items() if n not in tables}


def _write_table(folder: Path, builder: "Builder", stem: str) -> TableInfo:
    ref, contract = builder.ref(stem), builder.contracts[stem]
    stored = builder.store.table_path(ref)
    data = stored.read_bytes()
    if digest(data) != ref.sha256:
        raise ReleaseDamaged(f"{stored} has changed since it was built. Delete it and run again.")
    path = f"tables/{stem}.parquet"
    (folder / path).write_bytes(data)
    columns = tuple(
        ColumnInfo(n, c.type, c.unit, c.text or c.unit, c.optional, c.codelist, c.known_from)
        for n, c in contract.columns.items()
    )
    shape = builder.shape(stem)
    return TableInfo(
        name=stem,
        layer=contract.layer,
        rows=ref.rows,
        description=contract.text,
        one_row_is=contract.one_row_is,
        key=contract.key,
        columns=columns,
        version=contract.version,
        contract_version=contract.version,
        deprecated=_deprecation(contract),
        path=path,
        sha256=ref.sha256,
        bytes=len(data),
        inputs=builder.inputs(stem),
        sorted_by=contract.sorted_by,
        as_of=shape.days if shape else None,
        sql=f"sql/{contract.layer}/{stem}.sql" if stem in builder.project.sql_files else "",
    )


def _deprecation(contract: "Contract") -> Deprecation | None:
    gone = contract.deprecated
    return Deprecation(gone.since.isoformat(), gone.until.isoformat(), gone.replaced_by) if gone else None


def _queries(builder: "Builder") -> dict[str, Path]:
    """Every query behind the release, by its place there; the ledger has one for each claim, not for each table."""
    project = builder.project
    files = [*project.sql_files.values(), *project.claim_sql_files.values()]
    return {f"sql/{path.parent.name}/{path.name}": path for path in files}


def _write_sql(folder: Path, builder: "Builder") -> None:
    for name, path in _queries(builder).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(path.read_bytes())


def sources(builder: "Builder") -> list[dict[str, object]]:
    """Publishers behind the release: licences, and the hash of every file that was read, as it was and as a table.

    Where live figures count, `answers` lists the files that the publisher has sent, with address and time.
    """
    live = answers(builder)
    used = {stem for stem in builder.closure(list(builder.contracts)) if stem in builder.source_files}
    found = []
    for slug, publisher in sorted(builder.publishers.items()):
        files = {
            name: {"snapshot_sha256": digest(path.read_bytes()), "table_sha256": builder.ref(stem).sha256}
            for stem, (owner, name, path) in sorted(builder.source_files.items())
            if stem in used and owner.publisher == slug
        }
        if files:
            found.append({**_about(publisher), "files": files, **({"answers": live[slug]} if slug in live else {})})
    return found


def described_by(builder: "Builder") -> str:
    """Hash of what decides files other than tables: contracts, publishers and their answers, codelists, SQL, code."""
    return digest_of(
        {
            "contracts": {stem: c.model_dump(mode="json") for stem, c in builder.contracts.items()},
            "publishers": [_about(p) for p in builder.publishers.values()],
            "codelists": {stem: builder.ref(stem).sha256 for stem in builder.codelist_files},
            "sql": {name: digest(path.read_bytes()) for name, path in _queries(builder).items()},
            "code": _code(),
            **({"answers": live} if (live := answers(builder)) else {}),
        }
    )


def _about(publisher: "Publisher") -> dict[str, object]:
    return publisher.model_dump(mode="json", include={"publisher", "name", "landing_page", "cadence", "licences"})


@cache
def _code() -> str:
    package = Path(__file__).resolve().parent.parent
    kinds = (".py", ".json", ".html", ".j2", ".css", ".js")
    files = sorted(
        f for d in ("releases", "audit", "claims", "report") for f in (package / d).rglob("*") if f.suffix in kinds
    )
    return digest_of([__version__, *(digest(f.read_bytes()) for f in files)])
