"""What DuckDB counts is what Great Expectations would have counted itself, on a pandas frame: result by result."""

import math
import random
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tradefin.audit import engine
from tradefin.audit.counting import SHOWN, Broken, Figure, count
from tradefin.audit.rows import Rows
from tradefin.errors import ProjectInvalid

SCHEMA = pa.schema(
    [
        ("code", pa.string()),
        ("year", pa.int64()),
        ("rate", pa.decimal128(9, 4)),
        ("day", pa.date32()),
        ("until", pa.date32()),
        ("open", pa.bool_()),
        ("low", pa.decimal128(18, 6)),
    ]
)
DAYS = [date(2000, 12, 31), date(2001, 12, 31), date(2024, 2, 29)]
CELLS: dict[str, list[Any]] = {
    "code": ["JP", "NA", "NO", "", "jp", "JP\n", "é", "it's", "007"],
    "year": [1999, 2000, 2001, -1],
    "rate": [Decimal(v) for v in ("0.1", "0.3", "0", "-0.0001", "99.9999", "100", "100.0001")],
    "day": DAYS,
    "until": DAYS,
    "open": [True, False],
    "low": [Decimal(v) for v in ("0.1", "0.100001", "99.999900", "-3")],
}


def table_of(seed: int) -> pa.Table:
    """A few rows of few values, so that all that can be wrong is wrong in some table; every other one lacks values."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    missing: list[Any] = [None, None] if seed % 2 else []
    number = (1, 15)[seed // 2]
    cells = {c: [chance.choice(v + missing) for _ in range(number)] for c, v in CELLS.items()}
    return pa.Table.from_pydict(cells, schema=SCHEMA)


def column(kind: str, name: str, **kwargs: object) -> dict[str, Any]:
    return {"type": f"expect_column_{kind}", "kwargs": {"column": name, **kwargs}}


def pair(a: str, b: str, **kwargs: object) -> dict[str, Any]:
    return {
        "type": "expect_column_pair_values_a_to_be_greater_than_b",
        "kwargs": {"column_A": a, "column_B": b, "ignore_row_if": "either_value_is_missing", **kwargs},
    }


def equal(a: str, b: str) -> dict[str, Any]:
    return {**pair(a, b), "type": "expect_column_pair_values_to_be_equal"}


def unique(*columns: str, **kwargs: object) -> dict[str, Any]:
    return {"type": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": [*columns], **kwargs}}


def of(group: str, expectation: dict[str, Any]) -> dict[str, Any]:
    more = {"row_condition": group, "condition_parser": "pandas"}
    return {**expectation, "kwargs": {**expectation["kwargs"], **more}}


COUNTED = [
    {"type": "expect_table_columns_to_match_ordered_list", "kwargs": {"column_list": SCHEMA.names}},
    {"type": "expect_table_columns_to_match_ordered_list", "kwargs": {"column_list": SCHEMA.names[1:]}},
    {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 2, "max_value": 6}},
    *(column("values_to_not_be_null", name) for name in SCHEMA.names),
    column("values_to_not_be_null", "code", mostly=0.8),
    *(column("values_to_be_unique", name) for name in ("code", "year", "rate", "day")),
    unique("code", "year"),
    unique("code", "year", "day", ignore_row_if="any_value_is_missing"),
    unique("open", "rate", ignore_row_if="all_values_are_missing"),
    column("values_to_be_in_set", "code", value_set=["JP", "NA", "NO", "it's"]),
    column("values_to_be_in_set", "code", value_set=[]),
    column("values_to_be_in_set", "code", value_set=["JP", "é"], mostly=0.3),
    column("values_to_be_in_set", "year", value_set=[1999, 2000]),
    column("values_to_be_in_set", "open", value_set=[True]),
    *(column("values_to_be_between", "year", **b) for b in ({"min_value": 2000}, {"max_value": 2000.5})),
    column("values_to_be_between", "year", min_value=1999, max_value=2001, strict_min=True, strict_max=True),
    column("values_to_be_between", "rate", min_value=0.1, max_value=100),
    column("values_to_be_between", "rate", min_value=0.1, max_value=99.9999, strict_min=True),
    column("values_to_be_between", "rate", max_value=100, strict_max=True, mostly=0.5),
    column("values_to_be_between", "low", min_value=math.nextafter(0.1, 0), max_value=1e300),
    column("values_to_be_between", "low", max_value=math.nextafter(0.1, 0)),
    column("values_to_be_between", "day", min_value="2001-01-01", max_value="2023-12-31"),
    column("values_to_be_between", "day", min_value="2001-12-31", strict_min=True),
    *(column("values_to_match_regex", "code", regex=r) for r in ("^[A-Z]{2}$", r"^\d+$", "^(J|N)", "p$|é", "^[^J]*$")),
    *(pair(a, b, or_equal=e) for a, b in (("until", "day"), ("low", "rate"), ("year", "rate")) for e in (True, False)),
    *(equal(a, b) for a, b in (("until", "day"), ("low", "rate"), ("year", "rate"), ("code", "code"))),
    *(column(f"{what}_to_be_between", "year", min_value=2000, max_value=4000) for what in ("sum", "min", "max")),
    column("sum_to_be_between", "rate", min_value=0.3, max_value=200),
    *(of(f"`day`.astype('str') == '{d}'", column("sum_to_be_between", "rate", max_value=100)) for d in DAYS),
    of('`code` == "it\'s"', column("sum_to_be_between", "rate", max_value=100)),
    of("`open` == True", column("values_to_be_between", "year", min_value=2000)),
    of("`year` == 2000", column("values_to_be_in_set", "code", value_set=["JP"])),
]


def suite(*expectations: dict[str, Any]) -> dict[str, Any]:
    """As `suite_json` writes it."""
    numbered = [{**e, "meta": {"check": str(i)}, "severity": "critical"} for i, e in enumerate(expectations)]
    return {"name": "t", "expectations": numbered, "meta": {"read_as_float": []}}


def by_frame(table: pa.Table, expectations: dict[str, Any]) -> dict[int, Any]:
    """What Great Expectations finds on its own: pandas cannot add decimals up, so those are read as binary numbers."""
    import great_expectations as gx

    sums = [e["kwargs"]["column"] for e in expectations["expectations"] if "_sum_" in e["type"]]
    results: dict[int, Any] = {}
    for as_float in (False, True):
        frame = engine.frame_of(table, {**expectations, "meta": {"read_as_float": sums if as_float else []}})
        some = [e for e in expectations["expectations"] if ("_sum_" in e["type"]) == as_float]
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        data = context.data_sources.add_pandas("release").add_dataframe_asset("tables")
        batch = data.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
        found = batch.validate(gx.ExpectationSuite(**{**expectations, "expectations": some}), result_format="COMPLETE")
        results |= by_check(found.to_json_dict())
    return results


def by_check(validation: dict[str, Any]) -> dict[int, Any]:
    found = {}
    for result in validation["results"]:
        assert not engine.problem(result), result
        result["result"].pop("unexpected_index_query", None)  # a line of pandas
        found[int(result["expectation_config"]["meta"]["check"])] = result
    return found


@pytest.mark.filterwarnings("ignore:This pattern is interpreted as a regular expression")
@pytest.mark.parametrize("seed", range(4))
def test_each_result_is_that_of_great_expectations_own_engine(seed: int) -> None:
    table = table_of(seed)
    asked = [e for e, found in zip(COUNTED, count(Rows(table), COUNTED), strict=True) if found]
    assert all("row_condition" in e["kwargs"] for e in COUNTED if e not in asked)  # groups that have no row here
    ours = by_check(engine.validate(Rows(table), suite(*asked)))
    theirs = by_frame(table, suite(*asked))
    different = [
        (expectation, o, t)
        for number, expectation in enumerate(asked)
        if (o := alike(ours[number])) != (t := alike(theirs[number]))
    ]
    assert different == []


def alike(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """A result without what may differ: last digits of binary sums, and how often one NaN is another."""
    if isinstance(value, dict):
        return {k: alike(v) for k, v in value.items() if k != "partial_unexpected_counts" or None not in _values(v)}
    if isinstance(value, list | tuple):
        return [alike(v) for v in value]
    return round(value, 9) if isinstance(value, float) else value


def _values(counts: list[dict[str, Any]]) -> list[Any]:
    return [c.get("value") for c in counts]


def test_a_file_is_counted_as_the_table_in_memory(tmp_path: Path) -> None:
    table = table_of(3)
    file = tmp_path / "it's.parquet"
    pq.write_table(table, file, row_group_size=7)
    assert count(Rows(file), COUNTED) == count(Rows(table), COUNTED)
    assert (Rows(file).columns, Rows(file).number) == (SCHEMA.names, 15)
    assert Rows(file).at([7, 14], ["rate", "code"]) == Rows(table).at([7, 14], ["rate", "code"])


def test_sums_of_decimals_are_exact() -> None:
    cells = [Decimal("9007199254740993.01"), Decimal("0.02"), None, Decimal("-0.01")]
    table = pa.table({"amount": pa.array(cells, pa.decimal128(38, 2)), "year": [2**53 + 1, 1, 1, 0]})
    asked = [column("sum_to_be_between", name) for name in table.column_names]
    assert count(Rows(table), asked) == [Figure(Decimal("9007199254740993.02")), Figure(2**53 + 3)]


def test_bounds_of_decimals_are_exact() -> None:
    table = pa.table({"amount": pa.array([Decimal("1234567890123456789.001")], pa.decimal128(38, 3))})
    (found,) = count(Rows(table), [column("values_to_be_between", "amount", max_value=1234567890123456789)])
    assert found == Broken(1, 1, 1, [Decimal("1234567890123456789.001")], [0])


def test_what_is_not_a_number_is_not_missing() -> None:
    table = pa.table({"rate": pa.array([float("nan"), 1.0, None])})
    present, small, large = count(
        Rows(table),
        [
            column("values_to_not_be_null", "rate"),
            column("values_to_be_between", "rate", max_value=5),
            column("values_to_be_between", "rate", min_value=0),
        ],
    )
    assert isinstance(present, Broken)
    assert present.places == [2]
    for found in (small, large):
        assert isinstance(found, Broken)
        assert (found.considered, found.unexpected, found.places) == (2, 1, [0])


def test_of_many_wrong_rows_the_first_are_named_and_all_are_counted() -> None:
    table = pa.table({"a": ["x"] * 500 + ["y"] * 500, "b": [1] * 1000})
    in_set, key = count(Rows(table), [column("values_to_be_in_set", "a", value_set=["x"]), unique("a", "b")])
    assert in_set == Broken(1000, 1000, 500, ["y"] * SHOWN, list(range(500, 500 + SHOWN)))
    assert key == Broken(1000, 1000, 1000, [{"a": "x", "b": 1}] * SHOWN, list(range(SHOWN)))
    assert Rows(table).shared(("a", "b"), 10) == [({"a": "x", "b": "1"}, 500), ({"a": "y", "b": "1"}, 500)]


LEFT = [
    *(column("values_to_match_regex", "code", regex=r) for r in (r"^\w+(?=P)", "[^\\d]", "(?i)j", "^J\\b")),
    column("value_lengths_to_be_between", "code", max_value=2),
    column("values_to_be_in_set", "year", value_set=[2000.0]),
    column("median_to_be_between", "year", min_value=0),
    column("max_to_be_between", "day", min_value="2000-01-01"),
    pair("until", "day", ignore_row_if="both_values_are_missing"),
    of("`year` > 2000", column("values_to_not_be_null", "code")),
    of("`year` == year", column("values_to_not_be_null", "code")),
]


def test_what_cannot_be_put_in_sql_is_run_on_a_frame() -> None:
    table = table_of(2)
    assert count(Rows(table), LEFT) == [None] * len(LEFT)
    both = suite(COUNTED[0], *LEFT, COUNTED[1])
    assert by_check(engine.validate(Rows(table), both)) == by_frame(table, both)


def test_an_unused_frame_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "frame_of", None)
    validation = engine.validate(Rows(table_of(2)), suite(*COUNTED[:3]))
    assert validation["statistics"]["evaluated_expectations"] == 3


def test_what_duckdb_cannot_count_is_an_error_of_the_project() -> None:
    huge = column("values_to_be_in_set", "year", value_set=[2**70])
    with pytest.raises(ProjectInvalid, match="The expectations of t cannot be counted: Conversion Error"):
        engine.validate(Rows(table_of(2)), suite(huge))
