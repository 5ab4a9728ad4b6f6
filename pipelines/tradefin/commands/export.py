"""`tradefin export`: tables of a release as CSV or Excel files."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tradefin.asjson import print_json


class Format(StrEnum):
    """Kinds of files."""

    csv = "csv"
    xlsx = "xlsx"


class Known(StrEnum):
    """What known on a day means."""

    published = "published"
    period_ended = "period_ended"


def export(
    tables: Annotated[list[str], typer.Argument(metavar="TABLE...", help="Names of tables, e.g. imf_quotas.")],
    to: Annotated[Path, typer.Option("--to", help="A folder, or one file: TABLE.csv, or all tables in BOOK.xlsx.")],
    kind: Annotated[
        Format | None, typer.Option("--format", help="By default what the name of the file says, else csv.")
    ] = None,
    release: Annotated[
        str | None, typer.Option("--release", help="Id of a release; the current one by default.")
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="Only what was public by then.")] = None,
    known: Annotated[Known, typer.Option("--known", help="What known on that day means.")] = Known.published,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Write tables as CSV or Excel files that say what they hold: units, meanings, sources, licences.

    Beside each CSV file lies its metadata (CSV on the Web); a workbook has a sheet `about`.
    """
    from tradefin.project import outputs_home
    from tradefin.releases.export import export as write

    try:
        written = write(
            outputs_home(),
            tables,
            to,
            kind=kind.value if kind else None,
            release=release,
            as_of=as_of,
            known=known.value,
            force=force,
        )
    except (ValueError, OSError) as error:
        raise typer.BadParameter(str(error)) from error
    if as_json:
        print_json([{"path": str(one.path), "tables": list(one.tables), "rows": one.rows} for one in written])
        return
    for one in written:
        print(f"{one.path}: {one.rows:,} rows of {', '.join(one.tables)}" if one.rows else str(one.path))
