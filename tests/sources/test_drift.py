"""A table against its description and the last good one."""

import pyarrow as pa
import pytest

from tradefin.errors import ProjectInvalid, SourceChanged
from tradefin.sources.bundled import text_table
from tradefin.sources.description import FlowDescription
from tradefin.sources.drift import check

DESCRIPTION = FlowDescription.model_validate(
    {
        "text": "one figure",
        "licence": "terms",
        "rows": {"min": 3, "max": 12},
        "columns": {
            "COUNTRY": {"values": ["JP", "NA", "US"], "new": "warn"},
            "BASIS": {"values": ["gross", "net"]},
            "UNIT_MULT": {"values": ["6"]},
            "OBS_VALUE": {"number": True},
            "NOTE": {"optional": True},
        },
    }
)
HEADER = ["COUNTRY", "BASIS", "UNIT_MULT", "OBS_VALUE"]
ROWS = [["JP", "net", "6", "1.5"], ["JP", "gross", "6", "2"], ["NA", "net", "6", "-3e2"], ["US", "net", "6", ".5"]]
GOOD = text_table(HEADER, ROWS)


def table(changes: dict[str, str] | None = None, rows: list[list[str]] | None = None) -> pa.Table:
    """The good table with columns renamed, or with other rows."""
    names = [(changes or {}).get(name, name) for name in HEADER]
    return text_table(names, rows or ROWS)


def cell(column: str, value: str, row: int = 0) -> pa.Table:
    """The good table with one cell replaced."""
    rows = [list(one) for one in ROWS]
    rows[row][HEADER.index(column)] = value
    return table(rows=rows)


def refused(found: pa.Table, last: pa.Table | None = None) -> str:
    with pytest.raises(SourceChanged) as caught:
        check(found, DESCRIPTION, last, "bank.rates")
    assert str(caught.value).startswith("bank.rates is no longer what its description")
    return str(caught.value)


def test_what_is_as_described_passes() -> None:
    assert check(GOOD, DESCRIPTION, None, "bank.rates") == []
    assert check(GOOD, DESCRIPTION, GOOD, "bank.rates") == []
    noted = GOOD.append_column("NOTE", pa.nulls(4, pa.string()))
    assert check(noted, DESCRIPTION, GOOD, "bank.rates") == []


def test_renamed_by_likeness() -> None:
    assert "column VALUE is new and OBS_VALUE is gone: renamed?" in refused(table({"OBS_VALUE": "VALUE"}))
    assert "column Country is new and COUNTRY is gone: renamed?" in refused(table({"COUNTRY": "Country"}))


def test_renamed_by_content() -> None:
    assert "column REF_AREA is new and COUNTRY is gone: renamed?" in refused(table({"COUNTRY": "REF_AREA"}), GOOD)
    found = refused(table({"COUNTRY": "REF_AREA"}))
    assert "column is gone: COUNTRY." in found
    assert "column is new: REF_AREA." in found


def test_added_and_dropped() -> None:
    assert "column is gone: BASIS." in refused(GOOD.drop_columns(["BASIS"]))
    more = GOOD.append_column("X1", GOOD["BASIS"]).append_column("Y2", GOOD["BASIS"])
    assert "2 columns are new: X1, Y2." in refused(more)
    assert "column BASIS is there 2 times" in refused(GOOD.append_column("BASIS", GOOD["BASIS"]))


def test_retyped() -> None:
    found = refused(cell("OBS_VALUE", "1,234"))
    assert "OBS_VALUE holds 1 values that are not numbers, e.g. '1,234' (COUNTRY=JP, BASIS=net, UNIT_MULT=6)." in found
    assert "Is the comma a decimal sign or a separator of thousands?" in found
    for value in ("n.a.", "1.2.3", "NaN", "1 000", "-", "٣", "0x10", "1e", "5\n"):
        assert "not numbers" in refused(cell("OBS_VALUE", value)), value


def test_numbers() -> None:
    for value in ("0", "-1.5", "+7", "1.", "1E-05", "29298000000000"):
        assert check(cell("OBS_VALUE", value), DESCRIPTION, None, "b") == []


def test_unit() -> None:
    found = refused(cell("UNIT_MULT", "9", row=2))
    assert "UNIT_MULT is '9' in 1 of 4 rows where it is always '6': has the unit or the measure changed?" in found


def test_codes() -> None:
    assert "BASIS has an unknown code: 'net-net' (in 1 of 4 rows)." in refused(cell("BASIS", "net-net"))
    (warning,) = check(cell("COUNTRY", "XK"), DESCRIPTION, None, "bank.rates")
    assert warning == "bank.rates: COUNTRY has an unknown code: 'XK' (in 1 of 4 rows)."


def test_codes_that_are_gone_are_a_warning() -> None:
    (warning,) = check(cell("COUNTRY", "JP", row=2), DESCRIPTION, GOOD, "bank.rates")
    assert warning == "bank.rates: COUNTRY no longer has: 'NA'."


def test_missing_cells() -> None:
    (warning,) = check(cell("UNIT_MULT", ""), DESCRIPTION, GOOD, "bank.rates")
    assert "UNIT_MULT is now missing in 1 of 4 rows; it was never missing before." in warning
    assert check(cell("UNIT_MULT", ""), DESCRIPTION, None, "bank.rates") == []
    empty = table(rows=[[*row[:3], ""] for row in ROWS])
    assert "column OBS_VALUE is empty in every row." in refused(empty)


def test_rows() -> None:
    assert "it has no rows." in refused(GOOD.slice(0, 0))
    assert "2 rows where 3 to 12 are expected." in refused(GOOD.slice(0, 2))
    many = pa.concat_tables([GOOD] * 3)
    assert check(many, DESCRIPTION, None, "b") == []
    assert "4 rows where the last good answer had 12: more than half are missing." in refused(GOOD, many)
    assert "16 rows where 3 to 12 are expected." in refused(pa.concat_tables([GOOD] * 4))
    assert check(many.slice(0, 6), DESCRIPTION, many, "b") == []


def test_everything_that_differs_is_listed_at_once() -> None:
    rows = [["XK", "net-net", "3", "x"], *ROWS]
    found = refused(table({"BASIS": "DER_BASIS"}, rows))
    assert found.count("\n  - ") == 3


def test_a_connector_gives_texts() -> None:
    with pytest.raises(ProjectInvalid, match="column YEAR is int64"):
        check(pa.table({"YEAR": [2001]}), DESCRIPTION, None, "bank.rates")
