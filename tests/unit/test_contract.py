"""Contracts are read strictly, and an error names file, line and column."""

from pathlib import Path

import pyarrow as pa
import pytest

from tests.tiny import FILES
from tradefin.errors import ProjectInvalid
from tradefin.tables.contract import Contract, read_contract

TEXT = FILES["expectations/tables/rates.yml"]


def _read(folder: Path, text: str) -> Contract:
    path = folder / "rates.yml"
    path.write_text(text)
    return read_contract(path)


def test_a_contract_becomes_an_arrow_schema(tmp_path: Path) -> None:
    contract = _read(tmp_path, TEXT)
    assert contract.arrow_schema.field("rate_pct").type == pa.decimal128(9, 4)
    assert not contract.arrow_schema.field("iso3").nullable


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version: 1.0.0", "version: 1.0.0\nversoin: 2", r"line 4, column 1: unknown key 'versoin'"),
        ("layer: core", "layer: cellar", r"line 2, column 1: layer"),
        ("type: integer, ", "type: whole, ", r"line 13, column 10: .*unknown type 'whole'"),
        ("min: 1990, ", "min: 1990, mean: 3, ", r"line 13, column \d+: unknown key 'columns.year.mean'"),
        ("why: the years of the bank, ", "", r"'min' and 'max' need a 'why'"),
        ("key: [iso3, year, vintage_id]", "key: [iso3, jear, vintage_id]", r"the column 'jear'"),
        ("sorted_by: [iso3, year, vintage_id]", "sorted_by: [iso3, year]", r"must hold the whole key"),
        ("one_row_is: one country and year in one vintage\n", "", r"key 'one_row_is' is missing"),
        ("table: rates", "table: [rates", r"line \d+, column \d+:"),
        ("table: rates", "table: rates\ntable: rates", r"line 2, column 1: .*duplicate"),
        ("layer: core", "layer: 2001-13-45", r"cannot be a value or a key: month must be in 1..12"),
        pytest.param("layer: core", f"layer: {'[' * 9999}{']' * 9999}", r"a key: maximum recursion depth", id="nested"),
        ("layer: core", "? {a: b}\n: {c: d}", r"unknown key|cannot be a value or a key"),
        ("table: rates", "table: rate", r"the table is called 'rate' but the file 'rates'"),
    ],
)
def test_a_mistake_is_named_with_its_place(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert old in TEXT
    with pytest.raises(ProjectInvalid, match=said) as caught:
        _read(tmp_path, TEXT.replace(old, new, 1))
    assert "rates.yml" in str(caught.value)


def test_norway_and_james_bond_stay_what_they_are(tmp_path: Path) -> None:
    text = TEXT.replace("text: the country}", 'text: x, values: [NO, "007", on]}', 1)
    assert _read(tmp_path, text).columns["iso3"].values == ("NO", "007", "on")
