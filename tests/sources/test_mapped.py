"""The SQL that names figures in doubt belongs to a table that is served, and asks for nothing that it has not."""

from pathlib import Path

import pyarrow as pa
import pytest

from tradefin.project import Project
from tradefin.sources.fold import ADDED
from tradefin.sources.mapped import LEFT_OUT, MAPPED, REMARK, Mapped
from tradefin.tables.builder import Builder
from tradefin.tables.sql import read_sql, upstream
from tradefin.tables.store import Store

FOLDER = Project.find().root / "sql" / "sources"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.sql")), ids=lambda path: path.stem)
def test_doubts_name_figures_of_a_table_that_is_served(path: Path, tmp_path: Path) -> None:
    builder = Builder(Project.find(), Store(tmp_path))
    publisher, name, _ = builder.source_files[path.stem]
    table = publisher.tables[name]
    assert (FOLDER / path.stem).is_dir() and table.figure
    columns = [c for c in table.columns if c not in ADDED]
    with builder.connect() as con:
        con.register(MAPPED, pa.table({c: pa.array([], pa.string()) for c in columns}))
        for need in upstream(path):
            if need != MAPPED:
                con.register(need, builder.table(need))
        found = con.sql(read_sql(path))
        assert set(found.columns) == {*table.figure, LEFT_OUT, REMARK}
        assert found.fetchall() == []


def test_many_figures_are_told_in_one_sentence_with_a_few_of_them() -> None:
    codes = [f"C{n}" for n in range(8)]
    doubts = pa.table({"code": codes, LEFT_OUT: [*["it is odd"] * 7, None], REMARK: [*[None] * 7, "it is much"]})
    found = Mapped(pa.table({"code": ["C7"]}), doubts)
    assert found.notes("bank.rates", "source_bank_rates") == (
        "bank.rates: 7 figures left out of source_bank_rates, since it is odd: code=C0; code=C1; code=C2; code=C3; "
        "code=C4 and 2 more.",
        "bank.rates: 1 figure to be seen to in source_bank_rates, since it is much: code=C7.",
    )
    assert found.left_out() == [(code,) for code in codes[:7]]
