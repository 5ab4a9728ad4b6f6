"""The command `tradefin`: what people and schedulers type.

What belongs here: arguments, output, exit codes. What does not: doing the work, which is imported when it is asked for,
so that `tradefin --help` stays quick.
"""

import logging
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from tradefin import limits
from tradefin.errors import QueryRefused, TradefinError

try:
    import typer
except ImportError:  # the reader's face alone
    print("tradefin: the command needs the pipeline extra: pip install 'tradefin[pipeline]'", file=sys.stderr)
    raise SystemExit(1) from None

from tradefin.asjson import print_json
from tradefin.commands.claims import claims
from tradefin.commands.diff import diff
from tradefin.commands.doctor import doctor
from tradefin.commands.export import export
from tradefin.commands.iceberg import iceberg
from tradefin.commands.report import report
from tradefin.commands.reproduce import reproduce
from tradefin.commands.trace import trace

EXIT_CODES = (
    "Exit codes: 0 done; 1 unexpected error; 2 wrong usage; 3 a publisher or store is unavailable (try again); "
    "4 a source has changed; 5 a table breaks its contract; 6 a file of the project is wrong; 7 a release is damaged "
    "or cannot be reproduced; 8 a licence is missing; 9 not found; 10 query refused; 11 another run published first "
    "(run again); 130 interrupted.\n\n"
    "TRADEFIN_HOME names the outputs, a folder or s3://bucket/path, TRADEFIN_PROJECT the folder with sql/ and "
    "expectations/, TRADEFIN_CONTACT the address that publishers are told when they are asked, TRADEFIN_CACHE the "
    "folder for files got from elsewhere; TRADEFIN_PLAIN_HTTP=1 lets `connect` read a release from a web server "
    "without TLS."
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Trade and finance indicators as a tested, citable dataset, and what they say of claims made in 2001.",
    epilog=EXIT_CODES,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
OfSources = Annotated[
    list[str] | None, typer.Option("--source", help="Slug of a publisher, e.g. weo; may be repeated; all by default.")
]
OfRelease = Annotated[str | None, typer.Option("--release", help="Id of a release; the current one by default.")]


@app.command()
def run(
    as_json: AsJson = False,
    live: Annotated[bool, typer.Option("--live", help="Ask the publishers first and add what they answer.")] = False,
    source: OfSources = None,
    threads: Annotated[int, typer.Option(help="Threads that DuckDB may use; 0 leaves it to DuckDB.")] = 0,
) -> None:
    """Build every table from the bundled figures, check it, publish a release, print the verdicts.

    With --live a publisher that is down or has changed stops nothing: its last good figures stay, and it is named.
    """
    if source and not live:
        raise typer.BadParameter("--source goes with --live.")
    from tradefin import terminal
    from tradefin.orchestration.run import run as build

    asked: tuple[Any, ...] = ()
    with terminal.progress() as follow:
        if live:
            from tradefin.orchestration.live import run_live

            both = run_live(publishers=source, asked=terminal.follow_sources(), progress=follow, threads=threads)
            outcome, asked = both.run, both.sources
        else:
            outcome = build(progress=follow, threads=threads)
    if as_json:
        told = {**vars(outcome), "path": str(outcome.path), "warnings": [vars(w) for w in outcome.warnings]}
        print_json(told | ({"sources": [asdict(one) for one in asked]} if live else {}))
        return
    from tradefin.claims.ledger import read_ledger

    terminal.print_verdicts(read_ledger(release=outcome.release))
    terminal.print_refreshed(asked)
    terminal.print_outcome(outcome)


@app.command()
def refresh(
    as_json: AsJson = False,
    source: OfSources = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be asked.")] = False,
) -> None:
    """Ask the publishers for what is new and keep it; nothing is released.

    Ends with 3 or 4 if a source could not be fetched or has changed and nothing stood in for it.
    """
    from tradefin import terminal
    from tradefin.project import Project, outputs_home
    from tradefin.sources import live
    from tradefin.tables.store import Store

    project, store = Project.find(), Store(outputs_home())
    if plan:
        planned = live.plan(project, store, source)
        print_json([asdict(one) for one in planned]) if as_json else terminal.print_plan(planned)
        return
    from tradefin.orchestration.live import ask, unserved

    found = ask(project, store, source, progress=terminal.follow_sources())
    print_json([asdict(one) for one in found]) if as_json else terminal.print_refreshed(found)
    if missing := unserved(found, project):
        raise typer.Exit(4 if any(one.error == "SourceChanged" for one in missing) else 3)


@app.command()
def snapshots(as_json: AsJson = False, source: OfSources = None) -> None:
    """What publishers have sent so far: every file that is kept, where it came from and when."""
    from tradefin import terminal
    from tradefin.project import outputs_home
    from tradefin.sources.archive import Archive
    from tradefin.tables.store import Store

    found = [one for one in Archive(Store(outputs_home())).snapshots() if not source or one.publisher in source]
    print_json([asdict(one) for one in found]) if as_json else terminal.print_snapshots(found)


@app.command()
def status(as_json: AsJson = False, source: OfSources = None) -> None:
    """Per source: last checked, last changed, next due, state. Asks nobody."""
    from datetime import UTC, datetime

    from tradefin import terminal
    from tradefin.project import Project, outputs_home
    from tradefin.sources import live
    from tradefin.tables.store import Store

    found = live.statuses(Project.find(), Store(outputs_home()), datetime.now(UTC))
    found = tuple(one for one in found if not source or one.publisher in source)
    print_json([asdict(one) for one in found]) if as_json else terminal.print_statuses(found)


app.command()(claims)
app.command()(report)
app.command()(trace)
app.command()(diff)
app.command()(reproduce)
app.command()(export)
app.command()(iceberg)
app.command()(doctor)


@app.command()
def tables(as_json: AsJson = False, release: OfRelease = None) -> None:
    """The tables of a release."""
    import tradefin
    from tradefin import terminal

    found = tradefin.tables(release=release)
    if as_json:
        print_json([asdict(t) for t in found])
    else:
        rows = [(t.name, t.layer, f"{t.rows:,}", t.one_row_is) for t in found]
        terminal.print_table(("Table", "Layer", "Rows", "One row is"), rows, right=(2,))


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="SQL in DuckDB's dialect, or - to read it from standard input.")],
    as_json: AsJson = False,
    release: OfRelease = None,
    seconds: Annotated[float, typer.Option(min=0.1, max=86_400, help="Stop it after so long.")] = limits.SECONDS,
    megabytes: Annotated[int, typer.Option(min=64, help="Memory that it may use.")] = limits.MEGABYTES,
) -> None:
    """Run SQL on a release, read-only: a table on a terminal, CSV in a pipe."""
    from tradefin import terminal
    from tradefin.project import outputs_home
    from tradefin.query import query as ask

    given = sys.stdin.read() if sql == "-" else sql
    with limits.process(QueryRefused.exit_code, megabytes):
        answer = ask(given, outputs_home(), release, seconds=seconds, megabytes=megabytes)
    if as_json:
        print_json([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
    else:
        terminal.print_answer(answer)


@app.command()
def where(stem: Annotated[str, typer.Argument(help="Name of a table, claim, codelist or source table.")]) -> None:
    """Print the path of every file that bears a name."""
    from tradefin.project import Project

    here = Path.cwd()
    for path in Project.find().where(stem):
        print(path.relative_to(here) if path.is_relative_to(here) else path)


@app.command()
def releases(as_json: AsJson = False) -> None:
    """The releases at hand; the current one is marked."""
    import tradefin
    from tradefin import terminal

    found = tradefin.releases()
    if as_json:
        print_json([vars(r) for r in found])
    else:
        rows = [(r.id, "current" if r.current else "", str(r.tables), f"{r.rows:,}") for r in found]
        terminal.print_table(("Release", "", "Tables", "Rows"), rows, right=(2, 3))


@app.command()
def verify(
    release: Annotated[str | None, typer.Argument(help="Id of a release; the current one by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Hash every file of a release again, read every table back; database and data package must agree with them."""
    from tradefin.project import outputs_home
    from tradefin.releases.verify import verify as check

    report = check(outputs_home(), release)
    if as_json:
        print_json(vars(report))
    else:
        print(
            f"{report.release}: {report.files} files ({report.bytes / 1e6:.1f} MB) have the bytes that were published; "
            f"{report.tables} tables with {report.rows:,} rows read back; "
            "database and data package agree with them."
        )


@app.command()
def dev(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000,
) -> None:
    """Open the Dagster UI with the whole graph."""
    from tradefin.orchestration.dev import serve

    serve(port=port)


@app.command()
def daemon() -> None:
    """Run the schedules and sensors until stopped: each publisher is asked when its file says so."""
    from tradefin.orchestration.dev import keep_schedules

    keep_schedules()


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False) -> None:
    if version:
        from tradefin._version import __version__

        print(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command; an error of ours is one paragraph on stderr and an exit code of its own."""
    logging.getLogger("tradefin").setLevel(logging.ERROR)  # what is less than that is in the output anyway
    try:
        app()
    except TradefinError as error:
        print(f"tradefin: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        print("tradefin: interrupted; nothing that was published has changed.", file=sys.stderr)
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
