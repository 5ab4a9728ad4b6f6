"""`tradefin doctor`: is everything in order, on one screen?"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from tradefin.asjson import print_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradefin.doctor import Finding
    from tradefin.sources.description import Publisher
    from tradefin.sources.http import Client

_MARKS = {"ok": "", "note": "[yellow]note[/yellow]", "problem": "[red]problem[/red]"}


def doctor(
    sources: Annotated[
        bool, typer.Option("--sources", help="Ask each publisher's server once whether it answers.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Versions, folders, free space, the release, stale sources, the clock: what is in order and what is not.

    Ends with 1 if something does not work. Nothing is changed, and nobody is asked without --sources.
    """
    from tradefin.doctor import examine
    from tradefin.project import outputs_home

    found = examine(outputs_home(), client_for=_clients() if sources else None)
    problems = sum(one.level == "problem" for one in found)
    if as_json:
        print_json({"ok": not problems, "findings": [asdict(one) for one in found]})
    else:
        _show(found)
    if problems:
        raise typer.Exit(1)


def _clients() -> "Callable[[Publisher], Client]":
    from tradefin.sources.body import Limits
    from tradefin.sources.http import Client
    from tradefin.sources.live import contact

    who, limits = contact(), Limits(connect_seconds=10, read_seconds=10, total_seconds=20)
    return lambda publisher: Client(publisher, contact=who, limits=limits)


def _show(found: "tuple[Finding, ...]") -> None:
    from rich.markup import escape

    from tradefin.terminal import print_table

    print_table(
        ("What", "Found", "", "What to do"),
        [(escape(one.what), escape(one.found), _MARKS[one.level], escape(one.advice)) for one in found],
    )
    count = {level: sum(one.level == level for one in found) for level in ("problem", "note")}
    said = [f"{n} {level}{'s' if n != 1 else ''}" for level, n in count.items() if n]
    print(", ".join(said) or "Everything is in order.")
