"""The kit on a real release: a new claim, the worked example, the pages' queries, the reviews of the whole ledger."""

import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import ROOT
from tests.unit.test_claimreview import validate
from tradefin.claims import claimreview
from tradefin.claims.claim import Claim, read_claims
from tradefin.claims.ledger import Entry, entries_of
from tradefin.claims.measure import Measurement
from tradefin.claims.page import figures_of
from tradefin.claims.verdict import judge
from tradefin.docs import claim_pages
from tradefin.project import Project
from tradefin.query import query
from tradefin.releases.release import Release
from tradefin.tables.builder import Builder

pytestmark = pytest.mark.xdist_group("real release")

EXAMPLES = ROOT / "docs" / "examples" / "claims"
CLAIMS = read_claims(Project.find())
TESTABLE = sorted(name for name, claim in CLAIMS.items() if not claim.not_testable)


@pytest.fixture(scope="module")
def entries(builder: Builder) -> dict[str, Entry]:
    return {e.claim["claim_id"]: e for e in entries_of(builder.table)}


@pytest.fixture(scope="module")
def pages(builder: Builder, entries: dict[str, Entry]) -> dict[str, str]:
    return claim_pages(builder, list(entries.values()))


def command(release: Release, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "TRADEFIN_HOME": str(release.folder.parents[1])}
    line = [sys.executable, "-m", "tradefin.cli", *words]
    return subprocess.run(line, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_the_worked_example_runs_as_the_kit_says(real: Release) -> None:
    where = str(EXAMPLES.relative_to(ROOT))
    cases = command(real, "claims", "test", "--claims", where)
    assert (cases.returncode, cases.stderr) == (0, "")
    kit = (ROOT / "docs" / "claims-kit.md").read_text(encoding="utf-8")
    assert cases.stdout in kit, "docs/claims-kit.md shows other output"
    done = command(real, "claims", "--claims", where, "--json")
    assert done.returncode == 0, done.stderr
    (entry,) = json.loads(done.stdout)
    verdicts = [(v["as_of"], v["known"], v["verdict"]) for v in entry["verdicts"]]
    assert verdicts[0] == ("2025-09-30", "published", "supported")
    assert verdicts[-1][1:] == ("latest", "partly supported")
    for verdict in entry["verdicts"]:
        assert verdict["why"] in " ".join(kit.split())
    shown = command(real, "claims", "--claims", where, "--markdown").stdout
    assert shown in kit


def test_the_files_in_the_kit_are_those_of_the_example() -> None:
    kit = (ROOT / "docs" / "claims-kit.md").read_text(encoding="utf-8")
    for name in ("turnover_2025.yml", "turnover_2025.sql", "turnover_2025/final/expect.csv"):
        assert (EXAMPLES / name).read_text(encoding="utf-8") in kit, f"docs/claims-kit.md shows another {name}"


def test_a_new_claim_passes_its_cases_and_is_true(real: Release, tmp_path: Path) -> None:
    made = command(real, "claims", "new", "my_claim", "--claims", str(tmp_path))
    assert made.returncode == 0, made.stderr
    assert len(made.stdout.partition("\n\n")[0].splitlines()) == len([p for p in tmp_path.rglob("*") if p.is_file()])
    cases = command(real, "claims", "test", "--claims", str(tmp_path))
    assert (cases.returncode, cases.stdout.splitlines()[-1]) == (0, "2 of 2 cases pass.")
    done = command(real, "claims", "my_claim", "--claims", str(tmp_path), "--json")
    assert done.returncode == 0, done.stderr
    (entry,) = json.loads(done.stdout)
    assert {v["verdict"] for v in entry["verdicts"]} == {"supported"}
    assert {s["definition"] for s in entry["sensitivity"]} == {"world_traditional", "world_all_net_net"}


def test_the_project_runs_its_own_cases(real: Release) -> None:
    done = command(real, "claims", "test", "daily_capital_flows")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passes  daily_capital_flows/" in done.stdout


def judged(claim: Claim, rows: list[dict[str, Any]]) -> tuple[str, str]:
    """Verdict and reason that the claim's rules give on nothing but the rows of its page's query."""
    figures = [
        Measurement(r["definition"], r["measure"], r["period"], Decimal(r["value"]), r["unit"], None, None)
        for r in rows
        if r["value"] is not None
    ]
    verdict = judge(claim, {rows[0]["known"]: figures})
    return verdict.verdict, verdict.why


@pytest.mark.parametrize("name", TESTABLE)
def test_the_query_of_a_page_gives_the_numbers_behind_each_verdict(
    name: str, real: Release, pages: dict[str, str], entries: dict[str, Entry]
) -> None:
    (sql,) = re.findall(r"```sql\n(.*?)\n```", pages[f"docs/claims/{name}.md"], re.DOTALL)
    answer = query(sql, real.folder.parents[1], real.id)
    with duckdb.connect(str(real.database), read_only=True) as con:
        assert con.execute(sql).fetchall() == answer.rows
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    assert {r["figure"] for r in rows} == set(figures_of(CLAIMS[name]))
    for verdict in entries[name].verdicts:
        of_day = [r for r in rows if r["as_of"] == verdict["as_of"]]
        assert {(r["verdict"], r["known"]) for r in of_day} == {(verdict["verdict"], verdict["known"])}
        assert judged(CLAIMS[name], of_day) == (verdict["verdict"], verdict["why"])


@pytest.mark.parametrize("name", sorted(CLAIMS))
def test_a_page_says_what_a_reader_asks(name: str, pages: dict[str, str], entries: dict[str, Entry]) -> None:
    page, claim, entry = pages[f"docs/claims/{name}.md"], CLAIMS[name], entries[name]
    said = " ".join(page.split())
    for part in (claim.restated, claim.true_if, claim.claimed.text, *claim.limits, *claim.definitions.values()):
        assert " ".join(part.split()) in said
    assert {v["verdict"] for v in entry.verdicts} == set(re.findall(r"\*\*(.+?)\*\*", page))
    assert ("```sql" in page) != bool(claim.not_testable)
    assert all(f"`{definition}`" in page for definition in claim.definitions)


def test_the_reviews_of_the_ledger_are_valid(real: Release) -> None:
    document = claimreview.published(real.folder.parents[1], real.id)
    validate(document)
    assert len(document["@graph"]) == len(CLAIMS)
    done = command(real, "claims", "--claimreview")
    assert json.loads(done.stdout) == document
    one = json.loads(command(real, "claims", "daily_capital_flows", "--claimreview").stdout)
    assert [n["claimReviewed"] for n in one["@graph"]] == [CLAIMS["daily_capital_flows"].restated]
