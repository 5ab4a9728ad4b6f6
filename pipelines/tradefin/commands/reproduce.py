"""`tradefin reproduce`: make a release again and compare the bytes."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from tradefin.asjson import print_json

if TYPE_CHECKING:
    from tradefin.releases.reproduce import Reproduction


def reproduce(
    release: Annotated[str | None, typer.Argument(help="Id of a release; the current one by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Make a release again from its snapshots and compare the hash of every Parquet file.

    Ends with 7 if any differs, and says what is not as it was: code, queries, contracts, bundled files or snapshots.
    """
    from tradefin.project import outputs_home
    from tradefin.releases.reproduce import reproduce as again

    found = again(outputs_home(), release)
    if as_json:
        print_json({**asdict(found), "same": found.same})
    else:
        _show(found)
    if not found.same:
        raise typer.Exit(7)


def _show(found: "Reproduction") -> None:
    from tradefin.terminal import print_table

    print_table(
        ("Table", "", "Published", "Made again"),
        [(t.table, t.state, t.published[:12], t.made[:12]) for t in found.tables],
    )
    for table in found.tables:
        if table.message:
            print(f"{table.table}: {table.message}")
    for sentence in found.differs:
        print(sentence)
    alike = sum(t.state == "same" for t in found.tables)
    there = sum(bool(t.published) for t in found.tables)
    origin = "the bundled figures" if found.made_from == "bundled" else "the bundled figures and the snapshots"
    print(f"{found.release}: {alike} of {there} tables made again from {origin} have the published bytes.")
