"""One query followed back: a row is traced to exactly when a change of its figure changes the result."""

from collections.abc import Sequence
from itertools import count

import duckdb
import pyarrow as pa
import pytest

from tradefin.trace.origins import ROW
from tradefin.trace.query import RID, Query
from tradefin.trace.shapes import CannotFollow
from tradefin.trace.step import Rows, Step

# Figures with vintages: x is what is measured; nothing below chooses rows by it.
FIGURES = [
    # area, year, edition, x
    ("JPN", 2000, 1, 3),
    ("JPN", 2000, 2, 5),
    ("JPN", 2001, 1, 7),
    ("USA", 2000, 1, 11),
    ("USA", 2001, 1, None),
    ("USA", 2001, 2, 13),
    ("WLD", 2000, 1, 100),
    ("DEU", 2001, 1, 17),
]
AREAS = [("JPN", "asia"), ("USA", "america"), ("DEU", "europe"), ("CHN", "asia")]
TYPES = {
    "figures": {"area": "varchar", "year": "bigint", "edition": "bigint", "x": "bigint"},
    "areas": {"area": "varchar", "region": "varchar"},
    "codelist_regions": {"code": "varchar", "name": "varchar", "weight": "bigint"},
}
REGIONS = [("asia", "Asia", 2), ("america", "America", 1), ("europe", "Europe", 3)]

# Each gives a key and a value; the value depends on x.
EXACT = {
    "a plain column": "select area || year || edition as key, x as value from figures",
    "arithmetic": (
        "select f.area as key, 2 * f.x - g.x as value from figures f join figures g on g.area = f.area and g.year "
        "= f.year and g.edition = 1 where f.edition = 2"
    ),
    "a left join": (
        "select a.area as key, f.x as value from areas a left join figures f on f.area = a.area and f.year = 2000 "
        "and f.edition = 1"
    ),
    "the branch taken": (
        "select area || year || edition as key, case when year = 2000 then x when edition = 2 then 2 * x else 0 "
        "end as value from figures"
    ),
    "a case of a value": (
        "select area || year || edition as key, case edition when 1 then x else -x end as value from figures"
    ),
    "if": "select area || year || edition as key, if(year = 2000, x, 1) as value from figures",
    "the first that is there": (
        "select n.area as key, coalesce(n.x, o.x) as value from figures n join figures o on o.area = n.area and "
        "o.edition = 1 and o.year = 2000 where n.edition = 1 and n.year = 2001"
    ),
    "a sum": "select area as key, sum(x) as value from figures group by area",
    "a sum with a filter": (
        "select year as key, sum(x) filter (where area <> 'WLD') as value from figures group by all"
    ),
    "a sum of cases": (
        "select year as key, sum(case when area = 'JPN' then x when edition = 2 then 3 * x end) as value from "
        "figures group by year"
    ),
    "a share": (
        "with w as (select year, sum(x) as world from figures group by year) select f.area || f.year || f.edition "
        "as key, 1000000 * f.x / w.world as value from figures f join w using (year) where f.x is not null"
    ),
    "the newest edition": (
        "select area || year as key, x as value from figures qualify row_number() over (partition by area, year "
        "order by edition desc) = 1"
    ),
    "the last that is there": (
        "select area as key, last(x order by year, edition) filter (where x is not null) as value from figures "
        "group by area"
    ),
    "arg_max": "select area as key, arg_max(x, edition) as value from figures where year = 2000 group by area",
    "a window sum": "select area || year || edition as key, sum(x) over (partition by year) as value from figures",
    "a named window": (
        "select area || year || edition as key, sum(x) filter (where area <> 'WLD') over w as value from figures "
        "window w as (partition by year)"
    ),
    "a running sum": (
        "select area || year || edition as key, sum(x) over (partition by area order by year, edition) as value "
        "from figures"
    ),
    "a frame": (
        "select area || year || edition as key, sum(x) over (order by area, year, edition rows between 1 preceding"
        " and current row) as value from figures"
    ),
    "the row before": (
        "select area || year || edition as key, lag(x) over (partition by area order by year, edition) as value "
        "from figures"
    ),
    "a window over groups": "select year as key, sum(sum(x)) over () as value from figures group by year",
    "one below the other": (
        "select 'a' as kind, area as key, sum(x) as value from figures where year = 2000 group by area union all "
        "select 'b', area, sum(x) from figures where year = 2001 group by area"
    ),
    "a bare null above a date": (
        "select 'a' as key, null as value, null as d union all select 'b' || area || edition, x, make_date(year, "
        "1, 1) from figures where year = 2001"
    ),
    "names that repeat": (
        "select area as key, x as value, 1 as other from figures where year = 2000 and edition = 1 union all "
        "select 'x', x, x from figures where area = 'DEU'"
    ),
    "without repetition": "select distinct 'all' as key, sum(x) over () as value from figures",
    "a union without repetition": (
        "select key, sum(n) as value from (select area as key, x as n from figures where edition = 1 union select "
        "area, x from figures where edition = 2) as u group by key"
    ),
    "values to the side": (
        "select area || m.name as key, m.value from figures cross join lateral (values ('once', x), ('twice', 2 * "
        "x), ('none', 0)) as m (name, value) where edition = 1 and year = 2000"
    ),
    "a subquery of its own": (
        "select a.area as key, (select sum(f.x) from figures f where f.area = a.area and f.year = 2000) as value "
        "from areas a"
    ),
    "a subquery for all": "select area as key, (select sum(x) from figures where year = 2001) as value from areas",
    "a codelist": (
        "select a.area as key, f.x * r.weight as value from areas a join figures f on f.area = a.area join "
        "codelist_regions r on r.code = a.region where f.edition = 1 and f.year = 2000"
    ),
    "a chain of parts": (
        "with newest as (select * from figures where x is not null qualify row_number() over (partition by area, "
        "year order by edition desc) = 1), growth as (select n.area, n.year, n.x - b.x as grown from newest n join"
        " newest b on b.area = n.area and b.year = n.year - 1) select area as key, grown as value from growth"
    ),
    "an array taken apart": (
        "select area || u.k as key, x * u.k as value from (select area, x, unnest([1, 2]) as k from figures where "
        "year = 2000 and edition = 1) as u"
    ),
    "a series of numbers": (
        "select s.y as key, sum(f.x) as value from generate_series(2000, 2001) as s (y) left join figures f on "
        "f.year = s.y group by s.y"
    ),
    "those of a list": (
        "select area as key, sum(x) as value from figures where area in (select area from areas) group by area"
    ),
    "an average that counts": (
        "select year as key, 1000 * sum(x) / count(x) as value from figures group by year having count(*) > 1"
    ),
}


def connection(figures: Sequence[tuple[object, ...]]) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(":memory:")
    for name, rows in (("figures", figures), ("areas", AREAS), ("codelist_regions", REGIONS)):
        columns = list(TYPES[name])
        table = pa.table({c: [row[i] for row in rows] for i, c in enumerate(columns)})
        con.register(name, table.append_column(RID, pa.array(range(len(rows)), pa.int64())))
    return con


def plain(sql: str, figures: Sequence[tuple[object, ...]]) -> list[tuple[object, ...]]:
    with connection(figures) as con:
        return con.execute(f"select key, value from ({sql}) as q order by all").fetchall()


def traced(sql: str, column: str = "value") -> dict[tuple[object, object], Rows]:
    """For each row of the result, key and value, the rows of `figures` behind one of its columns."""
    numbers = count()
    with connection(FIGURES) as con:
        step = Step(con, sql, TYPES, [column], f"s{next(numbers)}_")
        rows = con.execute(f"select key, value, {RID} from {step.result}").fetchall()
        found = {(key, value): step.upstream({column: {rid}}).get("figures", {}) for key, value, rid in rows}
        step.close()
        left = con.execute("select count(*) from duckdb_tables() where temporary").fetchall()[0][0]
        assert left == 0
    return found


@pytest.mark.parametrize("name", EXACT)
def test_the_rows_traced_to_are_those_that_matter(name: str) -> None:
    sql = EXACT[name]
    before = plain(sql, FIGURES)
    found = traced(sql)
    assert sorted(found, key=str) == sorted(set(before), key=str), "taken apart, the query must give the same"
    for number, (area, year, edition, x) in enumerate(FIGURES):
        if x is None:
            continue
        changed = [*FIGURES]
        changed[number] = (area, year, edition, x + 1_000_003)
        differs = set(before) - set(plain(sql, changed))
        told = {row for row, tables in found.items() if row[1] is not None and number in tables.get("x", set())}
        assert told == differs, f"row {number} of figures: {FIGURES[number]}"


def test_a_rank_compares_all_of_its_partition() -> None:
    ranks = traced(
        "select area || year || edition as key, rank() over (partition by year order by x) as value from figures"
    )
    assert {tuple(sorted(t["x"])) for t in ranks.values()} == {(0, 1, 3, 6), (2, 4, 5, 7)}


def test_the_largest_comes_from_one_row() -> None:
    assert traced("select 'max' as key, max(x) as value from figures") == {("max", 100): {"x": {6}}}
    assert traced("select 'min' as key, min(x) as value from figures") == {("min", 3): {"x": {0}}}


def test_counting_rows_counts_rows() -> None:
    counted = traced("select area as key, count(*) filter (where edition = 1) as value from figures group by area")
    assert counted["JPN", 2] == {"edition": {0, 2}}
    running = traced(
        "select area || edition as key, count(*) over (order by area, edition) as value from figures where year = 2000"
    )
    assert running["JPN1", 1] == {ROW: {0}}
    assert running["JPN2", 2] == {ROW: {0, 1}}
    whole = traced("select area as key, count(*) as value from figures group by area")
    assert whole["USA", 3] == {ROW: {3, 4, 5}}


def test_a_constant_comes_from_its_condition_or_from_nowhere() -> None:
    chosen = traced(
        "select area || year || edition as key, case when x > 10 then 'big' else 'small' end as value from figures"
    )
    assert chosen["JPN20001", "small"] == {"x": {0}}
    assert set(map(str, traced("select area as key, 'usd' as value from figures").values())) == {"{}"}


def test_a_row_as_such_comes_from_the_rows_that_were_joined() -> None:
    rows = traced(
        "select f.area as key, 1 as value from figures f join areas a on a.area = f.area where f.year = 2000", ROW
    )
    assert rows["USA", 1] == {ROW: {3}}
    assert set(rows) == {("JPN", 1), ("USA", 1)}


def test_a_codelist_is_looked_up_by_what_stands_there() -> None:
    sql = "select f.area as key, r.name as value from areas f join codelist_regions r on r.code = f.region"
    with connection(FIGURES) as con:
        step = Step(con, sql, TYPES, ["value"], "s_")
        (rid,) = (r for key, r in con.execute(f"select key, {RID} from {step.result}").fetchall() if key == "DEU")
        assert step.upstream({"value": {rid}}) == {"areas": {"region": {2}}, "codelist_regions": {"name": {2}}}


@pytest.mark.parametrize(
    "sql",
    [
        "with recursive r as (select 1 as key union all select key + 1 from r) select key, 1 as value from r",
        "select area as key, x as value from figures limit 1",
        "select distinct on (area) area as key, x as value from figures",
        "select area as key, x as value from figures except select 'JPN', 3",
        "select area as key, sum(x) as value from figures group by rollup (area)",
        "select key, value from nowhere",
        "select area as key, x as value from areas a, lateral (select f.x from figures f where f.area = a.area) as l",
        "select area as key, no_such_function(x) as value from figures",
        "selekt 1",
    ],
)
def test_what_is_not_followed_is_said(sql: str) -> None:
    with connection(FIGURES) as con, pytest.raises(CannotFollow):
        Step(con, sql, TYPES, ["value"], "s_")


def test_relations_come_after_what_they_read() -> None:
    query = Query(EXACT["a chain of parts"], TYPES, "s")
    assert list(query.relations)[-1] == query.result
    assert len(query.relations) == len(TYPES) + 3
