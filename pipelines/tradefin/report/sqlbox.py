"""The SQL box of the table pages: DuckDB in the browser, on the release's own Parquet.

A release holds a button and no program. The programs are packages of the npm registry, pinned here, got when asked for,
kept by their hash, and laid into a copy of the report. What belongs here: which packages, which of their files, and
where they go. What does not: getting them (`sources.npm`), the box itself (`assets/sqlbox.js`).
"""

import json
from pathlib import Path

from tradefin.addresses import cache_folder
from tradefin.releases.manifest import Manifest
from tradefin.sources import npm
from tradefin.sources.npm import Package

FOLDER = "report/sqlbox"

# Of DuckDB only the build for WebAssembly with exceptions, which every browser since 2022 has. It can read Parquet only
# with an extension from another server; parquet-wasm turns the files into Arrow, which it reads by itself.
DUCKDB = Package(
    "@duckdb/duckdb-wasm",
    "1.32.0",
    "sha512-IewXTNYEjsZCPE9weUWgtjGxUlMRo7qhX0GF6tq/KjK8bnY+RAl4cyUdYUfcdzbyb4b9ZxPC+FOsCcxgaKFWMg==",
    "MIT",
)
ARROW = Package(
    "apache-arrow",
    "17.0.0",
    "sha512-X0p7auzdnGuhYMVKYINdQssS4EcKec9TCXyez/qtJt32DrIMGbzqiaMiQ0X6fQlQpw8Fl0Qygcv4dfRAr5Gu9Q==",
    "Apache-2.0",
)
PARQUET = Package(
    "parquet-wasm",
    "0.8.0",
    "sha512-AunZLpYYHPQCzDzeIKOO3e/p3Uqo8+DGyfEVofhlIIn/bk3EuOFJkDXlswSKDDSWOaZRv6bHrob/XynUDKmceg==",
    "MIT or Apache-2.0",
)
# What of each package goes into the folder, and under which name: `.mjs` is unknown to some web servers.
_FILES = {
    DUCKDB: {
        "dist/duckdb-browser.mjs": "duckdb-browser.js",
        "dist/duckdb-browser-eh.worker.js": "duckdb-worker.js",
        "dist/duckdb-eh.wasm": "duckdb.wasm",
    },
    ARROW: {
        "Arrow.es2015.min.js": "arrow-global.js",
        "LICENSE.txt": "arrow-LICENSE.txt",
        "NOTICE.txt": "arrow-NOTICE.txt",
    },
    PARQUET: {
        "esm/parquet_wasm.js": "parquet.js",
        "esm/parquet_wasm_bg.wasm": "parquet.wasm",
        "LICENSE_MIT": "parquet-LICENSE.txt",
    },
}
# DuckDB's module asks for the module "apache-arrow", which its package ships only as a plain script.
_ARROW_MODULE = "export const { RecordBatchReader, Table, Type } = globalThis.Arrow;\n"


def files() -> dict[str, bytes]:
    """The programs by name, from the cache or from npm.

    Raises:
        TradefinError: npm is missing, gets no answer, or gets other bytes than those pinned.
    """
    packed = _packed()
    found = {"arrow.js": _ARROW_MODULE.encode(), "NOTICE.txt": _notice().encode()}
    for package, names in _FILES.items():
        unpacked = npm.members(packed[package], list(names), package.spec)
        found |= {name: unpacked[member] for member, name in names.items()}
    for name in ("sqlbox.js", "sqlbox.css"):
        found[name] = (Path(__file__).parent / "assets" / name).read_bytes()
    return found


def lay(programs: dict[str, bytes], copy: Path, manifest: Manifest) -> None:
    """Lay the programs into a copy of a release; nothing that was there changes, so its hashes still hold.

    Args:
        programs: What `files` returns.
        copy: The copy's folder.
        manifest: The release, whose tables the box reads.
    """
    folder = copy / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in programs.items():
        (folder / name).write_bytes(data)
    tables = {name: [table.layer, table.path] for name, table in manifest.tables.items()}
    (folder / "tables.json").write_text(json.dumps(tables), encoding="utf-8")


def _packed() -> dict[Package, bytes]:
    from tradefin.tables.store import write_atomically

    kept = {package: cache_folder() / "npm" / f"{package.sha512}.tgz" for package in _FILES}
    found = {package: path.read_bytes() for package, path in kept.items() if path.exists()}
    found = {package: data for package, data in found.items() if package.is_in(data)}
    if missing := [package for package in _FILES if package not in found]:
        for package, data in npm.fetch(missing).items():
            kept[package].parent.mkdir(parents=True, exist_ok=True)
            write_atomically(kept[package], data)
            found[package] = data
    return found


def _notice() -> str:
    lines = [f"{p.spec}  {p.licence}  {p.integrity}" for p in _FILES]
    return "\n".join(["Packages of the npm registry that this folder holds files of, unchanged:", "", *lines, ""])
