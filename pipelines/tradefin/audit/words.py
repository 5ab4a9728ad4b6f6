"""Checks and what came of them, in sentences for people.

What belongs here: wording. What does not: judging.
"""

from typing import Any

from tradefin.audit.suite import Check

# What an aggregate expectation measures, by Great Expectations' name.
AGGREGATES = {
    "expect_column_sum_to_be_between": "sum",
    "expect_column_mean_to_be_between": "mean",
    "expect_column_median_to_be_between": "median",
    "expect_column_min_to_be_between": "minimum",
    "expect_column_max_to_be_between": "maximum",
    "expect_column_stdev_to_be_between": "standard deviation",
    "expect_column_unique_value_count_to_be_between": "number of different values",
    "expect_column_proportion_of_unique_values_to_be_between": "share of different values",
    "expect_column_proportion_of_non_null_values_to_be_between": "share of values present",
}

PAIR = "expect_column_pair_values_a_to_be_greater_than_b"


def expected(check: Check) -> str:
    """What a check asks for, in words."""
    words = _expected(check)
    if condition := check.kwargs.get("row_condition"):
        words += f", where {condition}"
    if check.per:
        words += f", for each {check.per}"
    if (mostly := check.kwargs.get("mostly", 1)) != 1:
        words += f", in at least {float(mostly):.4g} of the rows"
    return words


def _expected(check: Check) -> str:
    kwargs = check.kwargs
    if check.type == "expect_table_columns_to_match_ordered_list":
        return f"the table has these columns in this order: {', '.join(kwargs['column_list'])}"
    if check.type == "expect_table_row_count_to_be_between":
        return f"the number of rows {bounds(kwargs)}"
    if check.name == "key_unique":
        return f"no two rows have the same {' + '.join(check.columns)}"
    if measured := AGGREGATES.get(check.type):
        return f"the {measured} of {kwargs['column']} {bounds(kwargs)}"
    if check.type == PAIR:
        return f"{kwargs['column_A']} {predicate(check)}"
    return f"{' + '.join(check.columns)} {predicate(check)}".strip()


def predicate(check: Check, negated: bool = False) -> str:
    """What is asked of each value: `is between 0 and 100`, negated `is not between 0 and 100`."""
    kwargs, verb = check.kwargs, "is not" if negated else "is"
    simple = {
        "expect_column_values_to_not_be_null": "is missing" if negated else "is never missing",
        "expect_column_values_to_be_null": "is present" if negated else "is always missing",
        "expect_column_values_to_be_unique": "occurs more than once" if negated else "never occurs twice",
        "expect_compound_columns_to_be_unique": "occur together twice" if negated else "never occur together twice",
        "expect_column_values_to_be_increasing": f"{verb} in increasing order",
        "expect_column_values_to_be_decreasing": f"{verb} in decreasing order",
        "expect_select_column_values_to_be_unique_within_record": "are equal" if negated else "differ within each row",
        "expect_column_pair_values_to_be_equal": "differ" if negated else "are equal",
        "expect_multicolumn_values_to_be_equal": "differ" if negated else "are equal",
    }
    if check.type in simple:
        return simple[check.type]
    if check.type == "expect_column_values_to_be_between":
        return bounds(kwargs, verb)
    if check.type == "expect_column_values_to_be_in_set":
        return f"{verb} {_one_of(kwargs['value_set'])}"
    if check.type == "expect_column_values_to_not_be_in_set":
        return f"{'is' if negated else 'is not'} {_one_of(kwargs['value_set'])}"
    if check.type == "expect_column_values_to_match_regex":
        return f"{'does not match' if negated else 'matches'} the pattern {kwargs['regex']}"
    if check.type == "expect_column_value_lengths_to_be_between":
        return f"has a length that {bounds(kwargs, verb)}"
    if check.type == PAIR:
        return _pair(kwargs, verb)
    if check.type == "expect_multicolumn_sum_to_equal":
        return f"{'do' if negated else ''}{' not add' if negated else 'add'} up to {kwargs['sum_total']}"
    return f"{'fails ' if negated else ''}{_plain(check)}"


def _pair(kwargs: dict[str, Any], verb: str) -> str:
    return f"{verb} {'at least' if kwargs.get('or_equal') else 'greater than'} {kwargs['column_B']}"


def _plain(check: Check) -> str:
    """An expectation without words of its own: its name and arguments."""
    hidden = {
        "column",
        "column_A",
        "column_B",
        "column_list",
        "row_condition",
        "condition_parser",
        "mostly",
        "ignore_row_if",
    }
    arguments = ", ".join(f"{k} {v}" for k, v in check.kwargs.items() if k not in hidden)
    name = check.type.removeprefix("expect_").replace("_", " ")
    return f"{name} ({arguments})" if arguments else name


def bounds(kwargs: dict[str, Any], verb: str = "is") -> str:
    """`is between 1 and 2`, `is at least 1`, `is at most 2`."""
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if low is not None and high is not None:
        return f"{verb} {low}" if low == high else f"{verb} between {low} and {high}"
    if low is not None:
        return f"{verb} at least {low}"
    return f"{verb} at most {high}"


def _one_of(values: Any) -> str:  # noqa: ANN401 - a list, or where to look the values up
    if isinstance(values, dict):
        if "codelist" in values:
            return f"a code of the codelist {values['codelist']}"
        return f"a value of {values['references']}"
    return "one of " + ", ".join(str(v) for v in values)


def row(values: dict[str, str], columns: tuple[str, ...]) -> str:
    """A row named by its key: `(iso3=JPN, year=2001)`."""
    return "(" + ", ".join(f"{c}={values[c]}" for c in columns if c in values) + ")"


def count(number: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
