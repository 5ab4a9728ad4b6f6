"""Every table and claim keeps its golden cases."""

from pathlib import Path

import pytest

from tests.golden import run_claim, run_table
from tradefin.tables.builder import Builder

CASES = sorted(p.parent for p in (Path(__file__).parent / "sql").glob("*/*/expect.csv"))


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.parent.name}-{c.name}")
def test_golden(case: Path, builder: Builder) -> None:
    stem = case.parent.name
    run = run_table if stem in builder.project.sql_files else run_claim
    found, expected = run(builder, stem, case)
    assert found == expected
