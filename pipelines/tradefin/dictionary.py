"""The data dictionary: a page for each table, made from its contract, its SQL and its publishers.

What belongs here: these pages and their index. What does not: the other pages that are made (see `docs`).
"""

from collections.abc import Iterable

from tradefin.project import CODELIST, CODELISTS
from tradefin.tables.builder import Builder
from tradefin.tables.contract import Column, Contract
from tradefin.tables.lineage import origins_of

LAYERS = {
    "core": "Core: one row is one fact, every vintage kept",
    "marts": "Marts: joined, for analysis",
    "claims": "Claims: the ledger",
    CODELISTS: "Codelists: what the codes mean",
}

_READABLE = 100  # rows of a codelist

_HEAD = """\
# Data dictionary

Made from the contracts in `expectations/`; the same is in each Parquet file's metadata, in `datapackage.json` and, as
comments and in the schema `meta`, in a release's DuckDB file. Questions on the pages are run by the tests against the
bundled figures; they name tables by their bare names, as `tradefin query` and `tradefin.connect()` know them. In the
DuckDB file, say `set search_path = 'core,marts,claims,codelists'` first. The lines for R and Julia are not run by
any test.

"""

_LOAD = """\
```python
import tradefin
rows = tradefin.load("{table}")                     # Arrow; as_="pandas" or "polars" for a frame
```

```sql
-- duckdb -readonly outputs/releases/<id>/tradefin.duckdb
from {layer}.{table} limit 5;
```

```r
folder <- file.path("outputs/releases", jsonlite::fromJSON("outputs/current.json")$release)
rows <- arrow::read_parquet(file.path(folder, "tables/{table}.parquet"))
con <- DBI::dbConnect(duckdb::duckdb(), file.path(folder, "tradefin.duckdb"), read_only = TRUE)
rows <- DBI::dbGetQuery(con, "from {layer}.{table}")
```

```julia
using DataFrames, DuckDB, JSON, Parquet2
folder = joinpath("outputs/releases", JSON.parsefile("outputs/current.json")["release"])
rows = DataFrame(Parquet2.Dataset(joinpath(folder, "tables/{table}.parquet")))
con = DBInterface.connect(DuckDB.DB, ":memory:")
DBInterface.execute(con, "attach '$(joinpath(folder, "tradefin.duckdb"))' as release (read_only)")
rows = DataFrame(DBInterface.execute(con, "from release.{layer}.{table}"))
```"""


def dictionary_pages(builder: Builder) -> dict[str, str]:
    """The page of every table and their index, by path in the checkout.

    Args:
        builder: Knows the contracts, the SQL and the publishers.
    """
    made = {f"docs/tables/{stem}.md": table_page(builder, c) for stem, c in builder.contracts.items()}
    made["docs/tables/README.md"] = _HEAD + table_index(builder, "") + "\n"
    return made


def table_index(builder: Builder, folder: str) -> str:
    """The tables by layer, each linked to its page."""
    parts = []
    for layer, title in LAYERS.items():
        rows = [
            f"| [`{c.table}`]({folder}{c.table}.md) | {_cell(c.one_row_is)} |"
            for c in builder.contracts.values()
            if c.layer == layer
        ]
        parts.append("\n".join([f"**{title}**", "", "| table | one row is |", "|---|---|", *rows]))
    return "\n\n".join(parts)


def table_page(builder: Builder, contract: Contract) -> str:
    """The dictionary's page of one table."""
    parts = [
        f"# {contract.table}",
        contract.text,
        "\n".join(_facts(builder, contract)),
        *_section("Mind", [f"- {c}" for c in contract.caveats]),
        *_section("Columns", _columns(builder, contract)),
        *_section("Codes", _codes(builder, contract)),
        *_section("Questions it answers", [f"{e.question}\n\n```sql\n{e.sql.strip()}\n```" for e in contract.examples]),
        *_section("Sources and licences", _sources(builder, contract)),
        *_section("Where each column comes from", _lineage(builder, contract)),
        *_section("Expectations beyond the columns' own", _expectations(contract)),
        *_section("Load it", [_LOAD.format(table=contract.table, layer=contract.layer)]),
    ]
    return "\n\n".join(parts) + "\n"


def _section(title: str, lines: list[str]) -> list[str]:
    apart = "\n\n" if lines and "\n" in lines[0] else "\n"
    return [f"## {title}\n\n{apart.join(lines)}"] if lines else []


def _facts(builder: Builder, contract: Contract) -> Iterable[str]:
    yield f"- One row is {contract.one_row_is}."
    yield f"- Key: {_names(contract.key)}. Sorted by: {_names(contract.sorted_by)}."
    yield f"- Layer `{contract.layer}`, version {contract.version}, changes: {contract.cadence}."
    if gone := contract.deprecated:
        yield (
            f"- Deprecated since {gone.since}: use {_linked(builder, gone.replaced_by)}; this table stays until "
            f"{gone.until}."
        )
    yield f"- Made from: {_upstream(builder, contract)}."
    yield f"- Between {contract.rows.min:,} and {contract.rows.max:,} rows: {contract.rows.why}."
    if contract.as_of:
        yield (
            f"- As of a day: a row is public from `{contract.as_of.published}`; its period ends on "
            f"`{contract.as_of.period_ended}`."
        )


def _upstream(builder: Builder, contract: Contract) -> str:
    if contract.layer == CODELISTS:
        file = f"{contract.table.removeprefix(CODELIST)}.csv"
        return f"[{file}](../../expectations/codelists/{file}), where every column is a text, and so it is here"
    return ", ".join(_linked(builder, u) for u in builder.graph[contract.table]) or "the claim files"


def _linked(builder: Builder, table: str) -> str:
    return f"[`{table}`]({table}.md)" if table in builder.contracts else f"`{table}`"


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f"`{c}`" for c in columns)


def _columns(builder: Builder, contract: Contract) -> list[str]:
    rows = [f"| `{n}` | {c.type} | {_cell(c.unit)} | {_meaning(builder, c)} |" for n, c in contract.columns.items()]
    return ["| column | type | unit | meaning |", "|---|---|---|---|", *rows]


def _meaning(builder: Builder, column: Column) -> str:
    parts = [column.text]
    if column.codelist:
        parts.append(f"codes: {_linked(builder, CODELIST + column.codelist)}")
    if column.values:
        parts.append("one of " + ", ".join(f"`{v}`" for v in column.values))
    if column.references:
        table, _, name = column.references.partition(".")
        parts.append(f"stands in {_linked(builder, table)} as `{name}`")
    if column.min is not None or column.max is not None:
        low = "" if column.min is None else f"at least {column.min}"
        high = "" if column.max is None else f"at most {column.max}"
        parts.append(f"{' and '.join(p for p in (low, high) if p)} ({column.why})")
    if column.known_from:
        parts.append(f"known from `{column.known_from}`")
    if column.optional:
        parts.append("may be missing")
    return _cell("; ".join(p for p in parts if p))


def _codes(builder: Builder, contract: Contract) -> list[str]:
    """The rows of a codelist that is not too long to read."""
    if contract.layer != CODELISTS or builder.ref(contract.table).rows > _READABLE:
        return []
    head = [f"| {' | '.join(f'`{c}`' for c in contract.columns)} |", f"|{'---|' * len(contract.columns)}"]
    rows = builder.table(contract.table).to_pylist()
    return [*head, *(f"| {' | '.join(_cell(v or '') for v in row.values())} |" for row in rows)]


def _sources(builder: Builder, contract: Contract) -> list[str]:
    return [
        f"- [{p.name}]({p.landing_page}): {licence.name} ({licence.address}). Cite: {licence.attribution}"
        for p in builder.sources_of(contract.table)
        for licence in p.licences.values()
    ]


def _lineage(builder: Builder, contract: Contract) -> list[str]:
    found = origins_of(builder, contract.table)
    rows = []
    for column in (c for c in contract.columns if found.get(c)):
        named: dict[str, list[str]] = {}
        for table, name in found[column]:
            named.setdefault(table, []).append(name)
        told = "; ".join(f"{_linked(builder, t)}: {_names(tuple(names))}" for t, names in named.items())
        rows.append(f"| `{column}` | {told} |")
    return ["| column | made from |", "|---|---|", *rows] if rows else []


def _expectations(contract: Contract) -> list[str]:
    return [
        f"- {e.type.removeprefix('expect_').replace('_', ' ')} ({_about(e.kwargs)}): {e.why} [{e.severity}]"
        for e in contract.expectations
    ]


def _about(kwargs: dict[str, object]) -> str:
    return ", ".join(f"{k} {', '.join(map(str, v)) if isinstance(v, list) else v}" for k, v in kwargs.items())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
