"""No claim's answer of a day depends on what became public later; on the day itself it does."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import tradefin
from tests.publishing import audits_of, light
from tradefin.claims.claim import read_claims
from tradefin.claims.readings import measure_all
from tradefin.releases.asof import ReleaseTables
from tradefin.releases.publish import publish
from tradefin.releases.release import Release
from tradefin.tables.asof import Known, Shape, View, connect
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


@pytest.fixture(scope="module")
def release(builder: Builder, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of the project's own tables, published somewhere else."""
    home = tmp_path_factory.mktemp("as_of")
    with light():
        return publish(builder, audits_of(builder), home)


@pytest.mark.parametrize("known", ["published", "period_ended"])
def test_a_release_answers_as_the_project_does(known: Known, release: Release, builder: Builder) -> None:
    """Two ways to the same rows: the project's contracts and SQL, and what the release carries of them."""
    view, tables = View(DAY, known), ReleaseTables(release)
    stems = [stem for stem, contract in builder.contracts.items() if contract.layer in ("core", "marts")]
    with connect(builder, stems, view) as con:
        for stem in stems:
            order = ", ".join(f'"{c}" nulls first' for c in builder.contracts[stem].sorted_by)
            expected = con.sql(f'select * from "{stem}" order by {order}').to_arrow_table()
            assert tables.seen(stem, view).to_pylist() == expected.to_pylist(), stem


def _turnover(release: Release, as_of: str | None) -> list[Decimal]:
    found = tradefin.load("fx_turnover_by_definition", as_of=as_of, home=release.folder.parent.parent).to_pylist()
    return [
        row["turnover_usd_bn"]
        for row in found
        if (row["survey_year"], row["turnover_definition"]) == (2001, "world_traditional")
    ]


def test_the_turnover_of_2001_as_it_was_told(release: Release) -> None:
    assert _turnover(release, "2001-10-08") == []
    assert _turnover(release, "2001-12-06") == [1210]
    assert _turnover(release, "2002-04-30") == [1200]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"as_of": "yesterday"}, "is no day; write it as 2001-12-06"),
        ({"as_of": "2001-12-06", "known": "rumoured"}, "use 'published' or 'period_ended'"),
        ({"as_of": "2001-12-06", "table": "claim_verdicts"}, "choose by its column as_of"),
    ],
)
def test_a_question_without_an_answer_says_so(given: dict[str, Any], said: str, release: Release) -> None:
    with pytest.raises(ValueError, match=said):
        tradefin.load(**{"table": "gdp", **given}, home=release.folder.parent.parent)
