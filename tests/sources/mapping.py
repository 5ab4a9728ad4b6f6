"""Runs the SQL that brings a live table into the form of a source table, and compares it with the bundled figures."""

import csv
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from weakref import finalize

import pyarrow as pa

from tradefin.project import Project
from tradefin.sources.connectors import flows_of, mapping
from tradefin.sources.corrections import Correction, read_corrections
from tradefin.sources.description import read_publishers
from tradefin.sources.drift import check
from tradefin.sources.flow import Flow
from tradefin.sources.mapped import Mapped, map_answer
from tradefin.tables.builder import Builder
from tradefin.tables.sql import read_sql, upstream
from tradefin.tables.store import Store

Row = dict[str, str | None]
Key = tuple[str | None, ...]


def mapped(project: Project, live: pa.Table, stem: str, flow: Flow) -> list[Row]:
    """Rows for the source table, by the engine's own way."""
    rows: list[Row] = _answer(project, live, stem, flow).table.to_pylist()
    return rows


def uncorrected(project: Project, live: pa.Table, stem: str, flow: Flow) -> list[Row]:
    """What the SELECT itself makes of the answer, rows in doubt included."""
    publisher = read_publishers(project)[flow.publisher]
    path = mapping(project, stem, flow, flows_of(publisher))
    assert path is not None, f"no SELECT makes rows of {stem} from {flow.name}"
    builder = _builder(project)
    with builder.connect() as con:
        con.register("live", live)
        for need in upstream(path):
            if need != "live":
                con.register(need, builder.table(need))
        cursor = con.execute(read_sql(path))
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def in_doubt(project: Project, live: pa.Table, stem: str, flow: Flow) -> list[str]:
    """What is told of figures in doubt."""
    return list(_answer(project, live, stem, flow).notes(f"{flow.publisher}.{flow.name}", stem))


def _answer(project: Project, live: pa.Table, stem: str, flow: Flow) -> Mapped:
    publisher = read_publishers(project)[flow.publisher]
    path = mapping(project, stem, flow, flows_of(publisher))
    assert path is not None, f"no SELECT makes rows of {stem} from {flow.name}"
    return map_answer(_builder(project), publisher, flow, live, stem, path)


@cache
def _builder(project: Project) -> Builder:
    """What gives codelists and corrections; its store is gone when the tests are."""
    folder = TemporaryDirectory(prefix="mapping-")
    builder = Builder(project, Store(Path(folder.name)))
    finalize(builder, folder.cleanup)
    return builder


def accepted(project: Project, live: pa.Table, flow: Flow) -> list[str]:
    """What the flow's description has to say about the table: warnings, or an error."""
    description = read_publishers(project)[flow.publisher].flows[flow.name]
    return check(live, description, None, f"{flow.publisher}.{flow.name}")


def bundled(project: Project, publisher: str, name: str, **where: str) -> list[Row]:
    """Bundled rows whose columns have these values."""
    with (project.bundled / publisher / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return [dict(row) for row in csv.DictReader(lines) if all(row[k] == v for k, v in where.items())]


def corrections_of(project: Project, stem: str) -> tuple[Correction, ...]:
    """What the project corrects in a source table."""
    return read_corrections(project, read_publishers(project))[stem]


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
