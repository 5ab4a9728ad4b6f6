"""From what Great Expectations returns to results and complaints that a person can act on.

What belongs here: folding and explaining results. What does not: running anything.
"""

from dataclasses import dataclass
from typing import Any

from tradefin.audit import words
from tradefin.audit.rows import Rows
from tradefin.audit.suite import Check
from tradefin.tables.contract import Contract

EXAMPLES = 10


@dataclass(frozen=True)
class CheckResult:
    """What came of one check.

    Attributes:
        check: The check.
        success: Whether it holds.
        expected: What it asks for, in words.
        observed: What was found, in words.
        unexpected: Number of rows (or groups, or columns) that break it.
        examples: Up to ten of them as texts, key columns first; a missing value is the empty text.
    """

    check: Check
    success: bool
    expected: str
    observed: str
    unexpected: int
    examples: tuple[dict[str, str], ...] = ()


def fold(check: Check, parts: list[dict[str, Any]], rows: Rows, contract: Contract) -> CheckResult:
    """One result for a check from the results of its expectations, of which `per` makes several.

    Args:
        check: The check.
        parts: Results of Great Expectations as JSON objects.
        rows: The table that was checked.
        contract: Its contract.
    """
    success = all(p["success"] for p in parts)
    if check.name == "columns":
        observed, examples = _columns(check, rows.columns)
        return CheckResult(check, success, words.expected(check), observed, len(examples), tuple(examples[:EXAMPLES]))
    if any("observed_value" in p["result"] for p in parts):
        return _measured(check, parts, success)
    places = sorted({i for p in parts for i in p["result"].get("unexpected_index_list") or []})
    counted = [p["result"] for p in parts]
    unexpected = sum(r.get("unexpected_count", 0) for r in counted)
    if check.name == "key_unique":
        examples = [{**key, "rows": str(n)} for key, n in rows.shared(check.columns, EXAMPLES)] if unexpected else []
    else:
        shown = [*contract.key, *(c for c in (check.per, *check.columns) if c and c not in contract.key)]
        examples = rows.at(places[:EXAMPLES], shown)
    observed = _observed_rows(check, rows.number, unexpected, sum(r.get("missing_count") or 0 for r in counted))
    return CheckResult(check, success, words.expected(check), observed, unexpected, tuple(examples))


def unchecked(check: Check, rows: Rows) -> CheckResult:
    """The result of a check that cannot be run since its column or all rows are missing."""
    missing = [c for c in (*check.columns, check.per) if c and c not in rows.types]
    if missing:
        return CheckResult(
            check,
            False,
            words.expected(check),
            f"not checked: there is no column {', '.join(missing)}",
            len(missing),
            tuple({"column": c, "problem": "missing"} for c in missing),
        )
    return CheckResult(check, True, words.expected(check), "nothing to check: the table has no rows", 0)


def complaint(result: CheckResult, table: str, rows: int, key: tuple[str, ...]) -> str:
    """One sentence that names table, column, row and value of a failed check, and why that is wrong.

    Args:
        result: A failed check's result.
        table: The stem.
        rows: The table's number of rows.
        key: Its key columns.
    """
    check, first = result.check, (result.examples[0] if result.examples else {})
    place = f"Table {table}" + (f", column {', '.join(check.columns)}" if check.columns else "")
    if check.name == "key_unique":
        return (
            f"Table {table}: the key {words.row(first, key)} occurs in {first.get('rows', 'several')} rows, "
            f"but {check.why}. {result.unexpected} of {words.count(rows, 'row')} share their key."
        )
    if "problem" in first:
        return f"Table {table}, column {first['column']}: {first['problem']} ({check.why})."
    if not any(k in first for k in key):
        group = f", {check.per} {first[check.per]}" if check.per in first else ""
        measured = first.get("observed", result.observed)
        return f"{place}{group}: {measured}, where {result.expected} ({check.why})."
    values = {c: first[c] for c in check.columns if c in first}
    said = ", ".join(v if len(values) == 1 else f"{k}={v or 'missing'}" for k, v in values.items())
    if check.type == "expect_column_values_to_not_be_null":
        said = "the value"
    wrong = words.predicate(check, negated=True)
    if check.type == words.PAIR:
        said, wrong = values[check.kwargs["column_A"]], f"{wrong} {values[check.kwargs['column_B']]}"
    return (
        f"{place}, row {words.row(first, key)}: {said} {wrong} ({check.why}). "
        f"{result.unexpected} of {words.count(rows, 'row')}."
    )


def _columns(check: Check, found: list[str]) -> tuple[str, list[dict[str, str]]]:
    wanted = list(check.kwargs["column_list"])
    wrong = [{"column": c, "problem": "missing"} for c in wanted if c not in found]
    wrong += [{"column": c, "problem": "unknown"} for c in found if c not in wanted]
    if not wrong:
        pairs = zip(wanted, found, strict=True)
        wrong = [{"column": f, "problem": f"stands where {w} should"} for w, f in pairs if w != f]
    if not wrong:
        return f"these {len(found)} columns in this order", []
    return "; ".join(f"{w['column']}: {w['problem']}" for w in wrong[:EXAMPLES]), wrong


def _measured(check: Check, parts: list[dict[str, Any]], success: bool) -> CheckResult:
    """Of an expectation that measures one figure of the table or of each group."""
    what = words.AGGREGATES.get(check.type, "")
    noun = "row" if check.name == "row_count" else ""
    found = {p["expectation_config"]["meta"].get("group", ""): p["result"].get("observed_value") for p in parts}
    failed = [p["expectation_config"]["meta"].get("group", "") for p in parts if not p["success"]]

    def say(value: Any) -> str:  # noqa: ANN401 - any JSON value
        text = format(value, ".12g") if isinstance(value, float) else str(value)
        return words.count(int(value), noun) if noun else f"{what} {text}".strip()

    if check.per:
        numbers = sorted(v for v in found.values() if isinstance(v, int | float))
        spread = f"{say(numbers[0])} to {format(numbers[-1], '.12g')}" if numbers else "no figure"
        observed = f"{spread} in {words.count(len(parts), 'group')}" + (f", {len(failed)} outside" if failed else "")
        examples = tuple({check.per: g, "observed": say(found[g])} for g in failed[:EXAMPLES])
    else:
        observed = say(found[""])
        examples = ({"observed": observed},) if failed else ()
    return CheckResult(check, success, words.expected(check), observed, len(failed), examples)


def _observed_rows(check: Check, number: int, unexpected: int, missing: int) -> str:
    optional = check.type != "expect_column_values_to_not_be_null" and missing
    note = f" ({words.count(missing, 'value')} missing)" if optional else ""
    if unexpected:
        return f"{unexpected} of {words.count(number, 'row')} break{'s' if unexpected == 1 else ''} it{note}"
    return f"{'the one row keeps' if number == 1 else f'all {number} rows keep'} it{note}"
