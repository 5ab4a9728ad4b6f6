"""A table through our own audit: file found sound, checks counted, judged, explained.

`python validate_ours.py table rows home file`: prints the seconds after the import of Great Expectations. The table's
file lies in the store of that home already; nothing is answered from memory.
"""

import json
import sys
import time
from pathlib import Path

import great_expectations  # noqa: F401 - its import is not what is measured here

from benchmarks.validation import builder_of, contract_of
from tradefin.audit.expectations import suite_json
from tradefin.audit.rows import Rows
from tradefin.audit.run import examine
from tradefin.tables.store import TableRef


def main(table: str, rows: int, home: Path, sha256: str) -> None:
    """Check a table."""
    builder = builder_of(home)
    contract = contract_of(builder, table, rows)
    ref = TableRef(table, sha256, rows)
    suite_json(builder, contract, Rows(builder.store.table_path(ref)))  # codelists are looked up once a run
    began = time.perf_counter()
    found = Rows(builder.store.sound_path(ref))
    audit = examine(contract, suite_json(builder, contract, found), found, ref)
    print(json.dumps({"seconds": time.perf_counter() - began, "success": all(r.success for r in audit.results)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
