"""`tradefin iceberg`: the tables of a release listed for other engines."""

from collections import Counter
from typing import Annotated

import typer

from tradefin.asjson import print_json


def iceberg(
    release: Annotated[
        str | None, typer.Option("--release", help="Id of a release; the current one by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """List the tables in an Apache Iceberg catalogue beside the releases: the same Parquet files, none copied.

    Every release that is listed leaves a snapshot of each table, tagged with its id. Engines that read Iceberg then
    see one table set; docs/iceberg.md says how.
    """
    from tradefin.iceberg import CATALOGUE, FOLDER, write
    from tradefin.project import outputs_home

    home = outputs_home()
    listed = write(home, release)
    if as_json:
        print_json([vars(one) for one in listed])
        return
    states = Counter(one.state for one in listed)
    told = ", ".join(f"{count} {state}" for state, count in states.items())
    rows, files = (sum(getattr(one, what) for one in listed) for what in ("rows", "files"))
    print(f"{home / FOLDER / CATALOGUE}: {len(listed)} tables ({told}), {rows:,} rows in {files} Parquet files.")
