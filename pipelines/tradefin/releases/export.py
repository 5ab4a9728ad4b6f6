"""Tables of a release as CSV or Excel files, for programs that read nothing else; every file says what it holds.

What belongs here: which files are written, CSV, and the metadata beside it. What does not: Excel (`workbook`), reading
a release (`reader`).
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tradefin.releases.manifest import TableInfo
from tradefin.releases.release import Release

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["csv", "xlsx"]
KINDS: tuple[Kind, ...] = ("csv", "xlsx")

METADATA = "-metadata.json"  # after the name of a CSV file: where "CSV on the Web" looks for what it means

_TYPES = {"text": "string", "integer": "integer", "date": "date", "boolean": "boolean"}
_QUOTED = frozenset('",\r\n')


@dataclass(frozen=True)
class Taken:
    """One table, as it goes into a file.

    Attributes:
        info: What the release says of it.
        about: What the release's data package says of it: caveats, sources, licences.
        rows: The rows.
        release: Id of the release.
        seen: On which day and in which sense it was known; empty for all that the release knows.
    """

    info: TableInfo
    about: dict[str, Any]
    rows: "pa.Table"
    release: str
    seen: str = ""


@dataclass(frozen=True)
class Written:
    """One file that was written.

    Attributes:
        path: Where it lies.
        tables: Tables in it, or that it tells of.
        rows: How many rows it has of them; 0 for a file that only tells of them.
    """

    path: Path
    tables: tuple[str, ...]
    rows: int


def export(
    home: Path,
    tables: list[str],
    to: Path,
    *,
    kind: Kind | None = None,
    release: str | None = None,
    as_of: str | None = None,
    known: Literal["published", "period_ended"] = "published",
    force: bool = False,
) -> tuple[Written, ...]:
    """Write tables of a release as files; all of them are made before the first one takes its place.

    Args:
        home: The outputs folder.
        tables: Names of the tables.
        to: A folder for a file per table, or a file: one table as `.csv`, any number of them as sheets of one `.xlsx`.
        kind: `csv` or `xlsx`; by default what the name of the file says, else `csv`.
        release: Id of the release; the current one by default.
        as_of: A day: only what was public by then.
        known: What known on that day means; see `tradefin.load`.
        force: Whether to replace files that are there.

    Raises:
        NotFound: There is no such release or table.
        ReleaseDamaged: A file of the release is not the one that was published.
        FileExistsError: A file is there already.
        ValueError: The arguments do not fit each other, or a table does not fit into Excel.
    """
    kind, one_file = _form(to, kind, tables)
    opened = Release.open(home.resolve(), release)
    names = list(dict.fromkeys(opened.table(name).name for name in tables))
    files = _files(to, names, kind, one_file)
    _refuse_to_replace([path for one in files for path in one], force)
    described = {r["name"]: r for r in json.loads(opened.file_bytes("datapackage.json"))["resources"]}
    taken = {name: _take(opened, described, name, as_of, known) for name in names}
    made: list[tuple[Path, Path]] = []
    try:
        for paths, of in files.items():
            for path, write in zip(paths, _writers(kind, paths, [taken[name] for name in of]), strict=True):
                made.append((_aside(path), path))
                write(made[-1][0])
        for temporary, path in made:
            temporary.replace(path)
    finally:
        for temporary, _ in made:
            temporary.unlink(missing_ok=True)
    return tuple(
        Written(path, of, sum(len(taken[name].rows) for name in of) if number == 0 else 0)
        for paths, of in files.items()
        for number, path in enumerate(paths)
    )


def _form(to: Path, kind: Kind | None, tables: list[str]) -> tuple[Kind, bool]:
    """Which kind of files, and whether `to` is one file rather than a folder."""
    ending = to.suffix.lower().removeprefix(".")
    one_file = ending in KINDS and not to.is_dir()
    if not one_file:
        return kind or "csv", False
    if kind and kind != ending:
        raise ValueError(f"{to.name} is not the name of a {kind} file.")
    if ending == "csv" and len(set(tables)) > 1:
        raise ValueError(f"A CSV file holds one table, not {len(set(tables))}: name a folder, or an .xlsx file.")
    return next(k for k in KINDS if k == ending), True


def _files(to: Path, names: list[str], kind: Kind, one_file: bool) -> dict[tuple[Path, ...], tuple[str, ...]]:
    """The files to write, those that belong together together, with the tables in them."""
    if one_file and kind == "xlsx":
        return {(to,): tuple(names)}
    places = {name: to if one_file else to / f"{name}.{kind}" for name in names}
    if kind == "xlsx":
        return {(path,): (name,) for name, path in places.items()}
    return {(path, path.with_name(path.name + METADATA)): (name,) for name, path in places.items()}


def _refuse_to_replace(paths: list[Path], force: bool) -> None:
    there = [str(path) for path in paths if path.exists()]
    if there and not force:
        raise FileExistsError(f"Already there: {', '.join(there)}. --force replaces.")


def _take(
    opened: Release,
    described: dict[str, Any],
    name: str,
    as_of: str | None,
    known: Literal["published", "period_ended"],
) -> Taken:
    from tradefin.reader import load

    rows = load(name, release=opened.id, home=opened.folder.parent.parent, as_of=as_of, known=known)
    seen = f"As known on {as_of} ({known})." if as_of else ""
    return Taken(opened.table(name), described[name], rows, opened.id, seen)


def _aside(path: Path) -> Path:
    """A new file in the folder of `path`, so that taking its place is one step; readable as a plain file would be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    mask = os.umask(0)
    os.umask(mask)
    Path(name).chmod(0o666 & ~mask)
    return Path(name)


def _writers(kind: Kind, paths: tuple[Path, ...], taken: list[Taken]) -> tuple[Callable[[Path], object], ...]:
    if kind == "xlsx":
        from tradefin.releases.workbook import write_workbook

        return (lambda path: write_workbook(path, taken),)
    one, name = taken[0], paths[0].name
    return (
        lambda path: _write_csv(path, one.rows),
        lambda path: path.write_text(
            json.dumps(metadata(one, name), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        ),
    )


def _write_csv(path: Path, table: "pa.Table") -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(csv_lines(table))


def csv_lines(table: "pa.Table") -> Iterator[str]:
    """A table as CSV: a header, LF, decimals with all their places, ISO dates, nothing where a value is missing.

    A text that is there but empty is `""`, so that it is not taken for a missing one.
    """
    yield ",".join(map(_cell, table.column_names)) + "\n"
    for batch in table.to_batches():
        columns = [column.to_pylist() for column in batch.columns]
        for row in zip(*columns, strict=True):
            yield ",".join(map(_cell, row)) + "\n"


def _cell(value: Any) -> str:  # noqa: ANN401 - a cell of any type
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")  # never 0E-8
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if not text or text != text.strip() or _QUOTED & set(text) else text


def metadata(taken: Taken, file: str) -> dict[str, Any]:
    """What a CSV file means, in the form of the W3C's "CSV on the Web".

    Args:
        taken: The table.
        file: Name of the CSV file.
    """
    info, about = taken.info, taken.about
    return {
        "@context": "http://www.w3.org/ns/csvw",
        "url": file,
        "dialect": {"encoding": "utf-8", "header": True, "delimiter": ",", "quoteChar": '"', "doubleQuote": True},
        "dc:title": f"{info.name}: one row is {info.one_row_is}",
        "dc:description": info.description,
        "dc:identifier": f"tradefin release {taken.release}, table {info.name} {info.version}",
        "dc:source": [{"dc:title": s["title"], "schema:url": s["path"]} for s in about["sources"]],
        "dc:license": [{"dc:title": one["title"], "schema:url": one["path"]} for one in about["licenses"]],
        "dc:bibliographicCitation": [one["attribution"] for one in about["licenses"]],
        "rdfs:comment": [*([taken.seen] if taken.seen else []), *about.get("caveats", ())],
        "null": "",
        "tableSchema": {
            "columns": [
                {
                    "name": column.name,
                    "titles": column.name,
                    "datatype": _TYPES.get(column.type, "decimal"),
                    "required": not column.optional and not taken.seen,
                    "dc:description": column.description or column.unit,
                    **({"schema:unitText": column.unit} if column.unit else {}),
                    **({"dc:conformsTo": f"table codelist_{column.codelist}"} if column.codelist else {}),
                }
                for column in info.columns
            ],
            "primaryKey": list(info.key),
        },
    }
