"""Runs the SQL that brings a live table into the form of a source table, and compares it with the bundled figures."""

import csv
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path

import duckdb
import pyarrow as pa

from tradefin.project import Project
from tradefin.sources.description import read_publishers
from tradefin.sources.drift import check
from tradefin.sources.flow import Flow

Row = dict[str, str | None]
Key = tuple[str | None, ...]


def mapped(project: Project, live: pa.Table, stem: str, flow: Flow) -> list[Row]:
    """Rows for the source table; a fallback without an SQL of its own takes that of the flow it stands in for."""
    folder = project.root / "sql" / "sources" / stem
    path = folder / f"{flow.name}.sql"
    text = (path if path.is_file() else folder / f"{flow.fallback_for}.sql").read_text(encoding="utf-8")
    con = duckdb.connect()
    for codelist in sorted((project.expectations / "codelists").glob("*.csv")):
        con.execute(
            f"create table codelist_{codelist.stem} as from read_csv('{codelist}', all_varchar = true, header = true)"
        ).fetchall()
    con.register("live", live)
    answer = con.execute(text)
    names = [column[0] for column in answer.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    _check_columns(project, stem, names)
    assert all(value is None or isinstance(value, str) for row in rows for value in row.values()), "texts only"
    return rows


def accepted(project: Project, live: pa.Table, flow: Flow) -> list[str]:
    """What the flow's description has to say about the table: warnings, or an error."""
    description = read_publishers(project)[flow.publisher].flows[flow.name]
    return check(live, description, None, f"{flow.publisher}.{flow.name}")


def bundled(project: Project, publisher: str, name: str, **where: str) -> list[Row]:
    """Bundled rows whose columns have these values."""
    with (project.bundled / publisher / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return [dict(row) for row in csv.DictReader(lines) if all(row[k] == v for k, v in where.items())]


def same_keys(live: list[Row], old: list[Row], key: tuple[str, ...]) -> tuple[set[Key], set[Key]]:
    """Keys that only the first have, and those that only the second have."""
    ours, theirs = _by(live, key), _by(old, key)
    return ours.keys() - theirs.keys(), theirs.keys() - ours.keys()


def differences(live: list[Row], old: list[Row], key: tuple[str, ...], column: str) -> dict[Key, tuple[str, str]]:
    """Where both have a row but not the same figure or text: key -> (live, bundled)."""
    ours, theirs = _by(live, key), _by(old, key)
    return {
        k: (ours[k][column] or "", theirs[k][column] or "")
        for k in sorted(ours.keys() & theirs.keys(), key=str)
        if _value(ours[k][column]) != _value(theirs[k][column])
    }


def read(path: Path) -> bytes:
    """The bytes of a file of the publishers."""
    return path.read_bytes()


def _by(rows: Iterable[Row], key: tuple[str, ...]) -> dict[Key, Row]:
    found: dict[Key, Row] = {}
    for row in rows:
        k = tuple(row[part] for part in key)
        assert k not in found, f"{k} is there twice"
        found[k] = row
    return found


def _value(text: str | None) -> Decimal | str:
    try:
        return Decimal(text or "")
    except InvalidOperation:
        return text or ""


def _check_columns(project: Project, stem: str, names: list[str]) -> None:
    """Those of the bundled table but for the two that the engine adds, plus perhaps the day of publication."""
    expected = next(
        list(table.columns)
        for publisher in read_publishers(project).values()
        for name, table in publisher.tables.items()
        if stem == f"source_{publisher.publisher}_{name}"
    )
    assert [name for name in names if name != "known_on"] == [
        name for name in expected if name not in ("vintage_id", "source_id")
    ]
