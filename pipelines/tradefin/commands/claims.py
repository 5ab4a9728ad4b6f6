"""`tradefin claims`: the ledger of a release, claims from a folder, their golden cases, a new claim."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradefin import limits
from tradefin.asjson import print_json
from tradefin.errors import ProjectInvalid

if TYPE_CHECKING:
    from tradefin.claims.folder import Files
    from tradefin.claims.golden import Outcome
    from tradefin.claims.ledger import Entry
    from tradefin.claims.published import Published

_WORDS = "CLAIM: one claim; all by default. test [CLAIM]: run golden cases. new ID: start a claim."


def claims(
    words: Annotated[list[str] | None, typer.Argument(metavar="[CLAIM | test [CLAIM] | new ID]", help=_WORDS)] = None,
    folder: Annotated[
        Path | None, typer.Option("--claims", metavar="DIR", help="Claims of a folder instead; see docs/claims-kit.md.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")] = False,
    claimreview: Annotated[bool, typer.Option("--claimreview", help="Print schema.org ClaimReview (JSON-LD).")] = False,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of", formats=["%Y-%m-%d"], metavar="DAY", help="Measure with what was known on a day alone."
        ),
    ] = None,
    release: Annotated[str | None, typer.Option(help="Id of a release; the current one by default.")] = None,
) -> None:
    """What was claimed, what was measured then and now, and the verdict."""
    if sum((as_json, markdown, claimreview)) > 1:
        raise typer.BadParameter("choose one of --json, --markdown and --claimreview.")
    if as_of and claimreview:
        raise typer.BadParameter("--claimreview is of all that a release knows, so --as-of does not go with it.")
    day = as_of.date() if as_of else None
    with limits.process(ProjectInvalid.exit_code) if folder else nullcontext():  # queries of people we do not know
        match words or []:
            case ["new", name]:
                _new(name, folder)
            case ["new", *_]:
                raise typer.BadParameter("`new` takes the id of the claim: tradefin claims new ID.")
            case ["test"]:
                _test(None, folder, release)
            case ["test", name]:
                _test(name, folder, release)
            case []:
                _show(None, folder, release, day, as_json=as_json, markdown=markdown, claimreview=claimreview)
            case [name]:
                _show(name, folder, release, day, as_json=as_json, markdown=markdown, claimreview=claimreview)
            case [_, *more]:
                raise typer.BadParameter(f"unexpected '{more[-1]}': name one claim, or none for all.")


def _new(name: str, folder: Path | None) -> None:
    from tradefin.claims.scaffold import new
    from tradefin.project import Project

    _print_new(name, new(name, Project.find(), folder), folder)


def _test(name: str | None, folder: Path | None, release: str | None) -> None:
    from tradefin.claims.folder import run_cases

    found, tables = _find(name, folder, release)
    outcomes = run_cases(found, tables)
    _print_cases(outcomes)
    if not all(o.passes for o in outcomes):
        raise typer.Exit(6)


def _show(
    name: str | None,
    folder: Path | None,
    release: str | None,
    day: date | None,
    *,
    as_json: bool,
    markdown: bool,
    claimreview: bool,
) -> None:
    from tradefin import terminal
    from tradefin.claims.ledger import markdown as as_markdown

    if claimreview:
        print_json(_reviews(name, folder, release))
        return
    entries = _entries(name, folder, release, day)
    if as_json:
        print_json([e.as_json() for e in entries])
    elif markdown:
        print(as_markdown(entries))
    elif name:
        terminal.print_claim(entries[0])
    else:
        terminal.print_verdicts(entries)


def _entries(name: str | None, folder: Path | None, release: str | None, day: date | None) -> "list[Entry]":
    if folder is None and day is None:
        from tradefin.claims.ledger import read_ledger

        return read_ledger(name, release)
    from tradefin.claims.folder import measured

    return measured(*_find(name, folder, release), day)


def _reviews(name: str | None, folder: Path | None, release: str | None) -> dict[str, object]:
    from tradefin.claims import claimreview
    from tradefin.project import outputs_home

    if folder is None:
        return claimreview.published(outputs_home(), release, name)
    from tradefin.claims.folder import measured

    found, tables = _find(name, folder, release)
    return claimreview.of_folder(measured(found, tables), {n: one.query for n, one in found.items()}, tables)


def _find(name: str | None, folder: Path | None, release: str | None) -> "tuple[dict[str, Files], Published]":
    from tradefin.claims.folder import in_folder, in_project, only
    from tradefin.claims.published import Published
    from tradefin.project import Project, outputs_home

    project = Project.find()
    tables = Published(project, outputs_home(), release)
    found = in_folder(folder, tables.verdicts) if folder else in_project(project, tables.verdicts)
    return only(found, name), tables


def _print_cases(outcomes: "Sequence[Outcome]") -> None:
    """One line a case, and what differs below those that fail."""
    for outcome in outcomes:
        checked = f"{len(outcome.expected)} figures" + (f", {outcome.verdict}" if outcome.expected_verdict else "")
        print(f"{'passes' if outcome.passes else 'FAILS '}  {outcome.claim}/{outcome.case}: {checked}")
        for line in outcome.differences:
            print(f"          {line}")
    failed = sum(not o.passes for o in outcomes)
    print(f"{len(outcomes) - failed} of {len(outcomes)} cases pass.")


def _print_new(claim: str, written: Sequence[Path], folder: Path | None) -> None:
    """What was written, and what to do next."""
    here = Path.cwd()
    for path in written:
        print(path.relative_to(here) if path.is_relative_to(here) else path)
    option = f" --claims {folder}" if folder else ""
    print(f"\nNext: tradefin claims test {claim}{option}")
    if folder:
        print(f"then: tradefin claims {claim}{option}")
    else:
        print("then: make run, which measures it with the others, and make docs, which makes its page")
