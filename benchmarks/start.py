"""Start: what a process takes before it does anything.

Whole processes, each against one that imports the same dependencies and nothing else; `query` against one that opens
the same DuckDB file and asks the same, without verifying it first.
"""

from benchmarks.measure import Command
from benchmarks.row import Row
from benchmarks.workshop import Workshop

_SELECT = "select count(*) from core.imf_quotas"
_OPEN = (
    "import sys, duckdb, pyarrow; print(duckdb.connect(sys.argv[1], read_only=True).execute(sys.argv[2]).fetchall())"
)
_WHY = (
    "tried: YAML read by libyaml. What is left: DuckDB, Arrow and sqlglot imported; every contract, query and claim "
    "read and parsed; an asset of Dagster for each table and a check for each expectation."
)


def run(workshop: Workshop) -> list[Row]:
    """Start everything."""
    python, home = workshop.python, workshop.scratch / "outputs"
    env = {"TRADEFIN_HOME": str(home)}
    Command([workshop.tradefin, "run"], env).run(workshop.scratch)
    (database,) = home.glob("releases/*/tradefin.duckdb")
    commands = {
        "import": Command([python, "-c", "import tradefin"]),
        "bare import": Command([python, "-c", "import duckdb, pyarrow"]),
        "help": Command([workshop.tradefin, "--help"]),
        "definitions": Command([python, "-c", "import tradefin.definitions as d; d.defs()"], env),
        "module": Command([python, "-c", "import tradefin.definitions"], env),
        "dagster": Command([python, "-c", "import dagster"]),
        "query": Command([workshop.tradefin, "query", _SELECT], env),
        "bare query": Command([python, "-c", _OPEN, database, _SELECT]),
    }
    found = {name: cost.seconds for name, cost in workshop.compete(commands).items()}
    return [
        Row("`import tradefin`", "s", found["import"], "`import duckdb, pyarrow`", found["bare import"], 1.2),
        Row("`tradefin --help`", "s", found["help"], at_most=0.4),
        Row("loading the definitions", "s", found["definitions"], "`import dagster`", found["dagster"], 1.3, _WHY),
        Row("importing their module", "s", found["module"], "`import dagster`", found["dagster"]),
        Row("`tradefin query`", "s", found["query"], "DuckDB alone", found["bare query"]),
    ]
