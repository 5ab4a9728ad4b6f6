"""The reader's face: load tables of a release, list them, query them.

Needs pyarrow and duckdb only. Whatever is read is verified first, so that nobody computes with damaged figures.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from tradefin import locked
from tradefin.addresses import is_address, marked
from tradefin.errors import NotFound
from tradefin.frames import frame
from tradefin.project import CODELISTS, LAYERS, outputs_home
from tradefin.quoting import literal, quote
from tradefin.releases.manifest import TableInfo
from tradefin.releases.release import Release, list_ids, suggest
from tradefin.tables.asof import View

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    import pyarrow.dataset as ds


@dataclass(frozen=True)
class ReleaseInfo:
    """One release at hand.

    Attributes:
        id: Its id, which follows from its content.
        current: Whether it is the one that readers get.
        published_at: When it became current (UTC, ISO); empty for the others.
        newest_known_on: Day on which the newest figure in it became public (ISO date).
        tables: Number of tables.
        rows: Number of rows of all tables.
        folder: Where it lies; of one at an address, a name in the cache that need not exist.
        database: Its DuckDB file, likewise; open it with `read_only=True`.
    """

    id: str
    current: bool
    published_at: str
    newest_known_on: str
    tables: int
    rows: int
    folder: Path
    database: Path


@overload
def load(
    table: str,
    *,
    release: str | None = ...,
    home: str | Path | None = ...,
    columns: Sequence[str] | None = ...,
    as_of: str | date | None = ...,
    known: Literal["published", "period_ended"] = ...,
    as_: None = ...,
) -> "pa.Table": ...
@overload
def load(
    table: str,
    *,
    release: str | None = ...,
    home: str | Path | None = ...,
    columns: Sequence[str] | None = ...,
    as_of: str | date | None = ...,
    known: Literal["published", "period_ended"] = ...,
    as_: Literal["pandas"],
) -> "pd.DataFrame": ...
@overload
def load(
    table: str,
    *,
    release: str | None = ...,
    home: str | Path | None = ...,
    columns: Sequence[str] | None = ...,
    as_of: str | date | None = ...,
    known: Literal["published", "period_ended"] = ...,
    as_: Literal["polars"],
) -> "pl.DataFrame": ...
def load(
    table: str,
    *,
    release: str | None = None,
    home: str | Path | None = None,
    columns: Sequence[str] | None = None,
    as_of: str | date | None = None,
    known: Literal["published", "period_ended"] = "published",
    as_: Literal["pandas", "polars"] | None = None,
) -> Any:
    """Load one table of a release, verified by sha256 and page checksums.

    Args:
        table: Its name, `imf_quota_alignment` or `marts.imf_quota_alignment`; `tables()` lists them.
        release: Id of the release; the current one by default.
        home: The outputs folder; by default `TRADEFIN_HOME`, else `outputs/` of the checkout or of the working folder.
            Or the address of one, `https://host/path`, `s3://bucket/path`: files are fetched once, verified, kept in
            `TRADEFIN_CACHE`.
        columns: Names of the columns to load, in this order; all by default.
        as_of: A day (a date, or `2001-12-06`): only what was public by then; a mart is made again from that, by the
            release's own SQL. All that the release knows by default.
        known: What known on that day means. `published`: the figure itself was public. `period_ended`: where no such
            figure is at hand, a later vintage of a period that had ended.
        as_: `pandas` or `polars` for a data frame instead of an Arrow table; the library must be installed.

    Returns:
        All rows in the table's published order. Units and meanings are in the Arrow fields' metadata and in `tables()`;
        a numeric column's name ends in its unit. Published figures are exact decimals; a pandas frame keeps them so, in
        Arrow-backed columns (`astype(float)` where a library wants floats).

    Raises:
        NotFound: There is no such release, table or column.
        ReleaseDamaged: The file is not the one that was published.
        Unavailable: `home` is an address, the server does not answer, and nothing of it is at hand.
        ImportError: pandas or polars was asked for and is not installed.
        DeprecationWarning: As a warning: the table will go; it names the one to use instead.
        ValueError: `as_` is neither, `as_of` is no day, or the table is part of the ledger of claims, whose rows have
            their own days.
    """
    if as_ not in (None, "pandas", "polars"):
        raise ValueError(f"as_={as_!r} is not known: use 'pandas' or 'polars', or leave it out for an Arrow table.")
    opened = _open(home, release)
    _warn_deprecated(opened.table(table))
    wanted = _columns(opened.table(table), columns)
    if as_of is None:
        arrow = opened.arrow(table, wanted)
    else:
        whole = _on_the_day(opened, table, _view(as_of, known))
        arrow = whole if wanted is None else whole.select(wanted)
    return frame(arrow, as_) if as_ else arrow


def dataset(table: str, *, release: str | None = None, home: str | Path | None = None) -> "ds.Dataset":
    """One table of a release, to be read in part: the columns and row groups that a query needs, and no more.

    Args:
        table: Its name; see `load`.
        release: Id of the release; the current one by default.
        home: The outputs folder; see `load`.

    Returns:
        A PyArrow dataset, for `.to_table(columns=..., filter=...)` or DuckDB. Of a file in an object store its pages'
        checksums, columns and number of rows are verified; elsewhere, and where `load` has kept it, its sha256 too.

    Raises:
        NotFound, ReleaseDamaged, Unavailable: As of `load`.
    """
    opened = _open(home, release)
    _warn_deprecated(opened.table(table))
    return opened.dataset(table)


def tables(release: str | None = None, *, home: str | Path | None = None) -> list[TableInfo]:
    """What tables a release has: name, layer, rows, what one row is, key, columns with units, meanings.

    Codelists come last.

    Args:
        release: Id of the release; the current one by default.
        home: The outputs folder; see `load`.

    Raises:
        NotFound: There is no such release.
        ReleaseDamaged: Its manifest is not the one that was published.
    """
    found = _open(home, release).manifest.tables.values()
    return sorted(found, key=lambda t: (t.layer == CODELISTS, LAYERS.index(t.layer), t.name))


def connect(release: str | None = None, *, home: str | Path | None = None) -> "duckdb.DuckDBPyConnection":
    """A private in-memory DuckDB that sees every table of one release, each file verified by sha256.

    Args:
        release: Id of the release; the current one by default. The connection stays with it, whatever is published
            later. Or the address of a home, for its current one: `connect("https://host/path")`.
        home: The outputs folder; see `load`.

    Returns:
        A connection with a view for each table, by its bare name and in its schema (`core`, `marts`, `claims`,
        `codelists`), with comments. It is a connection like any other: what is created in it is in memory only.

    Raises:
        NotFound: There is no such release.
        ReleaseDamaged: A file is not the one that was published.
    """
    import duckdb

    if home is None and is_address(release):
        release, home = None, release
    opened = _open(home, release)
    files = {name: opened.table_file(name) for name in opened.manifest.tables}
    con = duckdb.connect(":memory:", config=locked.NO_EXTENSIONS)
    for layer in LAYERS:
        con.execute(f"create schema {quote(layer)}")
    for table in opened.manifest.tables.values():
        view = f"{quote(table.layer)}.{quote(table.name)}"
        con.execute(f"create view {view} as select * from read_parquet({literal(str(files[table.name]))})")
        con.execute(f"create view main.{quote(table.name)} as select * from {view}")
        con.execute(f"comment on view {view} is {literal(f'{table.description} One row is {table.one_row_is}.')}")
        for column in table.columns:
            unit = "" if column.unit in ("", column.description) else f" [{column.unit}]"
            about = f"{column.description}{unit}"
            con.execute(f"comment on column {view}.{quote(column.name)} is {literal(about)}")
    return con


def releases(*, home: str | Path | None = None) -> list[ReleaseInfo]:
    """The releases at hand, the current one first, then by their newest figures.

    Args:
        home: The outputs folder; see `load`.

    Raises:
        ReleaseDamaged: A manifest is not the one that was published.
    """
    found = [release(name, home=home) for name in list_ids(_home(home))]
    return sorted(found, key=lambda r: not r.current)


def release(name: str | None = None, *, home: str | Path | None = None) -> ReleaseInfo:
    """One release at hand.

    Args:
        name: Its id; the current one by default.
        home: The outputs folder; see `load`.

    Raises:
        NotFound: There is no such release.
        ReleaseDamaged: Its manifest is not the one that was published.
    """
    opened = _open(home, name)
    pointer = opened.pointer()
    current = pointer is not None and pointer.release == opened.id
    return ReleaseInfo(
        id=opened.id,
        current=current,
        published_at=pointer.published_at if pointer and current else "",
        newest_known_on=opened.manifest.newest_known_on,
        tables=len(opened.manifest.tables),
        rows=opened.rows,
        folder=opened.folder,
        database=opened.database,
    )


def _warn_deprecated(info: TableInfo) -> None:
    if gone := info.deprecated:
        warnings.warn(
            f"Table {info.name} is deprecated since {gone.since} and may be gone from {gone.until} on: load "
            f"{gone.replaced_by} instead.",
            DeprecationWarning,
            stacklevel=3,
        )


def _view(as_of: str | date, known: str) -> View:
    if known not in ("published", "period_ended"):
        raise ValueError(f"known={known!r} is not known: use 'published' or 'period_ended'.")
    try:
        day = as_of if isinstance(as_of, date) else date.fromisoformat(as_of)
    except ValueError as error:
        raise ValueError(f"as_of={as_of!r} is no day; write it as 2001-12-06.") from error
    return View(day, known)  # type: ignore[arg-type]  # one of the two, as was just seen


def _on_the_day(opened: Release, table: str, view: View) -> "pa.Table":
    from tradefin.releases.asof import ReleaseTables

    info = opened.table(table)
    if info.layer == "claims":
        raise ValueError(f"The rows of {info.name} have days of their own: choose by its column as_of instead.")
    return ReleaseTables(opened).seen(info.name, view)


def _open(home: str | Path | None, release: str | None) -> Release:
    return Release.open(_home(home), release)


def _home(home: str | Path | None) -> Path:
    if isinstance(home, str) and is_address(home):
        return marked(home)
    return (Path(home) if home is not None else outputs_home()).resolve()


def _columns(info: TableInfo, wanted: Sequence[str] | None) -> list[str] | None:
    if wanted is None:
        return None
    names = [c.name for c in info.columns]
    for name in wanted:
        if name not in names:
            raise NotFound(f"Table {info.name} has no column '{name}'. {suggest(name, names)}")
    return list(wanted)
