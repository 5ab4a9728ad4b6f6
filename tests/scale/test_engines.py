"""Engines that share no code with us read the project's release by its Iceberg catalogue: they count what we count."""

import json
import subprocess
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyiceberg.catalog.sql import SqlCatalog

import tradefin
from tradefin.iceberg import CATALOGUE, FOLDER, write
from tradefin.releases.release import Release

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-bench" / "engines" / "bin" / "python"

pytestmark = [
    pytest.mark.scale,
    pytest.mark.xdist_group("real release"),
    pytest.mark.skipif(not PYTHON.exists(), reason="`make scale-test` installs the other engines, half a gigabyte"),
]


@pytest.fixture(scope="module")
def listed(real: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For each table its folder, its newest metadata and a column of numbers."""
    home = real.folder.parent.parent
    write(home)
    catalogue = SqlCatalog("tradefin", uri=f"sqlite:///{home / FOLDER / CATALOGUE}", warehouse=(home / FOLDER).as_uri())
    found = {}
    for name, info in real.manifest.tables.items():
        table = catalogue.load_table((info.layer, name))
        number = next((c.name for c in info.columns if c.type == "integer" or c.type.startswith("decimal")), None)
        found[f"{info.layer}.{name}"] = (table.location().removeprefix("file://"), table.metadata_location, number)
    file = tmp_path_factory.mktemp("engines") / "tables.json"
    file.write_text(json.dumps(found))
    return file


@pytest.mark.parametrize("engine", ["clickhouse", "datafusion"])
def test_another_engine_counts_what_we_count(real: Release, listed: Path, engine: str) -> None:
    script = Path(__file__).with_name("count_by_engine.py")
    home = real.folder.parent.parent
    done = subprocess.run([PYTHON, script, engine, listed], cwd=home, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    columns = {name: column for name, (_, _, column) in json.loads(listed.read_text()).items()}
    ours = {}
    for name, column in columns.items():
        table = tradefin.load(name.partition(".")[2], home=home)
        ours[name] = (table.num_rows, _total(table, column))
    assert {name: (rows, Decimal(total or 0)) for name, (rows, total) in told.items()} == ours


def _total(table: pa.Table, column: str | None) -> Decimal:
    found = pc.sum(table.column(column).cast(pa.decimal128(38, 6))).as_py() if column else None
    return Decimal(found or 0)
