"""Is every byte of a release the one that was published, and does each of its forms tell the same?"""

import json
from dataclasses import dataclass
from pathlib import Path

from tradefin.errors import ProjectInvalid, ReleaseDamaged
from tradefin.releases import database, datapackage, files
from tradefin.releases.manifest import MANIFEST, SUMS, Manifest, TableInfo
from tradefin.releases.release import DATABASE, MEND, Release

PACKAGE = "datapackage.json"


@dataclass(frozen=True)
class Report:
    """What was verified.

    Attributes:
        release: Id of the release.
        tables: Number of tables.
        rows: Number of rows read back.
        files: Number of files, the manifest and the sums included.
        bytes: Their size.
    """

    release: str
    tables: int
    rows: int
    files: int
    bytes: int


def verify(home: Path, release: str | None = None) -> Report:
    """Hash every file of a release again, read every table back, compare the database and the data package with them.

    Opening the release has by then compared the pointer with the manifest, and the id with the tables that it lists.

    Args:
        home: The outputs folder.
        release: Id; None verifies the current release.

    Raises:
        NotFound: There is no such release.
        ReleaseDamaged: A file is missing, changed or unknown, or two forms of a table differ; all of them are named.
    """
    opened = Release.open(home, release)
    if problems := problems_of(opened.whole(anew=True), opened.manifest):
        listed = "\n".join(f"  {p}" for p in problems)
        raise ReleaseDamaged(f"Release {opened.id} is not as it was published:\n{listed}\n{MEND}")
    published = opened.manifest.all_files()
    size = sum(f.bytes for f in published.values()) + sum((opened.folder / n).stat().st_size for n in (MANIFEST, SUMS))
    return Report(opened.id, len(opened.manifest.tables), opened.rows, len(published) + 2, size)


def problems_of(folder: Path, manifest: Manifest) -> list[str]:
    """What differs between a folder and its manifest, one line a file; empty when nothing does.

    First the bytes. Where those are right: every Parquet file is read back with its page checksums verified, the
    database must hold the same rows, the data package must keep its form and describe the same files.
    """
    problems = files.problems_of(folder, manifest)
    if problems:
        return problems
    for table in manifest.tables.values():
        if problem := _unreadable(folder / table.path, table):
            problems.append(f"{table.path}: {problem}")
    if not problems:
        problems = [*database.problems_of(folder / DATABASE, manifest), *_package_problems(folder, manifest)]
    return sorted(problems)


def _unreadable(path: Path, table: TableInfo) -> str:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            read = file.read()
    except (OSError, pa.ArrowException) as error:
        return f"cannot be read back ({error})"
    if read.num_rows != table.rows:
        return f"has {read.num_rows} rows where the manifest says {table.rows}"
    columns = [c.name for c in table.columns]
    return "" if read.column_names == columns else f"has the columns {', '.join(read.column_names)}, not the manifest's"


def _package_problems(folder: Path, manifest: Manifest) -> list[str]:
    try:
        package = json.loads((folder / PACKAGE).read_bytes())
        datapackage.validate(package)
    except (OSError, ValueError, ProjectInvalid) as error:
        return [f"{PACKAGE}: {error}"]
    problems = [] if package.get("version") == manifest.release else [f"{PACKAGE}: describes {package.get('version')}"]
    described = {r["name"]: (r["path"], r.get("hash"), r.get("rows")) for r in package["resources"]}
    wanted = {t.name: (t.path, f"sha256:{t.sha256}", t.rows) for t in manifest.tables.values()}
    differing = sorted(n for n in described.keys() | wanted.keys() if described.get(n) != wanted.get(n))
    return [*problems, *(f"{PACKAGE}: describes the table {name} unlike the manifest" for name in differing)]
