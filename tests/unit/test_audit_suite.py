"""From contract to checks, and to Great Expectations' JSON, without Great Expectations."""

import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.tiny import make_tiny, reopened, rewrite
from tradefin.audit.expectations import suite_json
from tradefin.audit.suite import checks
from tradefin.audit.words import expected, predicate
from tradefin.errors import ProjectInvalid
from tradefin.tables.contract import Contract


def contract(columns: dict[str, Any], expectations: list[dict[str, Any]] | None = None) -> Contract:
    first = next(iter(columns))
    return Contract.model_validate(
        {
            "table": "sums",
            "layer": "core",
            "version": "1.0.0",
            "one_row_is": "a day",
            "text": "Sums.",
            "key": [first],
            "sorted_by": [first],
            "rows": {"min": 1, "max": 9, "why": "few"},
            "cadence": "never",
            "columns": columns,
            "expectations": expectations or [],
        }
    )


def test_the_audit_and_its_checks_are_imported_without_great_expectations_or_pandas() -> None:
    code = (
        "import sys, tradefin.audit, tradefin.audit.suite, tradefin.audit.run, tradefin.audit.docs\n"
        "from tradefin.project import Project\nfrom tradefin.tables.contract import read_contracts\n"
        "[tradefin.audit.suite.checks(c) for c in read_contracts(Project.find()).values()]\n"
        "print([m for m in ('great_expectations', 'pandas') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_checks_follow_from_the_contract(tmp_path: Path) -> None:
    found = {c.name: c for c in checks(make_tiny(tmp_path).contracts["rates"])}
    assert list(found) == [
        "columns",
        "row_count",
        "key_unique",
        "iso3_not_null",
        "iso3_in_codelist",
        "year_not_null",
        "year_between",
        "rate_pct_not_null",
        "rate_pct_between",
        "vintage_id_not_null",
        "vintage_id_in_vintages",
        "known_on_not_null",
        "known_on_between",
        "period_end_not_null",
        "period_end_between",
    ]
    assert all(c.why and c.severity == "critical" for c in found.values())
    assert found["rate_pct_between"].why == "a share"
    assert found["key_unique"].why == "one row is one country and year in one vintage"
    assert found["iso3_in_codelist"].kwargs["value_set"] == {"codelist": "countries"}


def test_days_and_years_are_bounded_where_no_relation_bounds_them() -> None:
    day, maybe = {"type": "date", "text": "a day"}, {"type": "date", "text": "a day", "optional": True}
    year = {"type": "integer", "unit": "year", "min": 1944, "why": "the IMF is of that year"}
    pair = {"column_A": "end", "column_B": "begin", "or_equal": True, "why": "an order"}
    same = {"column_A": "told", "column_B": "end", "why": "the same day"}
    columns = {"begin": day, "end": day, "told": maybe, "year": year}
    later = {"type": "expect_column_pair_values_a_to_be_greater_than_b", **pair}
    equal = {"type": "expect_column_pair_values_to_be_equal", **same}

    def bounds(*expectations: dict[str, Any]) -> dict[str, Any]:
        found = checks(contract(columns, list(expectations)))
        return {c.columns[0]: [*c.kwargs.values()][1:] for c in found if c.name.endswith("_between") and c.columns}

    both = ["1900-01-01", "2100-12-31"]
    assert bounds() == {"begin": both, "end": both, "told": both, "year": [1944, 2100]}
    assert bounds(later, equal) == {"begin": both[:1], "end": both[1:], "year": [1944, 2100]}
    assert bounds({**later, "severity": "warning"}, {**equal, "severity": "warning"}) == bounds()


def test_names_are_unique() -> None:
    sums = [{"type": "expect_column_sum_to_be_between", "column": "a", "min_value": n, "why": "x"} for n in (1, 2)]
    found = [c.name for c in checks(contract({"a": {"type": "integer", "text": "a"}}, sums))]
    assert found[-2:] == ["a_sum_between", "a_sum_between_2"]


def test_an_optional_column_may_be_missing_and_a_key_of_one_column_is_unique_by_itself() -> None:
    found = {
        c.name: c
        for c in checks(
            contract(
                {"day": {"type": "date", "text": "day"}, "note": {"type": "text", "text": "note", "optional": True}}
            )
        )
    }
    assert "note_not_null" not in found
    assert found["key_unique"].type == "expect_column_values_to_be_unique"


@pytest.mark.parametrize(
    ("columns", "extra", "message"),
    [
        (
            {"a": {"type": "text", "text": "a"}},
            {"type": "expect_column_values_to_not_be_null", "column": "a"},
            "repeats the check 'a_not_null'",
        ),
        (
            {"a": {"type": "text", "text": "a"}},
            {"type": "expect_column_values_to_be_unique", "column": "b"},
            "names the column 'b', which the table does not have",
        ),
        (
            {"a": {"type": "text", "text": "a"}},
            {"type": "expect_column_max_to_be_between", "column": "a", "per": "b"},
            "names the column 'b'",
        ),
        (
            {"a": {"type": "text", "text": "a"}},
            {"type": "expect_column_max_to_be_between", "column": "a", "per": "a", "row_condition": "a > 1"},
            "both 'per' and 'row_condition'",
        ),
        ({"a": {"type": "date", "text": "a", "codelist": "days"}}, None, "only text, integer and boolean"),
    ],
)
def test_a_check_that_makes_no_sense_is_refused(
    columns: dict[str, Any], extra: dict[str, Any] | None, message: str
) -> None:
    given = contract(columns, [{**extra, "why": "x"}] if extra else [])
    with pytest.raises(ProjectInvalid, match=message):
        checks(given)


def test_a_comparison_skips_missing_values_unless_told_otherwise() -> None:
    pair = {"type": "expect_column_pair_values_a_to_be_greater_than_b", "column_A": "a", "column_B": "b", "why": "x"}
    columns = {"a": {"type": "date", "text": "a"}, "b": {"type": "date", "text": "b"}}
    assert checks(contract(columns, [pair]))[-1].kwargs["ignore_row_if"] == "either_value_is_missing"
    told = {**pair, "ignore_row_if": "neither"}
    assert checks(contract(columns, [told]))[-1].kwargs["ignore_row_if"] == "neither"


def test_words_say_what_is_expected() -> None:
    columns = {
        "a": {"type": "integer", "text": "a", "min": 1, "max": 2, "why": "x"},
        "b": {"type": "date", "text": "b"},
        "c": {"type": "date", "text": "c"},
    }
    extra = [
        {
            "type": "expect_column_pair_values_a_to_be_greater_than_b",
            "column_A": "b",
            "column_B": "c",
            "or_equal": True,
        },
        {"type": "expect_column_sum_to_be_between", "column": "a", "per": "b", "max_value": 3},
        {"type": "expect_column_values_to_match_regex", "column": "a", "regex": "^1$", "mostly": 0.9},
        {"type": "expect_column_value_lengths_to_equal", "column": "a", "value": 3, "row_condition": "a > 1"},
    ]
    found = {c.name: expected(c) for c in checks(contract(columns, [{**e, "why": "x"} for e in extra]))}
    assert found["row_count"] == "the number of rows is between 1 and 9"
    assert found["key_unique"] == "no two rows have the same a"
    assert found["a_between"] == "a is between 1 and 2"
    assert found["b_c_a_greater_than_b"] == "b is at least c"
    assert found["a_sum_between_per_b"] == "the sum of a is at most 3, for each b"
    assert found["a_match_regex"] == "a matches the pattern ^1$, in at least 0.9 of the rows"
    assert found["a_value_lengths_to_equal"] == "a column value lengths to equal (value 3), where a > 1"


@pytest.mark.parametrize(
    ("kwargs", "yes", "no"),
    [
        ({"min_value": 1}, "is at least 1", "is not at least 1"),
        ({"min_value": 1, "max_value": 1}, "is 1", "is not 1"),
    ],
)
def test_a_predicate_can_be_negated(kwargs: dict[str, Any], yes: str, no: str) -> None:
    extra = {"type": "expect_column_values_to_be_between", "column": "a", **kwargs, "why": "x"}
    check = checks(contract({"a": {"type": "integer", "text": "a"}}, [extra]))[-1]
    assert (predicate(check), predicate(check, negated=True)) == (yes, no)


def test_the_suite_stands_on_its_own(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    suite = suite_json(builder, builder.contracts["rates"], builder.table("rates"))
    sets = {e["meta"]["check"]: e["kwargs"]["value_set"] for e in suite["expectations"] if "value_set" in e["kwargs"]}
    assert sets == {"iso3_in_codelist": ["JPN", "NAM"], "vintage_id_in_vintages": ["bank-2001", "bank-2002"]}
    assert all(e["notes"] and e["severity"] == "critical" for e in suite["expectations"])


def test_per_becomes_one_expectation_for_each_group(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    given = contract(
        {
            "day": {"type": "date", "text": "day"},
            "share_pct": {"type": "decimal(9,4)", "unit": "percent", "optional": True},
        },
        [
            {
                "type": "expect_column_sum_to_be_between",
                "column": "share_pct",
                "per": "day",
                "min_value": 0.1,
                "why": "x",
            }
        ],
    )
    table = pa.table(
        {
            "day": [date(2001, 1, 1), date(2002, 1, 1), date(2001, 1, 1)],
            "share_pct": pa.array([Decimal("1"), None, Decimal("2")], pa.decimal128(9, 4)),
        }
    )
    suite = suite_json(builder, given, table)
    groups = [e for e in suite["expectations"] if "group" in e["meta"]]
    assert [e["meta"]["group"] for e in groups] == ["2001-01-01", "2002-01-01"]
    assert groups[0]["kwargs"]["row_condition"] == "`day`.astype('str') == '2001-01-01'"
    assert suite["meta"]["read_as_float"] == ["share_pct"]


@pytest.mark.parametrize(("bound", "value"), [("min", 0.1), ("max", 0.3), ("min", 0.5), ("max", 2)])
def test_a_bound_of_a_decimal_column_is_itself_inside(tmp_path: Path, bound: str, value: float) -> None:
    column = {"type": "decimal(9,4)", "unit": "percent", bound: value, "why": "x"}
    given = contract({"share_pct": column})
    suite = suite_json(make_tiny(tmp_path), given, pa.table({"share_pct": [1]}))
    written = suite["expectations"][-1]["kwargs"][f"{bound}_value"]
    exact = Decimal(str(value))
    assert exact >= written if bound == "min" else exact <= written
    assert abs(Decimal(written) - exact) < Decimal("1e-12")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("codelist: countries", "codelist: nowhere", "no codelist .*nowhere.csv"),
        (
            "references: vintages.vintage_id",
            "references: vintages.nothing",
            "references vintages.nothing, which does not exist",
        ),
        ("references: vintages.vintage_id", "references: nothing.vintage_id", "which does not exist"),
    ],
)
def test_a_set_that_does_not_exist_is_an_error_of_the_project(tmp_path: Path, old: str, new: str, message: str) -> None:
    builder = make_tiny(tmp_path)
    rewrite(builder, "expectations/tables/rates.yml", old, new)
    builder = reopened(builder)
    with pytest.raises(ProjectInvalid, match=message):
        suite_json(builder, builder.contracts["rates"], builder.table("rates"))
