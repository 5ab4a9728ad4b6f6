"""How things look on a terminal, and how quiet they are in a pipe."""

import csv
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tradefin.claims.figures import readable_date
from tradefin.claims.ledger import BY_DEFINITION, Entry
from tradefin.claims.ledger import table as verdict_rows

if TYPE_CHECKING:
    from tradefin.orchestration.run import Progress, RunOutcome
    from tradefin.query import Answer
    from tradefin.sources.live import Planned, Refreshed, Status
    from tradefin.sources.records import Snapshot

_MOST_ROWS = 200
_STYLES = {
    "supported": "green",
    "supported but ordinary": "cyan",
    "partly supported": "yellow",
    "contradicted": "magenta",
    "undecided": "dim",
    "not testable": "dim",
}

_SOURCE_STYLES = {
    "changed": "green",
    "unchanged": "green",
    "ok": "green",
    "due": "yellow",
    "stale": "yellow",
    "failed": "red",
    "skipped": "dim",
    "never": "dim",
}


def _console() -> Console:
    out = Console(highlight=False)
    if not out.is_terminal:
        out = Console(highlight=False, width=160)
    return out


@contextmanager
def progress() -> Iterator[Callable[["Progress"], None] | None]:
    """A bar that follows a run on a terminal; nothing in a pipe."""
    err = Console(stderr=True)
    if not err.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:<42}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=err, transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def follow(step: "Progress") -> None:
            bar.update(task, total=step.total, completed=step.finished, description=f"{step.layer} {step.stem}"[:42])

        yield follow


def print_table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]], right: tuple[int, ...] = ()) -> None:
    """A plain table, columns numbered in `right` flush right."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(header):
        table.add_column(name, justify="right" if number in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    _console().print(table)


def print_verdicts(entries: list[Entry]) -> None:
    """Claimed, measured then, measured now, verdict: one row a claim."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_lines=False)
    for name in ("Claim", "Claimed", "Measured then", "Measured now", "Verdict then", "Verdict now"):
        table.add_column(name, overflow="fold")
    for row in verdict_rows(entries):
        *cells, then, now = row
        table.add_row(*cells, _verdict(then), _verdict(now))
    out = _console()
    out.print(table)
    days = {readable_date(e.then["as_of"]) for e in entries if e.measured}
    then = days.pop() if len(days) == 1 else "the day on which each claim was made"
    out.print(f"then: as known on {then}; * rests on later vintages of periods that had ended by then.", style="dim")
    out.print("`tradefin claims ID` shows every definition, the reasons and the limits.", style="dim")


def _verdict(verdict: str) -> str:
    style = _STYLES.get(verdict, "default")
    return f"[{style}]{verdict}[/{style}]"


def print_claim(entry: Entry) -> None:
    """One claim: what was said, the verdicts with their reasons, every definition measured, the limits."""
    out, claim = _console(), entry.claim
    out.print(f"[bold]{claim['title']}[/bold]  ({claim['claim_id']}; {claim['speaker']}, {claim['said_on']})")
    for label, text in (("Said", claim["restated"]), ("True if", claim["true_if"]), ("Claimed", claim["claimed"])):
        out.print(_paragraph(label, text))
    for phase in entry.phases:
        first, last = phase[0], phase[-1]
        days = f"{first['as_of']}" + (f" to {last['as_of']}" if len(phase) > 1 else "")
        out.print()
        out.print(f"As of {days} ({last['known']}): {_verdict(last['verdict'])}")
        out.print(_paragraph("", last["why"]))
    if entry.sensitivity:
        _print_definitions(out, entry)
    out.print("[bold]Limits[/bold]")
    for limit in claim["limits"].splitlines():
        out.print(_paragraph("-", limit))
    if entry.measured:
        query = f"select * from claim_measurements where claim_id = '{claim['claim_id']}'"
        out.print(f'\nEvery figure, by definition, measure and period: tradefin query "{query}"', style="dim")


def _print_definitions(out: Console, entry: Entry) -> None:
    claim = entry.claim
    label = f" ({words})" if (words := claim.get("headline_label")) else ""
    out.print(
        f"\n[bold]By definition[/bold]: {claim['headline_measure']}{label}, then and now; the first is the primary one"
    )
    print_table(BY_DEFINITION, entry.by_definition())
    if claim["break_even"]:
        out.print(_paragraph("Break-even", claim["break_even"]))
    for slug, meaning in entry.definitions.items():
        out.print(_paragraph(slug, meaning))
    out.print()


def _paragraph(label: str, text: str) -> str:
    head = f"{label}: " if label and label != "-" else f"{label} " if label else "  "
    return textwrap.fill(text, width=110, initial_indent=head, subsequent_indent="  ")


def print_outcome(outcome: "RunOutcome") -> None:
    """Where the release is and what was checked."""
    out = _console()
    for warning in outcome.warnings:
        out.print(f"warning: {warning.table}, {warning.check}: {warning.message}", style="yellow")
    out.print(
        f"Release [bold]{outcome.release}[/bold]: {outcome.tables} tables, {outcome.rows:,} rows, "
        f"{outcome.checks} checks, {len(outcome.warnings)} warnings, {outcome.seconds:.1f} s"
    )
    if outcome.unchanged:
        out.print("Nothing has changed since it was built: every input, and every byte of it, is as it was then.")
    out.print(f"{outcome.path}")


def follow_sources() -> Callable[["Refreshed"], None] | None:
    """Tells on a terminal what came of each source as it comes; nothing in a pipe."""
    err = Console(stderr=True, highlight=False)
    if not err.is_terminal:
        return None
    return lambda one: err.print(f"{one.publisher}.{one.flow}: {_state(one.state)}")


def print_refreshed(found: Sequence["Refreshed"]) -> None:
    """What came of asking for each source."""
    if not found:
        return
    rows = [
        (f"{one.publisher}.{one.flow}", _state(one.state), f"{one.rows:,}" if one.rows else "", _said(one))
        for one in found
    ]
    print_table(("Source", "Asked", "Rows", ""), rows, right=(2,))
    if failed := [one for one in found if one.state == "failed"]:
        _console().print(
            f"{len(failed)} of {len(found)} sources failed; last good figures stay. `tradefin status` tells more.",
            style="yellow",
        )


def _said(one: "Refreshed") -> str:
    said = f"{one.error}: {one.message}" if one.error else one.message
    return escape("\n".join(part for part in (said, *one.warnings) if part))


def print_plan(planned: Sequence["Planned"]) -> None:
    """What would be asked."""
    rows = [
        (
            f"{one.publisher}.{one.flow}",
            _when(one.last_asked),
            _when(one.next_due),
            escape(one.address + (f"\n(only if {one.fallback_for} fails)" if one.fallback_for else "")),
        )
        for one in planned
    ]
    print_table(("Source", "Last asked", "Next due", "Would ask"), rows)


def print_statuses(found: Sequence["Status"]) -> None:
    """How each source stands."""
    rows = [
        (
            f"{one.publisher}.{one.flow}",
            _when(one.checked_at),
            _when(one.changed_at),
            _when(one.next_due),
            _state(one.state),
            escape(one.message),
        )
        for one in found
    ]
    print_table(("Source", "Last checked", "Last changed", "Next due", "State", ""), rows)


def print_snapshots(found: Sequence["Snapshot"]) -> None:
    """The files that are kept."""
    rows = [
        (f"{one.publisher}.{one.flow}", _when(one.fetched_at), f"{one.size:,}", one.path.name, escape(one.address))
        for one in found
    ]
    print_table(("Source", "Fetched", "Bytes", "Kept as", "From"), rows, right=(2,))


def _when(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "-"


def _state(state: str) -> str:
    style = _SOURCE_STYLES.get(state, "default")
    return f"[{style}]{state}[/{style}]"


def print_answer(answer: "Answer") -> None:
    """Rows of a query: a table on a terminal, CSV in a pipe."""
    if not sys.stdout.isatty():
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(answer.columns)
        writer.writerows(["" if v is None else v for v in row] for row in answer.rows)
        return
    rows = [tuple("" if v is None else str(v) for v in row) for row in answer.rows[:_MOST_ROWS]]
    numeric = tuple(i for i in range(len(answer.columns)) if all(_is_number(r[i]) for r in answer.rows[:_MOST_ROWS]))
    print_table(tuple(answer.columns), rows, right=numeric)
    if len(answer.rows) > _MOST_ROWS:
        print(f"({_MOST_ROWS} of {len(answer.rows):,} rows shown; a pipe gets all of them)")


def _is_number(value: Any) -> bool:  # noqa: ANN401 - any cell
    return value is None or (not isinstance(value, (str, bool)) and hasattr(value, "__round__"))
