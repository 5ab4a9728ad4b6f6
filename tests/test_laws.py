"""The house keeps its laws, and each law notices when it is broken."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tradefin
from tests import laws
from tests.tiny import make_tiny
from tradefin.project import Project

PACKAGE = Path(tradefin.__file__).parent


@pytest.mark.parametrize("law", laws.PROJECT_LAWS, ids=lambda f: f.__name__)
def test_the_project_keeps_its_laws(law: Callable[[Project], Iterator[str]], project: Project) -> None:
    assert list(law(project)) == []


@pytest.mark.parametrize("law", laws.PACKAGE_LAWS, ids=lambda f: f.__name__)
def test_the_package_keeps_its_laws(law: Callable[[Path], Iterator[str]]) -> None:
    assert list(law(PACKAGE)) == []


@pytest.fixture
def tiny(tmp_path: Path) -> Project:
    """A tiny project that keeps every law."""
    project = make_tiny(tmp_path).project
    for stem in ("rates", "vintages", "rate_ranks", "rate_is_high"):
        case = project.root / "tests" / "sql" / stem / "one"
        case.mkdir(parents=True)
        (case / "expect.csv").write_text("iso3\nJPN\n")
    return Project(project.root, project.bundled)


@pytest.mark.parametrize("law", laws.PROJECT_LAWS, ids=lambda f: f.__name__)
def test_a_lawful_house_has_no_findings(law: Callable[[Project], Iterator[str]], tiny: Project) -> None:
    assert list(law(tiny)) == []


BREACHES: list[tuple[Callable[[Project], Iterator[str]], str, str, str, str]] = [
    (laws.one_stem_per_table, "sql/core/orphan.sql", "", "select 1 as x", "orphan.sql has no contract"),
    (laws.one_stem_per_table, "sql/claims/orphan.sql", "", "select 1 as x", "has no claim file"),
    (laws.one_stem_per_table, "tests/sql/orphan/one/expect.csv", "", "x\n", "belongs to no table"),
    (laws.every_upstream_exists, "sql/core/rates.sql", "source_bank_rates", "source_bank_tares", "source_bank_tares"),
    (laws.every_upstream_exists, "sql/core/vintages.sql", "source_bank_vintages", "rates", "in a circle"),
    (laws.exact_and_steady_sql, "sql/core/rates.sql", "r.rate as", "r.rate::double as", "casts to DOUBLE"),
    (laws.exact_and_steady_sql, "sql/core/rates.sql", "r.rate as", "random() as", "random"),
    (laws.exact_and_steady_sql, "sql/core/rates.sql", "r.rate as", "current_date as", "current_date"),
    (laws.exact_and_steady_sql, "sql/core/vintages.sql", "vintage_id, known_on", "*", "selects *"),
    (laws.licences_are_evidence, "bundled/bank/citations.csv", ",bank-terms", ",hearsay", "hearsay"),
    (laws.codelists_hold, "expectations/codelists/countries.csv", "NAM,", "JPN,", "JPN stands twice"),
    (laws.codelists_hold, "expectations/codelists/orphans.csv", "", "code\nx\n", "orphans.csv has no contract"),
    (laws.codelists_hold, "expectations/codelists/countries.csv", "iso3,name", "iso3,label", "has other columns"),
    (laws.corrections_hold, "expectations/corrections/typos.yml", "", "corrections: typos", "key 'table' is missing"),
    (laws.numbers_have_units, "expectations/tables/rates.yml", "unit: percent", "text: share", "rate_pct is a number"),
    (
        laws.tables_answer_questions,
        "expectations/tables/rates.yml",
        "\nexamples:\n  - {",
        "\n# {",
        "rates has no example",
    ),
    (laws.references_hold, "expectations/tables/rates.yml", "vintages.vintage_id", "vintages.id", "does not exist"),
    (laws.units_end_names, "expectations/tables/rates.yml", "rate_pct:", "rate:", "its name does not say"),
]


@pytest.mark.parametrize(
    ("law", "name", "old", "new", "finding"), BREACHES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_a_broken_law_is_noticed(
    law: Callable[[Project], Iterator[str]], name: str, old: str, new: str, finding: str, tiny: Project
) -> None:
    path = tiny.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = path.read_text() if path.exists() else ""
    assert old in text
    path.write_text(text.replace(old, new) if old else new)
    found = list(law(Project(tiny.root, tiny.bundled)))
    assert any(finding in f for f in found), found


def test_a_contract_without_its_codelist_is_noticed(tiny: Project) -> None:
    (tiny.root / "expectations/codelists/countries.csv").unlink()
    found = list(laws.codelists_hold(tiny))
    assert "the contract of codelist countries has no countries.csv beside it" in found


def test_a_missing_golden_case_is_noticed(tiny: Project) -> None:
    shutil.rmtree(tiny.root / "tests/sql/rates")
    assert list(laws.one_stem_per_table(tiny)) == ["rates has no golden case in tests/sql/rates/"]


def test_a_socket_outside_sources_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "bis.py").write_text("import httpx\n")
    (tmp_path / "tables.py").write_text("from urllib.request import urlopen\n")
    assert list(laws.only_sources_open_sockets(tmp_path)) == ["tables.py imports urllib.request"]


def test_a_long_module_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text('"""Short."""\n')
    (tmp_path / "long.py").write_text("x = 1\n" * 301)
    assert len(list(laws.small_modules(tmp_path))) == 2
