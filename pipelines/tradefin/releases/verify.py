"""Is every byte of a release the one that was published?"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tradefin.errors import ReleaseDamaged
from tradefin.releases.manifest import MANIFEST, Manifest
from tradefin.releases.release import MEND, Release


@dataclass(frozen=True)
class Report:
    """What was verified.

    Attributes:
        release: Id of the release.
        tables: Number of tables.
        rows: Number of rows read back.
        files: Number of files, the manifest included.
        bytes: Their size.
    """

    release: str
    tables: int
    rows: int
    files: int
    bytes: int


def verify(home: Path, release: str | None = None) -> Report:
    """Hash every file of a release again and read every table back.

    Args:
        home: The outputs folder.
        release: Id; None verifies the current release.

    Raises:
        NotFound: There is no such release.
        ReleaseDamaged: A file is missing, changed or unknown; all of them are named.
    """
    opened = Release.open(home, release)
    if problems := problems_of(opened.folder, opened.manifest):
        listed = "\n".join(f"  {p}" for p in problems)
        raise ReleaseDamaged(f"Release {opened.id} is not as it was published:\n{listed}\n{MEND}")
    files = opened.manifest.all_files()
    size = sum(f.bytes for f in files.values()) + (opened.folder / MANIFEST).stat().st_size
    return Report(opened.id, len(opened.manifest.tables), opened.rows, len(files) + 1, size)


def problems_of(folder: Path, manifest: Manifest) -> list[str]:
    """What differs between a folder and its manifest, one line a file; empty when nothing does.

    Every Parquet file is also read back with its page checksums verified and its rows counted.
    """
    listed = manifest.all_files()
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()} - {MANIFEST}
    problems = [f"{path}: missing" for path in listed if path not in found]
    problems += [f"{path}: not part of the release" for path in found if path not in listed]
    for path in listed.keys() & found:
        data = (folder / path).read_bytes()
        if hashlib.sha256(data).hexdigest() != listed[path].sha256:
            problems.append(f"{path}: changed (sha256 differs from the manifest's)")
    spoilt = {p.split(":")[0] for p in problems}
    for table in manifest.tables.values():
        if table.path not in spoilt and (problem := _unreadable(folder / table.path, table.rows)):
            problems.append(f"{table.path}: {problem}")
    return sorted(problems)


def _unreadable(path: Path, rows: int) -> str:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            table = file.read()
    except (OSError, pa.ArrowException) as error:
        return f"cannot be read back ({error})"
    return "" if table.num_rows == rows else f"has {table.num_rows} rows where the manifest says {rows}"
