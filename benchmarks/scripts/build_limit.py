"""The limit of a build: the same queries on the same files, by DuckDB alone, one after another, no check, no question.

`python build_limit.py plan.json folder`: writes a Parquet file for every model of the plan.
"""

import json
import sys
from functools import cache
from pathlib import Path

import duckdb


@cache
def interval(successes: int | None, trials: int | None) -> tuple[float | None, float | None]:
    """Exact 95 % bounds in percent, as the claims' queries ask for them."""
    from scipy.stats import binomtest

    if successes is None or not trials:
        return None, None
    low, high = binomtest(successes, trials).proportion_ci(confidence_level=0.95, method="exact")
    return 100 * float(low), 100 * float(high)


def low(successes: int | None, trials: int | None) -> float | None:
    """The lower of the two."""
    return interval(successes, trials)[0]


def high(successes: int | None, trials: int | None) -> float | None:
    """The upper of the two."""
    return interval(successes, trials)[1]


def configure(con: duckdb.DuckDBPyConnection) -> None:
    """Make the bounds available to queries."""
    for name, function in (("exact_interval_low_pct", low), ("exact_interval_high_pct", high)):
        con.create_function(name, function, ["BIGINT", "BIGINT"], "DOUBLE", null_handling="special")


def main(plan: Path, folder: Path) -> None:
    """Build everything."""
    folder.mkdir(parents=True)
    con = duckdb.connect()
    configure(con)
    given = json.loads(plan.read_text(encoding="utf-8"))
    for source in given["sources"]:
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in source["columns"].items())
        con.execute(
            f"create table {source['name']} as from read_csv('{source['file']}', header = true, nullstr = '', "
            f"auto_detect = false, columns = {{{columns}}})"
        )
    for model in given["models"]:
        con.execute(f"create table {model['name']} as with result as ({model['sql']}\n) {model['select']}")
        con.execute(
            f"copy {model['name']} to '{folder / model['name']}.parquet' (format parquet, compression zstd, "
            "compression_level 9)"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
