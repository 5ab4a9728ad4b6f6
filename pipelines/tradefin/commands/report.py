"""`tradefin report`: the pages and charts of a release."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradefin.asjson import print_json

if TYPE_CHECKING:
    from tradefin.releases.release import Release

_INDEX = "report/index.html"
_ONWARD = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><title>tradefin</title>
<meta http-equiv="refresh" content="0; url=report/index.html"><p><a href="report/index.html">The report</a></p></html>
"""


def report(
    release: Annotated[
        str | None, typer.Option("--release", help="Id of a release; the current one by default.")
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Copy it, and what it links to, into this new or empty folder, for a web server."),
    ] = None,
    with_sql: Annotated[
        bool,
        typer.Option(
            "--with-sql",
            help="With --to: lay into the copy what its SQL box needs: DuckDB for the browser, 40 MB, got by npm and "
            "kept in the cache. The box runs once a web server serves the copy.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Where the report of a release is: every claim, chart and table as pages that need no network.

    It is part of each release, in its folder report/.
    """
    from tradefin.errors import NotFound
    from tradefin.project import outputs_home
    from tradefin.releases.release import Release
    from tradefin.report import sqlbox

    opened = Release.open(outputs_home(), release)
    if _INDEX not in opened.manifest.files:
        raise NotFound(
            f"Release {opened.id} has no report: it is older than reports are. `tradefin run` makes a new one."
        )
    folder = opened.whole()
    if with_sql and to is None:
        raise typer.BadParameter(
            "A release never changes: name a folder for a copy with --to.", param_hint="--with-sql"
        )
    if to is not None:
        if to.exists() and (not to.is_dir() or any(to.iterdir())):
            raise typer.BadParameter(f"{to} is there and not an empty folder.", param_hint="--to")
        programs = sqlbox.files() if with_sql else {}
        _copy(opened, to)
        if programs:
            sqlbox.lay(programs, to, opened.manifest)
        folder = to.resolve()
    page = folder / _INDEX
    print_json({"release": opened.id, "page": str(page)}) if as_json else print(page)
    if open_it:
        import webbrowser

        webbrowser.open(page.as_uri())


def _copy(opened: "Release", to: Path) -> None:
    """Copy a release without its database, each file verified, and an index that leads to the report."""
    from tradefin.releases.manifest import MANIFEST
    from tradefin.releases.release import DATABASE

    tables = {t.path: partial(opened.table_bytes, t.name) for t in opened.manifest.tables.values()}
    for name in opened.manifest.all_files():
        if name == DATABASE:
            continue
        path = to / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tables[name]() if name in tables else opened.file_bytes(name))
    (to / MANIFEST).write_bytes((opened.folder / MANIFEST).read_bytes())
    (to / "index.html").write_text(_ONWARD, encoding="utf-8")
