"""`README.md` of a release: what it is, how to load it, whom to cite."""

from typing import TYPE_CHECKING

from tradefin.project import CODELISTS
from tradefin.releases.manifest import Manifest
from tradefin.releases.release import DATABASE
from tradefin.tables.rights import OURS

if TYPE_CHECKING:
    from tradefin.tables.builder import Builder

_HEAD = """\
# tradefin, release {release}

Trade and finance indicators from public sources, and what they say about claims made in Tokyo in December 2001.
{tables} tables, {rows:,} rows; the newest figure became public on {newest}. This folder never changes: its id follows
from its content, and `manifest.json` holds the sha256 of every file.

## Load

```python
import tradefin                                      # pip install tradefin; base dependencies pyarrow and duckdb
tradefin.load("{example}", release="{release}")      # verified Arrow table; as_="pandas" or "polars" for a frame

import duckdb                                        # or without tradefin, from this folder
con = duckdb.connect("{database}", read_only=True)   # open read-only: any number of readers may
con.sql("from {layer}.{example}")                    # schemas core, marts, claims, codelists; meta describes them
duckdb.sql("from 'tables/{example}.parquet'")
```

```r
con <- DBI::dbConnect(duckdb::duckdb(), "{database}", read_only = TRUE)
DBI::dbReadTable(con, DBI::Id(schema = "{layer}", table = "{example}"))
arrow::read_parquet("tables/{example}.parquet")
```

## What is here

| file | what |
|---|---|
| `tables/*.parquet` | one table each, with meaning, unit, licence and input hashes in its metadata |
| `sql/` | the query of each table, and of each claim |
| `{database}` | the same tables with keys and comments, and the schema `meta`: `from meta.tables` |
| `datapackage.json` | the tables as a Frictionless Data Package 2.0 |
| `croissant.json` | the same in Croissant 1.0, that is, as a schema.org Dataset in JSON-LD |
| `report/index.html` | every claim, chart and table as pages, offline |
| `checks.html`, `data_docs/` | what came of every check, offline; the same in Great Expectations' own form |
| `suites/*.json` | the checks, for anybody who runs Great Expectations |
| `claimreview.jsonld` | the verdicts as schema.org ClaimReview |
| `diff.json` | what has changed since the release before, row by row |
| `manifest.json` | hash, size, rows and schema of everything, for `tradefin verify`; each source with its address |
| `SHA256SUMS` | the same hashes for `sha256sum -c SHA256SUMS` |

## Tables

| table | layer | rows | one row is |
|---|---|---:|---|
"""


def text(builder: "Builder", manifest: Manifest) -> str:
    """The read-me of a release as Markdown."""
    tables = sorted(manifest.tables.values(), key=lambda t: t.layer == CODELISTS)
    example = next((t for t in tables if t.layer == "marts"), tables[0])
    head = _HEAD.format(
        release=manifest.release,
        tables=len(tables),
        rows=sum(t.rows for t in tables),
        newest=manifest.newest_known_on,
        example=example.name,
        layer=example.layer,
        database=DATABASE,
    )
    rows = "".join(f"| `{t.name}` | {t.layer} | {t.rows:,} | {_cell(t.one_row_is)} |\n" for t in tables)
    return f"{head}{rows}\n{_rights(builder, manifest)}"


def _rights(builder: "Builder", manifest: Manifest) -> str:
    lines = [
        "## Licences and attributions",
        "",
        "The figures belong to their publishers; what holds none, such as codelists, to this project. Whoever uses",
        "them names them:",
        "",
    ]
    for publisher in (*(builder.publishers[s["publisher"]] for s in manifest.sources), OURS):
        lines += [
            f"- **{publisher.name}**: {licence.attribution.rstrip('.')}. "
            f"[{licence.name}]({licence.address}), checked on {licence.checked_on}."
            for licence in publisher.licences.values()
        ]
    return "\n".join([*lines, ""])


def _cell(value: str) -> str:
    return value.replace("|", "\\|")
