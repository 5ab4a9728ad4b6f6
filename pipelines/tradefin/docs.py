"""Pages that are made from the contracts, sources and verdicts, never written by hand: `make docs`.

What belongs here: the data dictionary, the pages of the claims, DATA_LICENSES.md, the tables and charts in
README.md, what it quotes of measurements among them. A test holds them fresh.
"""

import sys
from pathlib import Path

from tradefin.claims.claim import read_claims
from tradefin.claims.figures import readable_date
from tradefin.claims.ledger import Entry, entries_of, markdown
from tradefin.claims.page import page
from tradefin.dictionary import dictionary_pages, table_index
from tradefin.errors import ProjectInvalid
from tradefin.project import Project, outputs_home
from tradefin.report.samples import samples
from tradefin.sources.description import Publisher
from tradefin.tables.builder import Builder
from tradefin.tables.rights import OURS
from tradefin.tables.sql import upstream
from tradefin.tables.store import Store
from tradefin.worked_example import PAGE, vintages_page


def pages(builder: Builder) -> dict[str, str]:
    """Every generated page by its path in the checkout.

    Args:
        builder: Makes the tables and knows their contracts.
    """
    made = dictionary_pages(builder)
    made["DATA_LICENSES.md"] = licences_page({**builder.publishers, OURS.publisher: OURS})
    made[PAGE] = vintages_page(builder)
    entries = entries_of(builder.table)
    made |= claim_pages(builder, entries)
    made |= samples(builder)
    readme = (builder.project.root / "README.md").read_text(encoding="utf-8")
    readme = _replace(readme, "verdicts", _linked(markdown(entries), entries))
    readme = _replace(readme, "proof", _tables_of(builder.project.root / "docs/proof.md"))
    readme = _replace(readme, "speed", _tables_of(builder.project.root / "benchmarks/RESULTS.md", holding=" ≤ "))
    made["README.md"] = _replace(readme, "tables", table_index(builder, "docs/tables/"))
    return made


def claim_pages(builder: Builder, entries: list[Entry]) -> dict[str, str]:
    """The page of each claim, by its path in the checkout."""
    claims, queries = read_claims(builder.project), builder.project.claim_sql_files
    made = {}
    for entry in entries:
        name = entry.claim["claim_id"]
        reads = upstream(queries[name]) if name in queries else ()
        publishers = sorted({p for table in reads for p in builder.publishers_of(table)})
        made[f"docs/claims/{name}.md"] = page(claims[name], entry, reads, [builder.publishers[p] for p in publishers])
    return made


def _linked(table: str, entries: list[Entry]) -> str:
    """The verdict table with each claim's id linked to its page."""
    for name in (e.claim["claim_id"] for e in entries):
        table = table.replace(f"\n| {name} |", f"\n| [{name}](docs/claims/{name}.md) |")
    return table


def licences_page(publishers: dict[str, Publisher]) -> str:
    """Every publisher's licence: address, clause, day checked, citation."""
    lines = [
        "# Licences of the data",
        "",
        "The code is under the Apache License 2.0 (LICENSE). The figures are their publishers'; this page is made from",
        "`expectations/sources/*.yml` and says, for each, what permits their use, where that can be read, when it was",
        "checked, and which citation is asked for. A release without it is refused.",
    ]
    for publisher in publishers.values():
        lines += ["", f"## {publisher.name}", "", f"{publisher.landing_page}; publishes {publisher.cadence}."]
        for licence in publisher.licences.values():
            lines += [
                "",
                f"- **{licence.name}**: {licence.address}",
                f"- Clause: {licence.clause}",
                f"- Checked on {readable_date(licence.checked_on)}.",
                f"- Cite: {licence.attribution}",
            ]
    return "\n".join(lines) + "\n"


def _tables_of(page: Path, holding: str = "") -> str:
    """The tables of a page of measurements as one: the first one's head, the rows of all that hold a text."""
    head, rule, *rows = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return "\n".join((head, rule, *(row for row in rows if row not in (head, rule) and holding in row)))


def _replace(text: str, block: str, content: str) -> str:
    start, end = f"<!-- {block}: made by `make docs` -->", f"<!-- end of {block} -->"
    before, found, rest = text.partition(start)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise ProjectInvalid(f"README.md has no block between {start} and {end}.")
    return f"{before}{start}\n{content}\n{end}{after}"


def main() -> int:
    """Write every generated page; the tables behind the verdicts are built first, if they are not at hand."""
    project = Project.find()
    made = pages(Builder(project, Store(outputs_home())))
    for folder in ("tables", "claims"):
        for old in (project.root / "docs" / folder).glob("*.md"):
            if f"docs/{folder}/{old.name}" not in made:
                old.unlink()
    for name, text in made.items():
        path = project.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(f"{len(made)} pages", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
