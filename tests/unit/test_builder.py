"""Bundled files become tables: strictly, once, the same wherever and however often it is done."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from tests.tiny import make_tiny, reopened, rewrite
from tradefin.errors import ContractBroken, ProjectInvalid, ReleaseDamaged, RightsMissing, SourceChanged

RATES = "bundled/bank/rates.csv"


def test_namibia_is_not_missing(tmp_path: Path) -> None:
    table = make_tiny(tmp_path).table("rates")
    assert "NAM" in table.column("iso3").to_pylist()
    assert [str(v) for v in table.column("rate_pct").to_pylist()] == ["10.5000", "11.2500", "3.0000", "4.0000"]


@pytest.mark.parametrize(
    ("old", "new", "error", "said"),
    [
        ("iso3,year,rate,", "iso3,rate,", SourceChanged, r"rates\.csv, row 2: 5 cells where the header has 4"),
        ("rate,vintage_id", "rates,vintage_id", SourceChanged, r"missing column rate; unknown column rates"),
        (
            "JPN,2000,10.5",
            "JPN,2000,ten",
            ContractBroken,
            r"column rate_pct: 1 .*'ten' in the row \(iso3=JPN, year=2000",
        ),
        ("JPN,2000,", "JPN,2000.5,", ContractBroken, r"column year: 1 .*'2000.5'"),
        ("JPN,2000,10.5", "JPN,2000,1e99", ContractBroken, r"column rate_pct: 1 .*'1e99'"),
        ("NAM,2001,4,bank-2002,bank-report", "NAM,2001,4", SourceChanged, r"row 5: 3 cells"),
    ],
)
def test_a_wrong_file_is_refused_by_name(old: str, new: str, error: type[Exception], said: str, tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    rewrite(builder, RATES, old, new)
    with pytest.raises(error, match=said):
        builder.ref("rates")


def test_an_empty_source_is_refused(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    path = builder.project.root / RATES
    path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(SourceChanged, match="0 rows where 1 to 100"):
        builder.ref("rates")


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    (builder.project.root / RATES).write_bytes(b"iso3,year\nC\xf4te,2000\n")
    with pytest.raises(SourceChanged, match="not UTF-8 at byte 11"):
        builder.ref("rates")


def test_sql_that_departs_from_its_contract_is_refused(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    rewrite(builder, "sql/marts/rate_ranks.sql", "as rank", "as place")
    with pytest.raises(ContractBroken, match=r"missing \['rank'\], unknown \['place'\]"):
        builder.ref("rate_ranks")


def test_broken_sql_names_its_file(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    rewrite(builder, "sql/marts/rate_ranks.sql", "rate_pct desc", "rate_pct_of_nothing desc")
    with pytest.raises(ProjectInvalid, match=r"rate_ranks\.sql: .*rate_pct_of_nothing"):
        builder.ref("rate_ranks")


def test_no_licence_no_table(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    path = builder.project.root / "expectations/sources/bank.yml"
    head, _, tail = path.read_text().partition("licences:")
    path.write_text(head + "tables:" + tail.partition("tables:")[2])
    with pytest.raises(RightsMissing, match=r"bank has no licence in expectations/sources/bank\.yml"):
        builder.ref("rates")


def test_an_unchanged_table_is_found_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = make_tiny(tmp_path)
    refs = {stem: first.ref(stem) for stem in first.contracts}
    second = reopened(first)
    monkeypatch.setattr(second, "connect", lambda: pytest.fail("a table was built again"))
    assert {stem: second.ref(stem) for stem in second.contracts} == refs


def test_changed_sql_rebuilds_what_it_feeds(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    before = {stem: builder.ref(stem).sha256 for stem in ("rates", "rate_ranks", "vintages")}
    rewrite(builder, "sql/core/rates.sql", "r.rate as", "r.rate::decimal(9,4) + 1 as")
    again = reopened(builder)
    after = {stem: again.ref(stem).sha256 for stem in before}
    assert after["vintages"] == before["vintages"]
    assert after["rates"] != before["rates"]
    assert after["rate_ranks"] != before["rate_ranks"]


def test_row_order_and_threads_change_nothing(tmp_path: Path) -> None:
    straight = make_tiny(tmp_path / "a", threads=1)
    shuffled = make_tiny(tmp_path / "b", threads=4)
    path = shuffled.project.root / RATES
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header, *reversed(rows)]) + "\n")
    for stem in straight.contracts:
        assert straight.ref(stem) == shuffled.ref(stem)


def test_a_flipped_bit_in_the_store_is_noticed(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    path = builder.store.table_path(builder.ref("rates"))
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ReleaseDamaged, match="cannot be read back"):
        builder.table("rates")


def test_snapshots_keep_the_bytes(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    builder.ref("rates")
    kept = {p.read_bytes() for p in (builder.store.home / "snapshots").iterdir()}
    assert (builder.project.root / RATES).read_bytes() in kept


def test_connections_share_a_database_and_see_nothing_of_each_other_or_of_python(tmp_path: Path) -> None:
    tiny = make_tiny(tmp_path)
    of_python = pa.table({"v": [1]})
    with tiny.connect() as one, tiny.connect() as two:
        one.register("given", of_python)
        one.execute("create temp table own as from given")
        two.register("given", pa.table({"v": [2]}))
        assert (one.execute("from given").fetchall(), two.execute("from given").fetchall()) == ([(1,)], [(2,)])
        for name in ("own", "of_python"):
            with pytest.raises(duckdb.CatalogException, match=name):
                two.execute(f"from {name}")
        for refused in ("set threads = 1", f"from read_csv('{__file__}')", "install httpfs"):
            with pytest.raises(duckdb.Error):
                two.execute(refused)


def test_a_query_nested_without_end_is_refused_by_name(tmp_path: Path) -> None:
    tiny = make_tiny(tmp_path)
    path = tiny.project.root / "sql" / "marts" / "rate_ranks.sql"
    path.write_text(f"select {'(' * 9999}1{')' * 9999} as year")
    with pytest.raises(ProjectInvalid, match=r"rate_ranks\.sql: .*recursion"):
        reopened(tiny).graph  # noqa: B018
