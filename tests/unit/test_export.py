"""What is exported says the same as the release, in the form that its readers expect, whole or not at all."""

import csv
import io
import json
import stat
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import typer
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

import tradefin
from tests.publishing import flip, publish_light
from tests.tiny import make_tiny, rewrite
from tradefin.commands.export import export as command
from tradefin.errors import NotFound, ReleaseDamaged
from tradefin.releases import export as module
from tradefin.releases import workbook
from tradefin.releases.export import Taken, csv_lines, export
from tradefin.releases.release import Release


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tiny = make_tiny(tmp_path_factory.mktemp("export"))
    rewrite(tiny, "expectations/codelists/countries.csv", "NAM,Namibia", 'NAM,"=1+1, ""quoted"""')
    rewrite(tiny, "expectations/codelists/countries.csv", "JPN,Japan", "JPN,日本")
    publish_light(tiny)
    return tiny.store.home


def test_csv_has_the_figures_as_published(home: Path, tmp_path: Path) -> None:
    written = export(home, ["rates", "core.rates", "codelist_countries"], tmp_path / "new")
    names = ["rates.csv", "rates.csv-metadata.json", "codelist_countries.csv", "codelist_countries.csv-metadata.json"]
    assert [(w.path.name, w.rows) for w in written] == list(zip(names, [4, 0, 2, 0], strict=True))
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == sorted(names)
    assert (tmp_path / "new/rates.csv").read_bytes().splitlines(keepends=True)[:2] == [
        b"iso3,year,rate_pct,vintage_id,known_on,period_end\n",
        b"JPN,2000,10.5000,bank-2001,2001-03-01,2000-12-31\n",
    ]
    with (tmp_path / "new/codelist_countries.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["iso3", "name"], ["JPN", "日本"], ["NAM", '=1+1, "quoted"']]
    assert stat.S_IMODE((tmp_path / "new/rates.csv").stat().st_mode) & 0o444


def test_csv_cells() -> None:
    table = pa.table(
        {
            "d": pa.array([Decimal("0.00000000"), Decimal("-1.50000000"), None], pa.decimal128(18, 8)),
            "t": ["", " a\nb ", None],
            "b": [True, False, None],
            "i": [7, None, -1],
        }
    )
    lines = "".join(csv_lines(table))
    assert lines == 'd,t,b,i\n0.00000000,"",true,7\n-1.50000000," a\nb ",false,\n,,,-1\n'
    assert list(csv.reader(io.StringIO(lines, newline="")))[2] == ["-1.50000000", " a\nb ", "false", ""]


def test_the_metadata_tells_units_meanings_sources_and_licences(home: Path, tmp_path: Path) -> None:
    export(home, ["rates"], tmp_path / "mine.csv")
    told = json.loads((tmp_path / "mine.csv-metadata.json").read_text())
    assert (told["@context"], told["url"]) == ("http://www.w3.org/ns/csvw", "mine.csv")
    assert Release.open(home).id in told["dc:identifier"]
    assert told["dc:source"] == [{"dc:title": "The Bank", "schema:url": "https://bank.example"}]
    assert told["dc:license"][0]["schema:url"] == "https://bank.example/terms"
    assert told["dc:bibliographicCitation"] == ["Source: The Bank"]
    rate = told["tableSchema"]["columns"][2]
    assert (rate["name"], rate["datatype"], rate["schema:unitText"]) == ("rate_pct", "decimal", "percent")
    assert told["tableSchema"]["columns"][0]["dc:conformsTo"] == "table codelist_countries"
    assert told["tableSchema"]["primaryKey"] == ["iso3", "year", "vintage_id"]


def test_as_of_a_day(home: Path, tmp_path: Path) -> None:
    export(home, ["rates"], tmp_path, as_of="2001-12-06")
    assert len((tmp_path / "rates.csv").read_text().splitlines()) == 3
    told = json.loads((tmp_path / "rates.csv-metadata.json").read_text())
    assert told["rdfs:comment"] == ["As known on 2001-12-06 (published)."]
    export(home, ["rates"], tmp_path, as_of="2001-12-31", known="period_ended", force=True)
    assert len((tmp_path / "rates.csv").read_text().splitlines()) == 5
    with pytest.raises(ValueError, match="is no day"):
        export(home, ["rates"], tmp_path, as_of="soon", force=True)


def test_a_workbook_has_numbers_dates_and_texts(home: Path, tmp_path: Path) -> None:
    (written,) = export(home, ["rates", "codelist_countries"], tmp_path / "book.xlsx")
    assert (written.tables, written.rows) == (("rates", "codelist_countries"), 6)
    book = CalamineWorkbook.from_path(str(tmp_path / "book.xlsx"))
    assert book.sheet_names == ["rates", "codelist_countries", "about"]
    rows = book.get_sheet_by_name("rates").to_python()
    assert rows[0] == tradefin.load("rates", home=home).column_names
    assert rows[1] == ["JPN", 2000.0, 10.5, "bank-2001", date(2001, 3, 1), date(2000, 12, 31)]
    assert book.get_sheet_by_name("codelist_countries").to_python()[2] == ["NAM", '=1+1, "quoted"']
    about = book.get_sheet_by_name("about").to_python()
    said = [tuple(str(c) for c in row if c != "") for row in about]
    assert ("Release:", Release.open(home).id) in said
    assert ("rates", "rate_pct", "percent", "percent", "decimal(9,4)", "no") in said
    assert ("rates", "The Bank", "https://bank.example") in said
    assert ("rates", "Terms of the bank", "https://bank.example/terms", "Source: The Bank") in said


def test_a_workbook_per_table_and_the_same_bytes_again(home: Path, tmp_path: Path) -> None:
    export(home, ["rates", "vintages"], tmp_path / "a", kind="xlsx")
    export(home, ["rates", "vintages"], tmp_path / "b", kind="xlsx")
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["rates.xlsx", "vintages.xlsx"]
    assert (tmp_path / "a/rates.xlsx").read_bytes() == (tmp_path / "b/rates.xlsx").read_bytes()


def _taken(home: Path, **columns: pa.Array) -> Taken:
    opened = Release.open(home)
    about: dict[str, Any] = {"sources": [], "licenses": []}
    return Taken(opened.table("rates"), about, pa.table(columns), opened.id)


def test_what_excel_cannot_say_is_told(home: Path, tmp_path: Path) -> None:
    taken = _taken(
        home,
        n=pa.array([Decimal("12345678901234567.8901"), Decimal("0.1000")], pa.decimal128(28, 4)),
        d=pa.array([date(1891, 5, 9), date(1900, 3, 1)]),
        t=pa.array(["_x0041_", "007"]),
        b=pa.array([True, None]),
    )
    workbook.write_workbook(tmp_path / "x.xlsx", [taken])
    book = CalamineWorkbook.from_path(str(tmp_path / "x.xlsx"))
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[1:] for row in rows[1:]] == [["1891-05-09", "_x0041_", True], [date(1900, 3, 1), "007", ""]]
    about = str(book.get_sheet_by_name("about").to_python())
    assert "1 numbers have more digits than the 15" in about and "1 dates before March 1900" in about


def test_nothing_is_cut(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"rates\.t has a text of 32,768 characters"):
        workbook.write_workbook(tmp_path / "x.xlsx", [_taken(home, t=pa.array(["x" * 32_768]))])
    monkeypatch.setattr(workbook, "_ROWS", 4)
    with pytest.raises(ValueError, match="rates has 4 rows, a sheet of Excel 3: export it as CSV"):
        export(home, ["vintages", "rates"], tmp_path / "x.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_long_names_stay_apart() -> None:
    long = "codelist_reserve_holder_group_members"
    assert workbook.sheet_names([long, f"{long}_2", "about", "rates"]) == [
        "codelist_reserve_holder_group_m",
        "codelist_reserve_holder_grou~2",
        "about~2",
        "rates",
    ]


def test_nothing_is_replaced_unasked(home: Path, tmp_path: Path) -> None:
    (tmp_path / "vintages.csv-metadata.json").write_text("mine")
    with pytest.raises(FileExistsError, match=r"vintages\.csv-metadata\.json\. --force replaces"):
        export(home, ["rates", "vintages"], tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["vintages.csv-metadata.json"]
    export(home, ["rates", "vintages"], tmp_path, force=True)
    assert len(list(tmp_path.iterdir())) == 4


def test_a_failure_leaves_what_was_there(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export(home, ["rates"], tmp_path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def fails(*_: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever it is given
        raise OSError("No space left on device")

    monkeypatch.setattr(module, "metadata", fails)
    with pytest.raises(OSError, match="No space"):
        export(home, ["rates"], tmp_path, as_of="2001-12-06", force=True)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_what_is_not_there_or_does_not_fit(home: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="Did you mean rates"):
        export(home, ["rate"], tmp_path)
    with pytest.raises(ValueError, match="A CSV file holds one table, not 2"):
        export(home, ["rates", "vintages"], tmp_path / "x.csv")
    with pytest.raises(ValueError, match=r"x\.csv is not the name of a xlsx file"):
        export(home, ["rates"], tmp_path / "x.csv", kind="xlsx")


def test_damaged_figures_are_not_exported(tmp_path: Path) -> None:
    release = publish_light(make_tiny(tmp_path))
    flip(release.folder / "tables/rates.parquet")
    with pytest.raises(ReleaseDamaged):
        export(tmp_path / "outputs", ["rates"], tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_command(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEFIN_HOME", str(home))
    app = typer.Typer()
    app.command()(command)
    runner, file = CliRunner(), tmp_path / "rates.csv"
    done = runner.invoke(app, ["rates", "--to", str(file)])
    assert done.stdout == f"{file}: 4 rows of rates\n{file}-metadata.json\n"
    done = runner.invoke(app, ["rates", "--to", str(file)])
    assert (done.exit_code, "--force" in done.output) == (2, True)
    done = runner.invoke(app, ["rates", "--to", str(tmp_path), "--format", "xlsx", "--as-of", "2001-12-06", "--json"])
    assert json.loads(done.stdout) == [{"path": str(tmp_path / "rates.xlsx"), "tables": ["rates"], "rows": 2}]
    assert runner.invoke(app, ["rates", "--to", str(tmp_path), "--as-of", "soon", "--force"]).exit_code == 2
