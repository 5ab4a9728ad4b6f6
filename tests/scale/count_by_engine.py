"""Rows, and the sum of one column, of every table of an Iceberg catalogue as another engine finds them, as JSON.

`python count_by_engine.py clickhouse|datafusion TABLES`: TABLES is a JSON file that lists for each table its folder,
its newest metadata and a column of numbers, or none. Runs in an environment of its own, without tradefin.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

Tables = dict[str, tuple[str, str, str]]
Counted = Iterator[tuple[str, tuple[int, str]]]


def clickhouse(tables: Tables) -> Counted:
    """ClickHouse, which reads files only below the folder that it runs in."""
    import chdb

    con = chdb.connect(":memory:")
    for name, (folder, _, column) in tables.items():
        wanted = f"sum(toDecimal128({column}, 6))" if column else "0"
        found = con.query(f"select count(), toString({wanted}) from icebergLocal('{folder}/')", "JSONCompact")
        rows, total = json.loads(str(found))["data"][0]
        yield name, (int(rows), total)


def datafusion(tables: Tables) -> Counted:
    """DataFusion with Iceberg in Rust."""
    from datafusion import SessionContext
    from pyiceberg_core.datafusion import IcebergDataFusionTable

    for name, (_, metadata, column) in tables.items():
        context = SessionContext()
        context.register_table("t", IcebergDataFusionTable(name.split("."), metadata, {}))
        wanted = f'sum("{column}")' if column else "0"
        found = context.sql(f"select count(*) as n, cast({wanted} as varchar) as total from t").to_pydict()
        yield name, (found["n"][0], found["total"][0])


if __name__ == "__main__":
    listed = json.loads(Path(sys.argv[2]).read_text())
    counted = {"clickhouse": clickhouse, "datafusion": datafusion}[sys.argv[1]](listed)
    print(json.dumps(dict(counted)))
