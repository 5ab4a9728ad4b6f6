"""`python -m tradefin.tables STEM...`: build tables and show their first rows, for whoever writes their SQL."""

import sys

from tradefin.errors import TradefinError
from tradefin.project import Project, outputs_home
from tradefin.tables.builder import Builder
from tradefin.tables.store import Store


def main() -> int:
    """Build the named tables, or all of them."""
    builder = Builder(Project.find(), Store(outputs_home()))
    try:
        for stem in sys.argv[1:] or builder.contracts:
            print(f"{stem}: {builder.ref(stem).rows} rows")
            print(builder.table(stem).to_pandas().to_string(max_rows=12, max_cols=20))
    except TradefinError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
