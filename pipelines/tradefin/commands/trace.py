"""`tradefin trace`: one figure walked back to what publishers published."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from tradefin.asjson import print_json

if TYPE_CHECKING:
    from tradefin.trace.figure import Trace
    from tradefin.trace.publishers import Document
    from tradefin.trace.walk import Stage

_FEW = 3
_LONG = 60


def trace(
    table: Annotated[str, typer.Argument(help="Name of a table, e.g. imf_quota_alignment or claim_verdicts.")],
    key: Annotated[str, typer.Argument(help="The row: iso3=JPN,year=2001, or the values in the order of the key.")],
    column: Annotated[str, typer.Argument(help="The column; every figure of the row by default.")] = "",
    release: Annotated[
        str | None, typer.Option("--release", help="Id of a release; the current one by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Walk one figure, or a verdict, back: queries, source rows, editions, hashes, addresses, licences."""
    from tradefin.project import outputs_home
    from tradefin.trace.figure import trace as walk_back

    found = walk_back(outputs_home(), table, key, column, release)
    if as_json:
        told = asdict(found)
        for stage in told["stages"]:
            del stage["rids"]
        print_json(told)
    else:
        _show(found)


def _show(found: "Trace") -> None:
    out = Console(highlight=False)
    if not out.is_terminal:
        out = Console(highlight=False, width=160)
    head = f"[bold]{escape(found.table)}[/bold]  {escape(_cells(found.key))}"
    tree = Tree(f"{head}  [dim]{found.known or f'release {found.release}'}[/dim]")
    for column, value in found.columns.items():
        if value is not None or len(found.columns) == 1:
            tree.add(f"{escape(column)} = [bold]{escape(_short(value, 200))}[/bold]")
    by_name = {stage.table: stage for stage in found.stages}
    if found.stages:
        _add(tree, found.stages[0], by_name, set())
    out.print(tree)
    if found.note:
        out.print(escape(found.note), style="yellow")
    if found.documents:
        out.print("\n[bold]Published by[/bold]")
    for document in found.documents:
        _print_document(out, document)


def _add(tree: Tree, stage: "Stage", by_name: "dict[str, Stage]", seen: set[str]) -> None:
    """A table with the first of its rows, and below it the tables that they were made from."""
    node = tree.add(_title(stage))
    if stage.table in seen:
        node.add("[dim]see above[/dim]")
        return
    seen.add(stage.table)
    for row in stage.first[:_FEW]:
        node.add(f"[dim]{escape(_cells(_telling(stage, row)))}[/dim]")
    if stage.rows > _FEW and stage.first:
        node.add(f"[dim]... and {stage.rows - _FEW:,} more[/dim]")
    if stage.note:
        node.add(f"[yellow]{escape(stage.note)}[/yellow]")
    for name in sorted(stage.made_from, key=lambda n: n.startswith("codelist_")):
        if name in by_name:
            _add(node, by_name[name], by_name, seen)


def _telling(stage: "Stage", row: dict[str, str | None]) -> dict[str, str | None]:
    """Of a publisher's row what names it and what took part; it may be long."""
    if stage.layer != "source":
        return row
    wanted = {*list(row)[:3], *stage.columns, "vintage_id", "source_id"}
    return {k: v for k, v in row.items() if k in wanted}


def _title(stage: "Stage") -> str:
    count = f"{'at most ' if stage.at_most else ''}{stage.rows:,} row{'' if stage.rows == 1 else 's'}"
    columns = ", ".join(c if n == stage.rows else f"{c} ({n:,})" for c, n in stage.columns.items())
    parts = [
        f"[bold]{escape(stage.table)}[/bold]",
        count,
        *([escape(columns)] if columns and stage.layer != "claims" else []),
    ]
    query = f"  [cyan]{escape(stage.query)}[/cyan]" if stage.query else ""
    return f"{'  '.join(parts)}{query}"


def _print_document(out: Console, document: "Document") -> None:
    rows = f"{document.rows:,} row{'' if document.rows == 1 else 's'} of {document.table}"
    out.print(f"[bold]{escape(document.publisher)}[/bold]: {escape(document.title or document.landing_page)}  ({rows})")
    known = f", public since {document.known_on} ({document.known_on_rule})" if document.known_on else ""
    lines = [
        f"edition {document.vintage_id}: {document.edition}{known}" if document.vintage_id else "",
        document.address or document.landing_page,
        f"licence: {document.licence}, {document.licence_address}" if document.licence else "",
        f"bundled/{document.file}  sha256 {document.sha256}" if document.file else "",
        *(f"sent {s.fetched_at[:10]}  sha256 {s.sha256}  {s.address}" for s in document.sent),
    ]
    for line in lines:
        if line:
            out.print(f"  {escape(line)}")


def _cells(row: dict[str, str | None]) -> str:
    return ", ".join(f"{k}={_short(v)}" for k, v in row.items() if v is not None)


def _short(value: str | None, longest: int = _LONG) -> str:
    text = "missing" if value is None else value
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
