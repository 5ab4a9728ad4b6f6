"""The archive of live answers as it was at earlier moments, in a private copy, so that a release can be made again.

A release says which source tables it was made from, not when; the log of fetches only ever grows. So the copy starts
with all of it and gives back the newest record, one at a time. What belongs here: the copy. What does not: deciding
which moment is the release's (`reproduce`).
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from tradefin.tables.store import Store


def moments(home: Path, folder: Path) -> Iterator[Store]:
    """A store whose archive is that of `home` today, then without its newest record, and so on; it is always the same.

    Args:
        home: The outputs folder; nothing in it is changed.
        folder: An empty folder for the copy. The bytes of snapshots are linked, not copied: their hashes are compared
            when they are read.
    """
    store = Store(home)
    fetches = store.all_here(home / "fetches").glob("*/*/[0-9]*.json")
    records = sorted(fetches, key=lambda p: (p.name, p.parts))
    if not records:
        return
    (folder / "snapshots").mkdir(parents=True)
    for path in store.all_here(home / "snapshots").glob("[0-9a-f]*"):
        (folder / "snapshots" / path.name).symlink_to(path.resolve())
    copies = []
    for path in records:
        copy = folder / path.relative_to(home)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copies.append(Path(shutil.copyfile(path, copy)))
    while copies:
        yield Store(folder)
        newest = copies.pop()
        newest.unlink()
        if not any(newest.parent.iterdir()):
            newest.parent.rmdir()
