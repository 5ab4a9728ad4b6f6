"""The limit of a validation: the checks of a suite as one SELECT over the Parquet file, by DuckDB alone.

`python validate_sql.py suite.json table.parquet`: prints the seconds of the SELECT and what it counted. The SQL is what
one would write by hand, and knows only what the two suites of this benchmark ask for.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import duckdb


def counts(expectation: dict[str, Any], file: str) -> str:
    """How many rows break an expectation."""
    kind, given = expectation["type"], expectation["kwargs"]
    column = given.get("column")
    if kind == "expect_table_columns_to_match_ordered_list":
        return f"(select count(*) from (describe from '{file}'))"
    if kind == "expect_table_row_count_to_be_between":
        return "count(*)"
    if kind == "expect_compound_columns_to_be_unique":
        key = ", ".join(given["column_list"])
        return f"(select count(*) from (select {key} from '{file}' group by all having count(*) > 1))"
    if kind == "expect_column_values_to_not_be_null":
        return f"count(*) - count({column})"
    if kind == "expect_column_values_to_be_in_set":
        return f"count(*) filter ({column} not in (select unnest({given['value_set']})))"
    if kind == "expect_column_values_to_be_between":
        return f"count(*) filter ({_beyond(column, given)})"
    if kind == "expect_column_max_to_be_between":
        return f"({_beyond(f'max({column})', given)})::integer"
    if kind == "expect_column_pair_values_a_to_be_greater_than_b" and given["or_equal"]:
        return f"count(*) filter ({given['column_A']} < {given['column_B']})"
    raise ValueError(f"{kind} is not known here")


def _beyond(value: str | None, given: dict[str, Any]) -> str:
    edges = (("<", given.get("min_value")), (">", given.get("max_value")))
    return " or ".join(f"{value} {beyond} {edge!r}" for beyond, edge in edges if edge is not None)


def main(suite: Path, file: str) -> None:
    """Check a table."""
    asked = json.loads(suite.read_text(encoding="utf-8"))["expectations"]
    con = duckdb.connect()
    began = time.perf_counter()
    found = con.execute(f"select {', '.join(counts(e, file) for e in asked)} from '{file}'").fetchall()
    print(json.dumps({"seconds": time.perf_counter() - began, "broken": list(found[0])}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
