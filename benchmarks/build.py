"""Build: the whole offline build, cold and with nothing changed.

Cold is `tradefin run` into an empty folder: tables, claims as of every fifth anniversary, checks with their pages, the
report, a release with every file hashed. The limit is the same SQL in one bare DuckDB script, which writes the same
Parquet and checks nothing. dbt builds the same models from the same files, with its own tests of the contracts. What
it does not do is left out of a second comparison: tables and all their checks alone.
"""

import shutil
from pathlib import Path

from benchmarks import dbt_project, plain
from benchmarks.measure import Command
from benchmarks.row import Row
from benchmarks.workshop import HERE, Workshop
from tradefin.project import Project
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store

_THREADS = 2
_WHY = (
    "ours also runs under Dagster with an event for each check, draws every chart in two widths, writes pages of all "
    "checks and a DuckDB file, hashes and verifies a release; dbt does none of it. Tried: claims of several days at "
    "once, one DuckDB for all connections, views made once for each day, YAML by libyaml."
)
_ALONE = "ours measures the claims as they were on each anniversary as well; dbt measures them once"


def run(workshop: Workshop) -> list[Row]:
    """Build everything, three ways."""
    scratch = workshop.scratch
    cold, tables, warm, limit, models = (scratch / name for name in ("cold", "tables", "warm", "limit", "models"))
    builder = Builder(Project.find(), Store(scratch / "plan-store"))
    made = plain.plan(builder, scratch / "inputs")
    tests = dbt_project.write(made, builder, scratch / "dbt", models, _THREADS)
    Command([workshop.tradefin, "run"], {"TRADEFIN_HOME": str(warm)}).run(scratch)
    script = [workshop.python, HERE / "scripts" / "build_limit.py", scratch / "inputs" / plain.PLAN, limit]
    alone = [workshop.python, HERE / "scripts" / "build_tables.py", tables]
    dbt = [workshop.peer("dbt", "dbt"), "build", "--profiles-dir", ".", "--no-use-colors"]
    found = workshop.compete(
        {
            "cold": Command([workshop.tradefin, "run"], {"TRADEFIN_HOME": str(cold)}, before=lambda: _empty(cold)),
            "alone": Command(alone, before=lambda: _empty(tables)),
            "limit": Command(script, before=lambda: _empty(limit)),
            "dbt": Command(dbt, {"DO_NOT_TRACK": "1"}, scratch / "dbt", lambda: _empty(models, make=True)),
        },
        min(workshop.runs, 3),
    )
    short = workshop.compete(
        {
            "unchanged": Command([workshop.tradefin, "run"], {"TRADEFIN_HOME": str(warm)}),
            "dagster": Command([workshop.python, "-c", "import dagster"]),
        }
    )
    peer = f"dbt with {tests:,} tests"
    idle, bare = short["unchanged"], short["dagster"]
    return [
        Row("cold build", "s", found["cold"].seconds, peer, found["dbt"].seconds, 1.0, _WHY),
        Row("tables and checks alone", "s", found["alone"].seconds, peer, found["dbt"].seconds, 1.0, _ALONE),
        Row("cold build", "s", found["cold"].seconds, "the limit", found["limit"].seconds),
        Row("cold build, memory", "MiB", found["cold"].mebibytes, peer, found["dbt"].mebibytes),
        Row("nothing changed", "s", idle.seconds, "`import dagster`", bare.seconds, 1.5),
        Row("nothing changed, memory", "MiB", idle.mebibytes, "`import dagster`", bare.mebibytes),
    ]


def _empty(folder: Path, make: bool = False) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if make:
        folder.mkdir()
