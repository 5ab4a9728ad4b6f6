"""Every table of the project made and checked, without Dagster, pages and release: what dbt does with the same project.

`python build_tables.py HOME`: into an empty outputs folder.
"""

import sys
from pathlib import Path

from tradefin.audit.run import audit_table
from tradefin.project import Project
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store

if __name__ == "__main__":
    builder = Builder(Project.find(), Store(Path(sys.argv[1])))
    for stem in builder.contracts:
        builder.ref(stem)
    failed = [one for stem in builder.contracts for one in audit_table(builder, stem).blocking]
    sys.exit(f"{len(failed)} checks failed" if failed else 0)
