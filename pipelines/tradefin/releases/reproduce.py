"""Make a release again from what it was made from, and compare the bytes of every table.

Everything is built in a private temporary store, so nothing is taken from what was built before. What belongs here:
the second build, the comparison, and what explains a difference. What does not: printing (`commands.reproduce`).
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tradefin._version import __version__
from tradefin.errors import TradefinError
from tradefin.project import CODELIST, Project
from tradefin.releases.moments import moments
from tradefin.releases.release import Release
from tradefin.tables.builder import Builder
from tradefin.tables.inputs import CORRECTIONS
from tradefin.tables.store import Store, digest

SAME, DIFFERENT, NOT_MADE, NEW = "same", "different", "cannot be made", "not in the release"


@dataclass(frozen=True)
class TableOutcome:
    """What came of one table.

    Attributes:
        table: Its name.
        state: `same` bytes, `different`, `cannot be made` here, or made here but `not in the release`.
        published: sha256 of its published Parquet file; empty for a table that the release does not have.
        made: sha256 of the one made again; empty if it cannot be made.
        message: Why it cannot be made.
    """

    table: str
    state: str
    published: str
    made: str
    message: str = ""


@dataclass(frozen=True)
class Reproduction:
    """A release made again.

    Attributes:
        release: Its id.
        tables: Each of its tables.
        made_from: `bundled` figures alone, or the `snapshots` that publishers have sent as well.
        differs: What is not here as it was when the release was made, one sentence each, with what to do.
    """

    release: str
    tables: tuple[TableOutcome, ...]
    made_from: str
    differs: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether every table of the release came out with the same bytes."""
        return all(t.state in (SAME, NEW) for t in self.tables)


def reproduce(home: Path, release: str | None = None, project: Project | None = None) -> Reproduction:
    """Build every table of a release again and compare its bytes.

    A release of the bundled figures needs the code that made it and nothing else. One with live figures needs the
    snapshots below the same outputs folder as well; those that came after it are left aside.

    Args:
        home: The outputs folder.
        release: Id; None for the current release.
        project: The project; by default the one that this code runs from.

    Raises:
        NotFound: There is no such release.
        ReleaseDamaged: Its manifest is not the one that was published.
    """
    opened, project = Release.open(home, release), project or Project.find()
    with tempfile.TemporaryDirectory(prefix="tradefin-reproduce-") as folder:
        builder = _builder(opened, project, home, Path(folder))
        tables = tuple(_outcomes(opened, builder))
        made_from = "snapshots" if builder.live else "bundled"
        return Reproduction(opened.id, tables, made_from, tuple(_differences(opened, builder)))


def leaves(release: Release) -> dict[str, str]:
    """sha256 of what a release was made from and does not hold: files of publishers, states of the archive."""
    tables = release.manifest.tables
    return {n: sha for t in tables.values() for n, sha in t.inputs.items() if n not in tables}


def _builder(release: Release, project: Project, home: Path, folder: Path) -> Builder:
    """A builder whose source tables are those of the release, if what is at hand can give them."""
    builder = Builder(project, Store(folder / "bundled"))
    wanted = leaves(release)
    if not _unlike(builder, wanted):
        return builder
    today = None
    for store in moments(home, folder / "live"):
        live = Builder(project, store, live=True)
        if not _unlike(live, wanted):
            return live
        today = today or live
    return today or builder  # the nearest that there is: the comparison tells what is missing


def _unlike(builder: Builder, wanted: dict[str, str]) -> list[str]:
    """Source tables that are not here as the release had them."""
    found = []
    for stem, sha256 in sorted(wanted.items()):
        try:
            if builder.ref(stem).sha256 != sha256:
                found.append(stem)
        except TradefinError:
            found.append(stem)
    return found


def _outcomes(release: Release, builder: Builder) -> Iterator[TableOutcome]:
    published = {name: table.sha256 for name, table in release.manifest.tables.items()}
    for name in [*published, *(stem for stem in builder.contracts if stem not in published)]:
        sha256 = published.get(name, "")
        try:
            made = builder.ref(name).sha256
        except TradefinError as error:
            yield TableOutcome(name, NOT_MADE, sha256, "", str(error))
            continue
        state = NEW if not sha256 else SAME if made == sha256 else DIFFERENT
        yield TableOutcome(name, state, sha256, made)


def _differences(release: Release, builder: Builder) -> Iterator[str]:
    manifest, project = release.manifest, builder.project
    if manifest.made_by != __version__:
        made_by = manifest.made_by
        yield f"The release was made by tradefin {made_by}, this is {__version__}: check out v{made_by}."
    here = {
        f"sql/{p.parent.name}/{p.name}": p for p in [*project.sql_files.values(), *project.claim_sql_files.values()]
    }
    there = {name: file.sha256 for name, file in manifest.files.items() if name.startswith("sql/")}
    for name in sorted(here.keys() | there.keys()):
        if name not in there or name not in here:
            yield f"{name} is {'here but not in the release' if name in here else 'in the release but not here'}."
        elif digest(here[name].read_bytes()) != there[name]:
            copy = release.whole() / name
            yield (
                f"{name} is not the query of the release: `git log --find-object=$(git hash-object {copy}) -- {name}` "
                "names the commits that brought it and took it away."
            )
    yield from _other_contracts(release, builder)
    yield from _lost_answers(release)
    yield from _other_leaves(release, builder)


def _other_contracts(release: Release, builder: Builder) -> Iterator[str]:
    for name, table in release.manifest.tables.items():
        contract = builder.contracts.get(name)
        if contract is None:
            yield f"The table {name} has no contract here."
        elif contract.version != table.contract_version:
            published = table.contract_version
            yield f"The contract of {name} has the version {contract.version} here, {published} in the release."
        elif [(n, c.type) for n, c in contract.columns.items()] != [(c.name, c.type) for c in table.columns]:
            yield f"The contract of {name} has other columns here under the same version, {table.contract_version}."


def _lost_answers(release: Release) -> Iterator[str]:
    """What publishers had sent and is not at hand any more, or not as it was."""
    home = release.folder.parents[1]
    folder = Store(home).all_here(home / "snapshots")
    for source in release.manifest.sources:
        for answer in source.get("answers", ()):
            sha256 = answer["snapshot_sha256"]
            if not any(digest(path.read_bytes()) == sha256 for path in folder.glob(f"{sha256}.*")):
                yield (
                    f"The snapshot {sha256} ({source['publisher']}.{answer['flow']}, sent on "
                    f"{answer['fetched_at'][:10]} by {answer['address']}) is missing or damaged."
                )


def _other_leaves(release: Release, builder: Builder) -> Iterator[str]:
    hashes = {
        f"source_{s['publisher']}_{name}": file["snapshot_sha256"]
        for s in release.manifest.sources
        for name, file in s["files"].items()
    }
    unlike = _unlike(builder, leaves(release))
    for stem in unlike:
        if stem == CORRECTIONS:
            yield "The corrections in expectations/corrections/ are not those that the release was made with."
            continue
        if CORRECTIONS in unlike and stem in builder.corrections:
            continue  # it has been told why
        if stem not in builder.source_files:
            yield f"{stem} is not as it was: the log of what publishers answered is another, or is missing."
            continue
        path = builder.source_files[stem][2]
        sha256 = hashes.get(stem, "")
        if not path.exists() or digest(path.read_bytes()) != sha256:
            place = f"{path.parent.name}/{path.name}"
            yield f"The bundled file {place} is not the one that the release was made from (sha256 {sha256})."
        else:
            yield (
                f"{stem}: the release holds figures that publishers sent, whose snapshots are not below "
                "snapshots/ and fetches/ of these outputs as they were. Copy both from where the release was made."
            )
    for name, table in release.manifest.tables.items():
        if name.startswith(CODELIST) and name in builder.codelist_files and builder.ref(name).sha256 != table.sha256:
            yield f"The codelist {name.removeprefix(CODELIST)} is not as it was."
