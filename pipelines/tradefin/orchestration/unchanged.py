"""Whether a run would only make the release that is current: told from bytes alone, in a fraction of a second.

What belongs here: the fingerprint of all that decides a release of the bundled figures, and what was noted under it.
What does not: live figures, whose archive a run looks through.
"""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradefin.errors import TradefinError
from tradefin.project import Project
from tradefin.releases.files import problems_of
from tradefin.releases.release import Pointer, Release
from tradefin.tables.store import Store, TableRef, digest, digest_of

if TYPE_CHECKING:
    from tradefin.orchestration.run import RunOutcome

_KIND = "runs"
_PACKAGE = Path(__file__).resolve().parent.parent


def fingerprint(project: Project) -> str:
    """Hash of all that decides a release: the project's files, our own code, the names of what is installed beside it.

    Args:
        project: The project's files.
    """
    return digest_of(
        {
            "sql": _files(project.root / "sql"),
            "expectations": _files(project.expectations),
            "bundled": _files(project.bundled),
            "code": _files(_PACKAGE, leave_out=("bundled", "_project")),
            "installed": sorted(path.name for path in _installed()),
            "python": sys.version,
        }
    )


def recall(home: Path, key: str) -> dict[str, Any] | None:
    """What a run with this fingerprint told, if its release is current and every byte as it was published.

    Args:
        home: The outputs folder.
        key: What `fingerprint` returns.

    Returns:
        The parts of a `RunOutcome`; None if a run has something to do.
    """
    from tradefin.orchestration.run import FailedCheck

    store = Store(home)
    noted = store.recall(_KIND, key)
    if noted is None:
        return None
    try:
        pointer = Pointer.read(home)  # the pointer of now: a reader would be content with the last one seen
        release = Release.open(home, pointer.release if pointer else None)
    except TradefinError:
        return None
    tables = (TableRef(table.name, table.sha256, table.rows) for table in release.manifest.tables.values())
    if (
        release.id != noted["release"]
        or not all(store.table_path(ref).exists() for ref in tables)
        or problems_of(release.whole(), release.manifest)
    ):
        return None
    return {**noted, "path": release.folder, "warnings": tuple(FailedCheck(**one) for one in noted["warnings"])}


def note(home: Path, key: str, outcome: "RunOutcome") -> None:
    """Note what a run told under its fingerprint."""
    told = {name: value for name, value in asdict(outcome).items() if name not in ("path", "seconds", "unchanged")}
    Store(home).note(_KIND, key, told)


def _files(folder: Path, leave_out: tuple[str, ...] = ()) -> dict[str, str]:
    names = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())
    wanted = (name for name in names if name.parts[0] not in leave_out and "__pycache__" not in name.parts)
    return {name.as_posix(): digest((folder / name).read_bytes()) for name in wanted}


def _installed() -> list[Path]:
    """The folders in which installed packages say what they are: name and version are in their names."""
    return [path for place in sys.path if Path(place).is_dir() for path in Path(place).glob("*.dist-info")]
