"""Pages that are made from the contracts, sources and verdicts, never written by hand: `make docs`.

What belongs here: the data dictionary, DATA_LICENSES.md and the two tables in README.md. A test holds them fresh.
"""

import sys

from tradefin.claims.figures import readable_date
from tradefin.claims.ledger import entries_of, markdown
from tradefin.errors import ProjectInvalid
from tradefin.project import Project, outputs_home
from tradefin.sources.description import Publisher
from tradefin.tables.builder import Builder
from tradefin.tables.contract import Column, Contract
from tradefin.tables.store import Store

_LAYERS = {
    "core": "Core: one row is one fact, every vintage kept",
    "marts": "Marts: joined, for analysis",
    "claims": "Claims: the ledger",
}


def pages(builder: Builder) -> dict[str, str]:
    """Every generated page by its path in the checkout.

    Args:
        builder: Makes the tables and knows their contracts.
    """
    made = {f"docs/tables/{stem}.md": table_page(builder, c) for stem, c in builder.contracts.items()}
    made["docs/tables/README.md"] = "# Data dictionary\n\n" + table_index(builder, "") + "\n"
    made["DATA_LICENSES.md"] = licences_page(builder.publishers)
    readme = (builder.project.root / "README.md").read_text(encoding="utf-8")
    readme = _replace(readme, "verdicts", markdown(entries_of(builder.table)))
    made["README.md"] = _replace(readme, "tables", table_index(builder, "docs/tables/"))
    return made


def table_index(builder: Builder, folder: str) -> str:
    """The tables by layer, each linked to its page."""
    parts = []
    for layer, title in _LAYERS.items():
        rows = [
            f"| [`{c.table}`]({folder}{c.table}.md) | {c.one_row_is} |"
            for c in builder.contracts.values()
            if c.layer == layer
        ]
        parts.append("\n".join([f"**{title}**", "", "| table | one row is |", "|---|---|", *rows]))
    return "\n\n".join(parts)


def table_page(builder: Builder, contract: Contract) -> str:
    """The dictionary's page of one table."""
    upstream = ", ".join(
        f"[`{u}`]({u}.md)" if u in builder.contracts else f"`{u}`" for u in builder.graph[contract.table]
    )
    publishers = ", ".join(builder.publishers[p].name for p in builder.publishers_of(contract.table))
    head = [
        f"# {contract.table}",
        "",
        contract.text,
        "",
        f"- One row is {contract.one_row_is}.",
        f"- Key: {_names(contract.key)}. Sorted by: {_names(contract.sorted_by)}.",
        f"- Layer `{contract.layer}`, version {contract.version}, changes: {contract.cadence}.",
        f"- Made from: {upstream or 'the claim files'}." + (f" Figures of: {publishers}." if publishers else ""),
        f"- Between {contract.rows.min:,} and {contract.rows.max:,} rows: {contract.rows.why}.",
    ]
    if contract.as_of:
        head.append(
            f"- As of a day: a row is public from `{contract.as_of.published}`; its period ends on "
            f"`{contract.as_of.period_ended}`."
        )
    if contract.caveats:
        head += ["", "## Mind", "", *(f"- {c}" for c in contract.caveats)]
    rows = [f"| `{n}` | {c.type} | {c.unit} | {_meaning(c)} |" for n, c in contract.columns.items()]
    head += ["", "## Columns", "", "| column | type | unit | meaning |", "|---|---|---|---|", *rows]
    if contract.expectations:
        head += ["", "## Expectations beyond the columns' own", ""]
        head += [
            f"- {e.type.removeprefix('expect_').replace('_', ' ')} ({_about(e.kwargs)}): {e.why} [{e.severity}]"
            for e in contract.expectations
        ]
    head += ["", "## Load it", "", "```python", "import tradefin", f'tradefin.load("{contract.table}")', "```"]
    return "\n".join(head) + "\n"


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f"`{c}`" for c in columns)


def _about(kwargs: dict[str, object]) -> str:
    return ", ".join(f"{k} {', '.join(map(str, v)) if isinstance(v, list) else v}" for k, v in kwargs.items())


def _meaning(column: Column) -> str:
    parts = [column.text]
    if column.codelist:
        parts.append(f"codes: [`{column.codelist}`](../../expectations/codelists/{column.codelist}.csv)")
    if column.values:
        parts.append("one of " + ", ".join(f"`{v}`" for v in column.values))
    if column.references:
        parts.append(f"stands in `{column.references}`")
    if column.min is not None or column.max is not None:
        low = "" if column.min is None else f"at least {column.min}"
        high = "" if column.max is None else f"at most {column.max}"
        parts.append(f"{' and '.join(p for p in (low, high) if p)} ({column.why})")
    if column.known_from:
        parts.append(f"known from `{column.known_from}`")
    if column.optional:
        parts.append("may be missing")
    return "; ".join(p for p in parts if p).replace("|", "\\|")


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
    for old in (project.root / "docs" / "tables").glob("*.md"):
        if f"docs/tables/{old.name}" not in made:
            old.unlink()
    for name, text in made.items():
        path = project.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(f"{len(made)} pages", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
