"""Claims from a folder: found, checked with line and column, measured against a release, kept from everything else."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.publishing import publish_light, writable
from tests.tiny import make_tiny
from tests.unit.test_cli import command
from tradefin import yamlfile
from tradefin.claims import folder, scaffold
from tradefin.claims.check import check_rules
from tradefin.claims.claim import Claim
from tradefin.claims.ledger import Entry
from tradefin.claims.published import Published
from tradefin.errors import NotFound, ProjectInvalid, ReleaseDamaged, TradefinError
from tradefin.project import Project
from tradefin.tables.builder import Builder
from tradefin.tables.sqlerrors import offset_in, place_of, placed

pytestmark = pytest.mark.xdist_group("cli")

CLAIM = """\
claim: high
title: The rate is high
speaker: Somebody
said_on: 2001-12-06
restated: The rate is above ten.
true_if: The newest rate of Japan is above ten.
holds_when: rate_pct > 10
primary: {definition: newest}
headline: rate_pct
claimed: {text: above 10, value: 10, unit: percent}
definitions:
  newest: the newest rate
  doubled: twice the newest rate
variables:
  twice: {definition: doubled, measure: rate_pct}
verdicts:
  - when: rate_pct > 10 and twice > 20
    verdict: supported
    because: "It is {rate_pct} percent, twice that is {twice}."
  - {otherwise: contradicted, because: "It is only {rate_pct} percent."}
limits: [It is one country.]
"""
QUERY = """\
-- rate_ranks is not nope
select
    d.definition,
    'rate_pct' as measure,
    r.year::varchar as period,
    r.rate_pct * d.times as value,
    'percent' as unit,
    10 as claimed_value,
    null as note
from rate_ranks as r
cross join (values ('newest', 1), ('doubled', 2)) as d (definition, times)
where r.iso3 = 'JPN'
"""
CASES = {
    "high/eleven/rate_ranks.csv": "year,iso3,rate_pct,rank\n2001,JPN,11,1\n2001,NAM,99,2\n",
    "high/eleven/expect.csv": "definition,period,value\nnewest,2001,11\ndoubled,2001,22\n",
    "high/eleven/verdict.txt": "supported\n",
    "high/nine/rate_ranks.csv": "year,iso3,rate_pct,rank\n2001,JPN,9,1\n",
    "high/nine/expect.csv": "definition,period,value\nnewest,2001,9\n",
    "high/nine/verdict.txt": "contradicted\n",
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    builder = make_tiny(tmp_path_factory.mktemp("folder"))
    publish_light(builder)
    return builder


@pytest.fixture
def tables(tiny: Builder) -> Published:
    return Published(tiny.project, tiny.store.home)


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    """A folder with one claim and its cases."""
    where = tmp_path / "claims"
    for name, text in {"high.yml": CLAIM, "high.sql": QUERY, **CASES}.items():
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        (where / name).write_text(text, encoding="utf-8")
    return where


def change(where: Path, name: str, old: str, new: str) -> None:
    text = (where / name).read_text(encoding="utf-8")
    assert old in text, f"{name} has no {old!r}"
    (where / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def measured(where: Path, tables: Published) -> list[Entry]:
    return folder.measured(folder.in_folder(where, tables.verdicts), tables)


def test_a_folder_is_measured_then_and_now(claims: Path, tables: Published) -> None:
    (entry,) = measured(claims, tables)
    then, now = entry.then, entry.now
    assert (then["as_of"], then["known"], then["verdict"]) == (date(2001, 12, 6), "published", "supported")
    assert (then["why"], now["why"]) == (
        "It is 10.5 percent, twice that is 21.",
        "It is 11.25 percent, twice that is 22.5.",
    )
    assert now["known"] == "latest"
    assert {(m["definition"], m["known"]) for m in entry.measurements} >= {("doubled", "period_ended")}
    assert {s["holds"] for s in entry.sensitivity} == {True}


def test_a_release_without_the_sql_of_its_marts_is_measured_as_it_is(
    claims: Path, tables: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Published, "has_past", lambda *_: False)
    (entry,) = measured(claims, tables)
    assert [(v["as_of"], v["known"]) for v in entry.verdicts] == [(date(2002, 3, 1), "latest")]
    with pytest.raises(NotFound, match="knows no day but its own"):
        folder.measured(folder.in_folder(claims, tables.verdicts), tables, date(2001, 12, 6))


def test_a_claim_that_cannot_be_tested_needs_no_query(claims: Path, tables: Published) -> None:
    kept = CLAIM.partition("holds_when")[0].replace("claim: high", "claim: mood")
    more = "not_testable: Nobody counts it.\nclaimed: {text: good}\nlimits: [None.]\n"
    (claims / "mood.yml").write_text(kept + more, encoding="utf-8")
    _, mood = measured(claims, tables)
    assert (mood.now["verdict"], mood.now["why"]) == ("not testable", "Nobody counts it.")


def test_golden_cases_of_a_folder(claims: Path, tables: Published) -> None:
    found = folder.in_folder(claims, tables.verdicts)
    assert [(o.case, o.passes, o.verdict) for o in folder.run_cases(found, tables)] == [
        ("eleven", True, "supported"),
        ("nine", True, "contradicted"),
    ]
    change(claims, "high/nine/rate_ranks.csv", "JPN,9", "JPN,12")
    _, nine = folder.run_cases(found, tables)
    assert not nine.passes
    assert nine.differences == [
        "expected, not measured: newest, 2001, 9.000000",
        "measured, not expected: newest, 2001, 12.000000",
        "the verdict is 'supported', not 'contradicted'",
    ]


def test_golden_cases_need_no_release(claims: Path, tiny: Builder, tmp_path: Path) -> None:
    none = Published(tiny.project, tmp_path / "nothing")
    assert all(o.passes for o in folder.run_cases(folder.in_folder(claims, none.verdicts), none))


YAML_MISTAKES = [
    ("title: The", "title: 'The", "while scanning a quoted scalar that began in line 2, column 8."),
    ("title: The rate", "title: *rate", "line 2, column 8: "),
    ("speaker: Somebody", "speaker: Somebody\nspeaker: Me", "line 4, column 1: found duplicate key"),
    ("speaker: Somebody", "spaeker: Somebody", "line 3, column 1: unknown key 'spaeker'"),
    ("speaker: Somebody\n", "", "line 1, column 1: key 'speaker' is missing"),
    ("speaker: Somebody", "speaker: [Me, You]", "line 3, column 1: speaker: Input should be a valid string"),
    ("said_on: 2001-12-06", "said_on: yesterday", "line 4, column 1: said_on: Input should be a valid date"),
    ("value: 10,", "value: ten,", "line 10, column 27: claimed.value: Input should be a valid number"),
    ("primary: {definition: newest}", "primary: {definitoin: newest}", "line 8, column 11: unknown key"),
    ("    verdict: supported\n", "", "line 17, column 5: key 'verdicts.0.verdict' is missing"),
    ("verdict: supported", "verdict: true enough", "line 18, column 14: unknown verdict 'true enough'; there are:"),
    ("otherwise: contradicted", "otherwise: false", "line 20, column 5: verdicts.1.verdict"),
    ("otherwise: contradicted", "otherwise: wrong", "line 20, column 17: unknown verdict 'wrong'"),
    ("rate_pct > 10 and", "rate_pct >> > 10 and", "line 17, column 23: 'rate_pct >> > 10 and twice > 20' is not a"),
    ("when: rate_pct > 10 and", "when: rate_pct); drop table x; select (1 and", "line 17, column 11: "),
    ("holds_when: rate_pct > 10", "holds_when: rate_pct > > 10", "line 7, column 24: "),
    ("rate_pct > 10 and", "rate_pct > 10 and rate_pet > 1 and", "line 17, column 29: the condition names 'rate_pet'"),
    (
        "holds_when: rate_pct > 10",
        "holds_when: 10 < rate",
        "line 7, column 18: the condition names 'rate'",
    ),
    ("rate_pct > 10 and", "foo(rate_pct) and", "line 17, column 11: 'foo(rate_pct) and twice > 20' cannot be eval"),
    ("headline: rate_pct", "headline: rate", "line 9, column 11: 'rate' is no measure of the definition 'newest'"),
    ("measure: rate_pct}", "measure: rate}", "line 15, column 41: 'rate' is no measure of the definition 'doubled'"),
    ("{rate_pct} percent, twice", "{rate} percent, twice", "line 19, column 22: 'because' names {rate}, which is"),
    ("  doubled:", "  tripled: thrice\n  doubled:", "line 13, column 12: the query returns nothing for the definition"),
]


@pytest.mark.parametrize(("old", "new", "said"), YAML_MISTAKES, ids=lambda v: str(v)[:24])
def test_a_mistake_in_a_claim_file_has_its_place(
    old: str, new: str, said: str, claims: Path, tables: Published
) -> None:
    change(claims, "high.yml", old, new)
    with pytest.raises(ProjectInvalid) as refused:
        measured(claims, tables)
    assert str(claims / "high.yml") in str(refused.value)
    assert said in str(refused.value)


SQL_MISTAKES = [
    ("from rate_ranks", "frm rate_ranks", "line 10, column 1: Parser Error: syntax error"),
    ("r.year::varchar", "r.year::varchar varchar varchar", "line 5, column "),
    ("r.rate_pct *", "r.rate_pet *", 'line 6, column 5: Binder Error: Values list "r" does not have'),
    ("r.rate_pct *", "round_up(r.rate_pct) *", "line 6, column 5: Catalog Error: Scalar Function with name round_up"),
    ("from rate_ranks", "from nope", "line 10, column 6: the release has no table or codelist 'nope'."),
    ("from rate_ranks", "from claim_verdicts", "line 10, column 6: the release has no table or codelist"),
    ("null as note", "null as note; select 1", "line 1, column 1: expected exactly one SELECT"),
    ("null as note", "null as remark", "must return the columns"),
    ("'newest', 1", "'latest', 1", "the definition 'latest' is not explained"),
]


@pytest.mark.parametrize(("old", "new", "said"), SQL_MISTAKES, ids=lambda v: str(v)[:24])
def test_a_mistake_in_a_query_has_its_place(old: str, new: str, said: str, claims: Path, tables: Published) -> None:
    change(claims, "high.sql", old, new)
    with pytest.raises(ProjectInvalid) as refused:
        measured(claims, tables)
    assert str(claims / "high.sql") in str(refused.value)
    assert said in str(refused.value)


CASE_MISTAKES = [
    ("high/nine/rate_ranks.csv", "year,iso3", "year,iso", "line 1: the table rate_ranks has no column 'iso'"),
    ("high/nine/rate_ranks.csv", "JPN,9,1", "JPN,9", "line 2: 3 cells, but the header has 4 columns"),
    ("high/nine/rate_ranks.csv", "JPN,9,1", "JPN,nine,1", "rate_pct"),
    ("high/nine/expect.csv", "definition,", "definitoin,", "line 1: unknown column 'definitoin'"),
    ("high/nine/expect.csv", "2001,9", "2001,nine", "expect.csv: Conversion Error"),
]


@pytest.mark.parametrize(("name", "old", "new", "said"), CASE_MISTAKES, ids=lambda v: str(v)[:24])
def test_a_mistake_in_a_case_is_named(
    name: str, old: str, new: str, said: str, claims: Path, tables: Published
) -> None:
    change(claims, name, old, new)
    with pytest.raises(TradefinError, match=said):
        folder.run_cases(folder.in_folder(claims, tables.verdicts), tables)


def test_a_table_that_the_query_does_not_read_is_no_input(claims: Path, tables: Published) -> None:
    (claims / "high/nine/rates.csv").write_text("iso3\nJPN\n")
    with pytest.raises(ProjectInvalid, match="does not read 'rates'; it reads rate_ranks"):
        folder.run_cases(folder.in_folder(claims, tables.verdicts), tables)


def test_a_folder_that_is_none(claims: Path, tables: Published, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="No folder"):
        folder.in_folder(tmp_path / "nowhere", tables.verdicts)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFound, match="holds no claim file"):
        folder.in_folder(tmp_path / "empty", tables.verdicts)
    (claims / "low.sql").write_text("select 1")
    with pytest.raises(ProjectInvalid, match=r"no file low\.yml beside it"):
        folder.in_folder(claims, tables.verdicts)
    (claims / "low.sql").rename(claims / "low.txt")
    (claims / "high.sql").rename(claims / "high.txt")
    with pytest.raises(ProjectInvalid, match=r"high\.yml: line 1, column 1: the query high\.sql is missing"):
        folder.in_folder(claims, tables.verdicts)


def test_a_file_that_is_no_text(claims: Path, tables: Published) -> None:
    (claims / "high.yml").write_bytes(CLAIM.encode().replace(b"The rate is high", b"The rate is \xff"))
    with pytest.raises(ProjectInvalid, match="line 2, column 20: not UTF-8"):
        folder.in_folder(claims, tables.verdicts)
    (claims / "high.yml").write_text(CLAIM.replace("The rate is high", "The rate is \x07"))
    with pytest.raises(ProjectInvalid, match="line 2, column 20: special characters are not allowed"):
        folder.in_folder(claims, tables.verdicts)


HOSTILE = [
    "(select count(*) from read_text('{secret}'))",
    "(select count(*) from '{secret}')",
    "(select count(*) from read_csv('{secret}'))",
    "(select count(*) from glob('{folder}/*'))",
    "(select count(*) from read_parquet('https://example.org/x.parquet'))",
    "(select count(*) from tables)",
    "length(getenv('HOME'))",
    "(select count(*) from duckdb_secrets())",
]


@pytest.mark.parametrize("expression", HOSTILE)
def test_a_foreign_query_reaches_nothing_but_the_release(
    expression: str, claims: Path, tables: Published, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("secret\nnot-for-you\n")
    change(claims, "high.sql", "r.rate_pct *", expression.format(secret=secret, folder=tmp_path) + " *")
    with pytest.raises(ProjectInvalid) as refused:
        measured(claims, tables)
    assert "not-for-you" not in str(refused.value)


@pytest.mark.parametrize(
    "statement",
    [
        "copy (select 1) to '{folder}/out.csv'",
        "attach '{folder}/new.duckdb'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set python_enable_replacements = true",
        "export database '{folder}/all'",
    ],
)
def test_the_connection_of_foreign_queries_is_locked(statement: str, tables: Published, tmp_path: Path) -> None:
    with tables.connect() as con, pytest.raises(duckdb.Error):
        con.execute(statement.format(folder=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_table_is_not_measured(claims: Path, tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    release = publish_light(builder)
    path = writable(release.folder / release.table("rate_ranks").path)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ReleaseDamaged, match=r"rate_ranks\.parquet is not the file that was published"):
        measured(claims, Published(builder.project, builder.store.home))


def test_the_command(claims: Path, tiny: Builder) -> None:
    table = command(tiny, "claims", "--claims", str(claims))
    assert (table.returncode, table.stderr) == (0, "")
    assert "11.25 % (2001)" in table.stdout
    assert "then: as known on 6 December 2001" in table.stdout
    one = command(tiny, "claims", "--claims", str(claims), "high").stdout
    assert "doubled: twice the newest rate" in one
    assert command(tiny, "claims", "high", "--claims", str(claims), "--markdown").stdout.startswith("| Claim |")
    (entry,) = json.loads(command(tiny, "claims", "high", "--claims", str(claims), "--json").stdout)
    assert [v["verdict"] for v in entry["verdicts"]] == ["supported"] * len(entry["verdicts"])
    reviews: dict[str, Any] = json.loads(command(tiny, "claims", "--claims", str(claims), "--claimreview").stdout)
    assert [node["reviewRating"]["ratingValue"] for node in reviews["@graph"]] == [5]
    missing = command(tiny, "claims", "hihg", "--claims", str(claims))
    assert (missing.returncode, missing.stderr) == (9, "tradefin: No claim is called 'hihg'. Did you mean high?\n")
    assert command(tiny, "claims", "--claims", str(claims), "--release", "2000-01-01-000000000000").returncode == 9


def test_the_command_as_of_a_day(claims: Path, tiny: Builder) -> None:
    def asked(day: str, *words: str) -> list[tuple[str, str, str]]:
        done = command(tiny, "claims", *words, "--as-of", day, "--json")
        assert done.returncode == 0, done.stderr
        (entry,) = json.loads(done.stdout)
        return [(v["as_of"], v["known"], v["verdict"]) for v in entry["verdicts"]]

    of_folder = ("--claims", str(claims))
    assert asked("2001-02-28", *of_folder) == [("2001-02-28", "period_ended", "supported")]
    assert asked("2000-12-30", *of_folder) == [("2000-12-30", "period_ended", "undecided")]
    assert asked("2001-03-01", *of_folder) == [("2001-03-01", "published", "supported")]
    assert asked("2001-03-01") == [("2001-03-01", "published", "supported")]  # the ledger's own
    assert "then: as known on 1 March 2001" in command(tiny, "claims", "--as-of", "2001-03-01").stdout
    for words in (["--as-of", "yesterday"], ["--as-of", "2001-03-01", "--claimreview"]):
        assert command(tiny, "claims", *words).returncode == 2


def test_the_command_runs_golden_cases(claims: Path, tiny: Builder) -> None:
    done = command(tiny, "claims", "test", "--claims", str(claims))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "2 of 2 cases pass.")
    change(claims, "high/nine/verdict.txt", "contradicted", "supported")
    done = command(tiny, "claims", "test", "high", "--claims", str(claims))
    assert done.returncode == 6
    assert "FAILS   high/nine: 1 figures, contradicted\n          the verdict is 'contradicted', not" in done.stdout


@pytest.mark.parametrize(
    "words", [["new"], ["new", "a", "b"], ["test", "a", "b"], ["a", "b"], ["--json", "--markdown"], ["a", "--claims"]]
)
def test_wrong_usage_of_the_command(words: list[str], tiny: Builder) -> None:
    done = command(tiny, "claims", *words)
    assert (done.returncode, done.stdout) == (2, "")


def test_a_mistake_reaches_the_terminal_as_one_paragraph(claims: Path, tiny: Builder) -> None:
    change(claims, "high.yml", "speaker:", "spaeker:")
    done = command(tiny, "claims", "--claims", str(claims))
    assert (done.returncode, done.stdout) == (6, "")
    assert "high.yml is not a valid claim file:\n  line 1, column 1: key 'speaker' is missing\n" in done.stderr
    assert "  line 3, column 1: unknown key 'spaeker'\n" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_new_claim_in_a_checkout(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    (builder.project.root / "tests" / "sql").mkdir(parents=True)
    done = command(builder, "claims", "new", "more_to_say")
    assert done.returncode == 0, done.stderr
    root = builder.project.root
    for name in ("expectations/claims/more_to_say.yml", "sql/claims/more_to_say.sql"):
        assert (root / name).exists()
    assert len(list((root / "tests/sql/more_to_say").glob("*/expect.csv"))) == 2
    again = command(builder, "claims", "new", "more_to_say")
    assert (again.returncode, "is taken by" in again.stderr) == (6, True)


def test_a_new_claim_touches_nothing_that_exists(tmp_path: Path, project: Project) -> None:
    (tmp_path / "mine.sql").write_text("select 1")
    with pytest.raises(ProjectInvalid, match=r"mine\.sql exists; nothing was written"):
        scaffold.new("mine", project, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.sql"]
    assert (tmp_path / "mine.sql").read_text() == "select 1"


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("A b", "cannot name a claim: small letters"),
        ("../up", "cannot name a claim: small letters"),
        ("a__b", "cannot name a claim: small letters"),
        ("2001", "cannot name a claim: small letters"),
        ("", "cannot name a claim: small letters"),
        ("a" * 61, "at most 60"),
        ("new", "means something else"),
        ("test", "means something else"),
        ("codelist_x", "means something else"),
        ("reserves", "is taken by"),
        ("us_keeps_losing", "is taken by"),
        ("verdicts", "is taken by"),
    ],
)
def test_a_bad_id_is_refused(claim: str, said: str, tmp_path: Path, project: Project) -> None:
    with pytest.raises(ProjectInvalid, match=said):
        scaffold.new(claim, project, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_installed_package_takes_no_new_claim(tmp_path: Path) -> None:
    with pytest.raises(ProjectInvalid, match="not a checkout: name a folder of your own with --claims DIR"):
        scaffold.new("mine", make_tiny(tmp_path).project, None)


def test_every_claim_of_the_project_has_sound_rules(project: Project, builder: Builder) -> None:
    codes = set(builder.table("codelist_verdicts").column("code").to_pylist())
    for path in project.claim_files.values():
        check_rules(yamlfile.read(path, Claim), path, codes)


def _refused(sql: str) -> duckdb.Error:
    with duckdb.connect(":memory:") as con, pytest.raises(duckdb.Error) as refused:
        con.execute(sql)
    return refused.value


@pytest.mark.parametrize(
    ("sql", "at"),
    [
        ("select nope", "nope"),
        ("select 1,\n\n  nope", "nope"),
        ("select 'ü' as ü, nope", "nope"),
        (f"select {'1, ' * 90}nope, {'2, ' * 90} 3", "nope"),
        (f"select {'1, ' * 90}nope", "nope"),
        ("select 1 frm t x", "t x"),
    ],
)
def test_the_place_of_an_error_in_sql(sql: str, at: str) -> None:
    assert offset_in(_refused(sql), sql) == sql.index(at)


def test_the_place_counts_from_the_top_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.sql"
    path.write_text("\n\n-- nope\nselect 1,\n  nope;\n")
    statement = "create table t as -- nope\nselect 1,\n  nope"
    assert placed(_refused(statement), path, statement).startswith(f"{path}: line 5, column 3: Binder Error: Ref")
    assert place_of(path, "nope") == "line 5, column 3"
    assert placed(duckdb.Error("Out of luck"), path, "select 1") == f"{path}: Out of luck"


class Part(yamlfile.Strict):
    """A part whose validator knows where its mistake is."""

    one: str
    many: tuple[str, ...] = ()

    def model_post_init(self, _: Any) -> None:  # noqa: ANN401 - pydantic's own
        if "bad" in self.many:
            raise yamlfile.At("no good", "many", self.many.index("bad"))


@pytest.fixture
def yaml_file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "part.yml"
    path.write_text("one: 'it''s'\nmany: [good,\n  bad]\n")
    yield path


def test_a_validator_may_name_the_place(yaml_file: Path) -> None:
    with pytest.raises(ProjectInvalid, match="line 3, column 3: "):
        yamlfile.read(yaml_file, Part)


def test_places_of_values(yaml_file: Path) -> None:
    assert yamlfile.place(yaml_file, ("one",)) == "line 1, column 6"
    assert yamlfile.place(yaml_file, ("one",), inside=2) == "line 1, column 9"
    assert yamlfile.place(yaml_file, ("many", 1)) == "line 3, column 3"
    assert yamlfile.place(yaml_file, ("none",)) == "line 1, column 1"
    yaml_file.write_text("one: >-\n  long\n  text\n")
    assert yamlfile.place(yaml_file, ("one",), inside=7) == "line 1, column 6"
