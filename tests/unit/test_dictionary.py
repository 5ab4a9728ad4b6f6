"""The dictionary's pages, and codelists as tables like any other."""

import json
from pathlib import Path

import pytest

from tests.tiny import make_tiny, reopened, rewrite
from tradefin.audit.run import audit_table
from tradefin.definitions import build_defs
from tradefin.dictionary import dictionary_pages
from tradefin.errors import ProjectInvalid
from tradefin.orchestration.resources import Workshop
from tradefin.tables.builder import Builder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    return make_tiny(tmp_path_factory.mktemp("tiny"))


def test_there_is_a_page_for_every_table(tiny: Builder) -> None:
    assert set(dictionary_pages(tiny)) == {"docs/tables/README.md", *(f"docs/tables/{s}.md" for s in tiny.contracts)}


@pytest.mark.parametrize(
    "line",
    [
        "- One row is one country and year in one vintage.",
        "- Key: `iso3`, `year`, `vintage_id`. Sorted by: `iso3`, `year`, `vintage_id`.",
        "- As of a day: a row is public from `known_on`; its period ends on `period_end`.",
        "| `iso3` | text |  | the country; codes: [`codelist_countries`](codelist_countries.md) |",
        "| `rate_pct` | decimal(9,4) | percent | at least 0 and at most 100 (a share) |",
        "| `vintage_id` | text |  | edition; stands in [`vintages`](vintages.md) as `vintage_id` |",
        "How high were the rates of 2001?\n\n```sql\nselect iso3, rate_pct from rates where year = 2001\n```",
        "- [The Bank](https://bank.example): Terms of the bank (https://bank.example/terms). Cite: Source: The Bank",
        "| `rate_pct` | `source_bank_rates`: `rate` |",
        "| `known_on` | [`vintages`](vintages.md): `known_on` |",
        'rows = tradefin.load("rates")',
        'rows <- arrow::read_parquet(file.path(folder, "tables/rates.parquet"))',
        'rows = DataFrame(Parquet2.Dataset(joinpath(folder, "tables/rates.parquet")))',
    ],
)
def test_a_page_tells(line: str, tiny: Builder) -> None:
    assert line in dictionary_pages(tiny)["docs/tables/rates.md"]


def test_a_codelists_page_shows_its_codes(tiny: Builder) -> None:
    page = dictionary_pages(tiny)["docs/tables/codelist_countries.md"]
    assert "| `iso3` | `name` |\n|---|---|\n| JPN | Japan |\n| NAM | Namibia |" in page
    assert "[countries.csv](../../expectations/codelists/countries.csv)" in page
    assert "Apache License, Version 2.0" in page


def test_codelists_are_listed_last(tiny: Builder) -> None:
    index = dictionary_pages(tiny)["docs/tables/README.md"]
    assert index.index("`rate_ranks`") < index.index("`claims`") < index.index("`codelist_countries`")


def test_a_codelist_is_a_table_with_metadata_and_checks(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    schema = builder.table("codelist_countries").schema
    assert not schema.field("iso3").nullable
    assert schema.field("iso3").metadata[b"description"] == b"the code"
    assert json.loads(schema.metadata[b"tradefin"])["rights"][0]["publisher"] == "tradefin"
    assert not audit_table(builder, "codelist_countries").blocking
    rewrite(builder, "expectations/codelists/countries.csv", "NAM,Namibia", "JPN,Namibia")
    failed = audit_table(reopened(builder), "codelist_countries").blocking
    assert [r.check.name for r in failed] == ["key_unique"]


def test_a_codelist_without_a_contract_is_refused(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    (builder.project.root / "expectations/codelists/countries.yml").unlink()
    with pytest.raises(ProjectInvalid, match=r"codelist_countries has no contract: .*codelists/countries\.yml"):
        build_defs(Workshop.of(builder.project, builder.store.home))
    orphan = builder.project.root / "expectations/codelists/orphans.yml"
    text = (builder.project.root / "expectations/codelists/verdicts.yml").read_text(encoding="utf-8")
    orphan.write_text(text.replace("codelist_verdicts", "codelist_orphans"), encoding="utf-8")
    (builder.project.root / "expectations/codelists/countries.csv").unlink()
    with pytest.raises(ProjectInvalid):
        build_defs(Workshop.of(builder.project, builder.store.home))


def test_a_contract_names_its_file(tmp_path: Path) -> None:
    builder = make_tiny(tmp_path)
    rewrite(builder, "expectations/codelists/verdicts.yml", "table: codelist_verdicts", "table: verdicts")
    with pytest.raises(ProjectInvalid, match="one stem per table"):
        _ = reopened(builder).contracts
