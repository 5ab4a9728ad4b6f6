"""Reshape the compiled facts into the bundled figures: `python -m tradefin.bundled.compile FACTS_DIR`.

Each module of `compilers/` turns facts into the tables of its publisher; this one writes them as CSV in one fixed form
and lists them in `manifest.json`. It runs when facts change, never in a build.
"""

import csv
import importlib
import io
import json
import pkgutil
import sys
from pathlib import Path

from tradefin.bundled import compilers
from tradefin.errors import ProjectInvalid
from tradefin.project import Project
from tradefin.sources.description import read_publishers
from tradefin.tables.store import digest

Rows = list[dict[str, str]]


def compile_all(facts: Path) -> dict[str, bytes]:
    """Every bundled file by its path below `bundled/`, and the manifest.

    Args:
        facts: Folder of the compiled facts.

    Raises:
        ProjectInvalid: A row has no known vintage or citation.
    """
    files: dict[str, bytes] = {}
    manifest: dict[str, dict[str, object]] = {}
    publishers = read_publishers(Project.find())
    for module in sorted(m.name for m in pkgutil.iter_modules(compilers.__path__) if not m.name.startswith("_")):
        tables: dict[str, Rows] = importlib.import_module(f"{compilers.__name__}.{module}").compile_tables(facts)
        licence = {row["source_id"]: row["licence"] for row in tables["citations"]}
        vintage = {row["vintage_id"]: row["known_on"] for row in tables["vintages"]}
        for name, rows in sorted(tables.items()):
            path = f"{module}/{name}.csv"
            # Of what is only served live there is but a header.
            files[path] = _csv(rows, list(rows[0]) if rows else list(publishers[module].tables[name].columns))
            origins = sorted({r["source_id"] for r in rows}) if name not in ("vintages", "citations") else []
            vintages = sorted({r["vintage_id"] for r in rows}) if origins else []
            if unknown := [x for x in origins if x not in licence] + [x for x in vintages if x not in vintage]:
                raise ProjectInvalid(f"{path}: no citation or vintage called {unknown[:5]}.")
            manifest[path] = {
                "sha256": digest(files[path]),
                "rows": len(rows),
                "origins": origins,
                "vintages": vintages,
                "licences": sorted({licence[x] for x in origins}),
            }
    files["manifest.json"] = (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode()
    return files


def _csv(rows: Rows, header: list[str]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(sorted([row[c] for c in header] for row in rows))
    return out.getvalue().encode()


def main() -> int:
    """Write the bundled files beside this module."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    home = Path(__file__).resolve().parent
    for path, data in compile_all(Path(sys.argv[1])).items():
        (home / path).parent.mkdir(exist_ok=True)
        (home / path).write_bytes(data)
        print(f"{path}: {len(data):,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
