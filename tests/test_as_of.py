"""No claim's answer of a day depends on what became public later; on the day itself it does."""

from datetime import date, timedelta

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tradefin.claims.claim import read_claims
from tradefin.claims.readings import measure_all
from tradefin.tables.asof import Shape, View
from tradefin.tables.builder import Builder

DAY = date(2001, 12, 6)


class WithLaterFigures:
    """The project's tables, each core table with all its rows a second time: other figures, public on another day."""

    def __init__(self, builder: Builder, published: date) -> None:
        self.builder = builder
        self.published = published
        self.connect, self.closure, self.shape = builder.connect, builder.closure, builder.shape

    def table(self, stem: str) -> pa.Table:
        table, shape = self.builder.table(stem), self.shape(stem)
        if shape is None or shape.days is None:
            return table
        return pa.concat_tables([table, self._again(table, shape, self.builder.contracts[stem].key)])

    def derive(self, con: duckdb.DuckDBPyConnection, stem: str) -> pa.Table:
        return self.builder.derive(con, stem)

    def _again(self, table: pa.Table, shape: Shape, key: tuple[str, ...]) -> pa.Table:
        """The rows with each number doubled and each day at which something became known set to the day."""
        assert shape.days
        days = {shape.days.published, *(c for c in shape.columns.values() if c)}
        columns = []
        for field in table.schema:
            column = table.column(field.name)
            if field.name in days:
                column = pa.chunked_array([pa.array([self.published] * len(table), pa.date32())])
            elif field.name == "vintage_id" and field.name in key:
                column = pc.binary_join_element_wise(column, "again", "-")
            elif pa.types.is_decimal(field.type):
                column = pc.multiply(column.cast(pa.float64()), 2).cast(field.type, safe=False)
            columns.append(column)
        return pa.Table.from_arrays(columns, schema=table.schema)


def _measured(tables: "Builder | WithLaterFigures", builder: Builder) -> dict[str, list[object]]:
    claims = read_claims(builder.project)
    readings = measure_all(tables, claims, builder.project.claim_sql_files, DAY, day=DAY)
    return {
        name: [(m.definition, m.measure, m.period, m.value) for m in views[View(DAY, "published")]]
        for name, views in readings.items()
    }


@pytest.fixture(scope="module")
def told(builder: Builder) -> dict[str, list[object]]:
    return _measured(builder, builder)


def test_what_is_published_a_day_later_changes_nothing(builder: Builder, told: dict[str, list[object]]) -> None:
    later = WithLaterFigures(builder, DAY + timedelta(days=1))
    assert _measured(later, builder) == told


def test_what_is_published_on_the_day_counts(builder: Builder, told: dict[str, list[object]]) -> None:
    changed = {n for n, found in _measured(WithLaterFigures(builder, DAY), builder).items() if found != told[n]}
    assert {"daily_capital_flows", "asia_quota_misalignment"} <= changed
