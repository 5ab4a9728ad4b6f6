"""One table's audit: what is found, said, remembered and refused."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from tests.tiny import make_tiny, reopened, rewrite
from tradefin.audit import engine
from tradefin.audit.docs import write_docs
from tradefin.audit.expectations import suite_json
from tradefin.audit.run import TableAudit, audit_table, examine, refuse
from tradefin.errors import ContractBroken, ProjectInvalid
from tradefin.tables.builder import Builder

RATES = "bundled/bank/rates.csv"
LOW_MAXIMUM = ("expectations/tables/rate_ranks.yml", "max_value: 2,", "max_value: 1,")
SUM = """expectations:
  - {type: expect_column_sum_to_be_between, column: rate_pct, per: period_end, min_value: 13.4, max_value: 16,
     why: both together}
"""


def changed(tmp_path: Path, *changes: tuple[str, str, str]) -> Builder:
    builder = make_tiny(tmp_path)
    for name, old, new in changes:
        rewrite(builder, name, old, new)
    return reopened(builder)


def with_sum(tmp_path: Path, *changes: tuple[str, str, str], text: str = SUM) -> Builder:
    builder = make_tiny(tmp_path)
    path = builder.project.root / "expectations/tables/rates.yml"
    path.write_text(path.read_text() + text)
    for name, old, new in changes:
        rewrite(builder, name, old, new)
    return reopened(builder)


def refusal(builder: Builder, stem: str = "rates") -> str:
    with pytest.raises(ContractBroken) as error:
        refuse(audit_table(builder, stem))
    return str(error.value)


def checked(builder: Builder, table: pa.Table) -> TableAudit:
    """The audit of rows that no SQL made."""
    contract = builder.contracts["rates"]
    return examine(contract, suite_json(builder, contract, table), table, builder.ref("rates"))


def test_a_table_that_keeps_its_contract_passes(tmp_path: Path) -> None:
    audit = audit_table(make_tiny(tmp_path), "rates")
    assert (audit.rows, len(audit.results), audit.blocking, audit.warnings) == (4, 15, (), ())
    assert {r.check.name: r.observed for r in audit.results}["row_count"] == "4 rows"
    refuse(audit)


def test_a_value_out_of_bounds_is_named_with_table_column_row_and_reason(tmp_path: Path) -> None:
    said = refusal(changed(tmp_path, (RATES, "NAM,2001,4,", "NAM,2001,-1,")))
    assert said.startswith(
        "Table rates, column rate_pct, row (iso3=NAM, year=2001, vintage_id=bank-2002): -1.0000 is not between 0 and "
        "100 (a share). 1 of 4 rows.\nThe former release stays in place. Mend the source or the SQL"
    )
    assert "`tradefin where rates` names the files" in said


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("NAM,2001", "NAX,2001"),
            "column iso3, row (iso3=NAX, year=2001, vintage_id=bank-2002): NAX is not a code of the codelist countries",
        ),
        (
            ("NAM,2001,4,", "NAM,2001,,"),
            "rate_pct, row (iso3=NAM, year=2001, vintage_id=bank-2002): the value is missing",
        ),
        (("NAM,2001,4,bank-2002", "NAM,2001,4,bank-2009"), "bank-2009 is not a value of vintages.vintage_id"),
        (
            ("JPN,2001,11.25,bank-2002", "JPN,2000,11.25,bank-2001"),
            "the key (iso3=JPN, year=2000, vintage_id=bank-2001) occurs in 2 rows, but one row is one country "
            "and year in one vintage. 2 of 4 rows share their key.",
        ),
    ],
)
def test_each_kind_of_wrong_row_is_named(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    assert message in refusal(changed(tmp_path, (RATES, *change)))


def test_too_few_rows_are_counted(tmp_path: Path) -> None:
    said = refusal(changed(tmp_path, ("expectations/tables/rates.yml", "{min: 2,", "{min: 5,")))
    assert "Table rates: 4 rows, where the number of rows is between 5 and 50 (two countries)." in said


def test_missing_unknown_and_misplaced_columns_are_named(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    table = builder.table("rates")
    missing = checked(builder, table.drop_columns(["rate_pct"]))
    with pytest.raises(ContractBroken, match="Table rates, column rate_pct: missing"):
        refuse(missing)
    assert {r.check.name for r in missing.blocking} == {"columns", "rate_pct_not_null", "rate_pct_between"}
    assert {r.observed for r in missing.blocking[1:]} == {"not checked: there is no column rate_pct"}
    with pytest.raises(ContractBroken, match="Table rates, column extra: unknown"):
        refuse(checked(builder, table.append_column("extra", pa.nulls(4, pa.string()))))
    names = table.column_names
    with pytest.raises(ContractBroken, match="Table rates, column year: stands where iso3 should"):
        refuse(checked(builder, table.select([names[1], names[0], *names[2:]])))


def test_a_table_without_rows_fails_by_its_number_of_rows_only(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    assert [r.check.name for r in checked(builder, builder.table("rates").slice(0, 0)).blocking] == ["row_count"]


def test_a_warning_is_shown_and_does_not_stop(tmp_path: Path) -> None:
    audit = audit_table(changed(tmp_path, LOW_MAXIMUM), "rate_ranks")
    refuse(audit)
    (warning,) = audit.warnings
    assert (warning.check.name, warning.observed, warning.unexpected) == ("rank_max_between", "maximum 2", 1)


def test_a_check_per_group_is_one_result(tmp_path: Path) -> None:
    builder = with_sum(tmp_path)  # 10.5 + 3 in 2000, 11.25 + 4 in 2001
    result = audit_table(builder, "rates").results[-1]
    assert (result.check.name, result.success) == ("rate_pct_sum_between_per_period_end", True)
    assert result.expected == "the sum of rate_pct is between 13.4 and 16, for each period_end"
    assert result.observed == "sum 13.5 to 15.25 in 2 groups"


def test_the_group_that_fails_is_named(tmp_path: Path) -> None:
    builder = with_sum(tmp_path, (RATES, "NAM,2001,4,", "NAM,2001,5,"))
    (result,) = audit_table(builder, "rates").blocking
    assert (result.unexpected, result.examples) == (1, ({"period_end": "2001-12-31", "observed": "sum 16.25"},))
    assert refusal(builder).startswith(
        "Table rates, column rate_pct, period_end 2001-12-31: sum 16.25, where the sum of rate_pct is between 13.4 and"
    )


def test_a_missing_decimal_in_a_sum_is_no_error(tmp_path: Path) -> None:
    optional = ("expectations/tables/rates.yml", "unit: percent, min", "unit: percent, optional: true, min")
    builder = with_sum(tmp_path, optional, (RATES, "NAM,2001,4,", "NAM,2001,,"))
    assert audit_table(builder, "rates").results[-1].observed == "sum 11.25 to 13.5 in 2 groups, 1 outside"


def test_dates_are_compared_as_dates(tmp_path: Path) -> None:
    pair = (
        "expectations:\n  - {type: expect_column_pair_values_a_to_be_greater_than_b, column_A: period_end, "
        "column_B: known_on, why: known before its end}\n"
    )
    assert "2000-12-31 is not greater than known_on 2001-03-01 (known before its end). 4 of 4 rows." in refusal(
        with_sum(tmp_path, text=pair)
    )
    bounds = (
        "expectations/tables/rates.yml",
        "period_end: {type: date,",
        'period_end: {type: date, min: "2001-01-01", max: "2001-12-31", why: one year,',
    )
    said = refusal(changed(tmp_path / "bounds", bounds))
    assert "2000-12-31 is not between 2001-01-01 and 2001-12-31 (one year). 2 of 4 rows." in said


def test_an_expectation_that_cannot_be_run_is_an_error_of_the_project(tmp_path: Path) -> None:
    text = "expectations:\n  - {type: expect_column_values_to_be_between, column: iso3, min_value: 1, why: nonsense}\n"
    message = (
        r"rates\.yml: expect_column_values_to_be_between \(check iso3_between\) cannot be run on this table: Column"
    )
    with pytest.raises(ProjectInvalid, match=message):
        audit_table(with_sum(tmp_path, text=text), "rates")


def test_a_table_without_contract_has_no_audit(tmp_path: Path) -> None:
    with pytest.raises(ProjectInvalid, match="has no contract"):
        audit_table(make_tiny(tmp_path), "source_bank_rates")


def test_an_unchanged_table_is_answered_from_memory_without_great_expectations(tmp_path: Path) -> None:
    builder = changed(tmp_path, (RATES, "NAM,2001,4,", "NAM,2001,-1,"))
    first = audit_table(builder, "rates")
    code = (
        "import sys; from pathlib import Path; from tradefin.audit.run import audit_table\n"
        "from tradefin.project import Project; from tradefin.tables.builder import Builder\n"
        "from tradefin.tables.store import Store\n"
        f"root = Path({str(builder.project.root)!r})\n"
        f"b = Builder(Project(root=root, bundled=root / 'bundled'), Store(Path({str(builder.store.home)!r})))\n"
        "a = audit_table(b, 'rates')\n"
        "print(list(a.blocking[0].examples[0]), 'great_expectations' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == f"{list(first.blocking[0].examples[0])} False"
    assert audit_table(reopened(builder), "rates") == first


def test_a_change_of_contract_rows_or_codelist_is_checked_anew(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    assert not audit_table(builder, "rates").blocking
    rewrite(builder, "expectations/codelists/countries.csv", "NAM,Namibia\n", "")
    assert [r.check.name for r in audit_table(reopened(builder), "rates").blocking] == ["iso3_in_codelist"]


def test_nothing_is_said_on_the_way(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    audit_table(make_tiny(tmp_path), "rates")
    assert capfd.readouterr() == ("", "")


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Builder, Path]:
    """Docs of the tiny project with a sum that holds, a warning and a failure."""
    tmp_path = tmp_path_factory.mktemp("docs")
    builder = with_sum(
        tmp_path, LOW_MAXIMUM, (RATES, "NAM,2001,4,", "NAX,2001,4,"), (RATES, "JPN,2001,11.25", "JPN,2001,12")
    )
    folder = tmp_path / "release"
    folder.mkdir()
    write_docs(builder, [audit_table(builder, stem) for stem in builder.contracts], folder)
    return builder, folder


@pytest.mark.parametrize("stem", ["rates", "rate_ranks", "claim_measurements"])
def test_any_user_of_great_expectations_can_run_a_suite(docs: tuple[Builder, Path], stem: str) -> None:
    import great_expectations as gx

    builder, folder = docs
    suite = json.loads((folder / "suites" / f"{stem}.json").read_text(encoding="utf-8"))
    file = builder.store.table_path(builder.ref(stem))
    frame = eval(suite["meta"]["read_with"], {"pandas": pd, "file": file, "suite": suite})  # noqa: S307 - our own text
    data = gx.get_context(mode="ephemeral").data_sources.add_pandas("release").add_dataframe_asset("table")
    batch = data.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    result = batch.validate(gx.ExpectationSuite(**suite))
    failed = {r.expectation_config.meta["check"] for r in result.results if not r.success}
    wrong = {"rates": {"iso3_in_codelist"}, "rate_ranks": {"rank_max_between", "iso3_in_codelist"}}
    assert failed == wrong.get(stem, set())
    assert not [p for r in result.results if (p := engine.problem(r.to_json_dict()))]


def test_our_frame_is_the_one_that_the_suite_tells_users_to_read(docs: tuple[Builder, Path]) -> None:
    builder, folder = docs
    suite = json.loads((folder / "suites" / "rates.json").read_text(encoding="utf-8"))
    file = builder.store.table_path(builder.ref("rates"))
    theirs = eval(suite["meta"]["read_with"], {"pandas": pd, "file": file, "suite": suite})  # noqa: S307 - our own text
    pd.testing.assert_frame_equal(engine.frame_of(builder.table("rates"), suite), theirs)


def test_the_page_shows_every_check_and_asks_nothing_of_a_network(docs: tuple[Builder, Path]) -> None:
    builder, folder = docs
    page = (folder / "checks.html").read_text(encoding="utf-8")
    assert "http" not in page
    assert "<script" not in page
    for stem in builder.contracts:
        for result in audit_table(builder, stem).results:
            assert f'id="{stem}-{result.check.name}"' in page
    assert "2</strong> ✕ failed" in page
    assert "1</strong> ▲ warning<" in page
    assert "<td>NAX</td>" in page
    in_data_docs = "data_docs/" + engine.DATA_DOCS_PAGE.format(table="rates")
    for link in ("data_docs/index.html", "suites/rates.json", in_data_docs):
        assert f'"{link}"' in page
        assert (folder / link).is_file()


def test_what_is_written_escapes_html(tmp_path: Path) -> None:
    text = ("expectations/tables/rates.yml", "text: The rate of each country.", "text: 'A <b> & c.'")
    builder = changed(tmp_path, text)
    folder = tmp_path / "release"
    folder.mkdir()
    write_docs(builder, [audit_table(builder, "rates")], folder)
    assert "A &lt;b&gt; &amp; c." in (folder / "checks.html").read_text(encoding="utf-8")


def test_the_same_results_give_the_same_bytes(docs: tuple[Builder, Path], tmp_path: Path) -> None:
    builder, folder = docs
    write_docs(builder, [audit_table(builder, stem) for stem in builder.contracts], tmp_path)
    files = sorted(f.relative_to(folder) for f in folder.rglob("*") if f.is_file())
    assert files == sorted(f.relative_to(tmp_path) for f in tmp_path.rglob("*") if f.is_file())
    assert [f for f in files if (folder / f).read_bytes() != (tmp_path / f).read_bytes()] == []
