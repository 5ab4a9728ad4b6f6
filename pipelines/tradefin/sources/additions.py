"""Bundled and live figures in one source table, with the editions and the documents that the live ones come from.

What belongs here: rows of source tables. What does not: what the archive says (`history`).
"""

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tradefin.errors import ProjectInvalid
from tradefin.sources.bundled import text_table
from tradefin.sources.description import Publisher
from tradefin.sources.history import History
from tradefin.tables.store import TableRef, digest_of

if TYPE_CHECKING:
    from tradefin.tables.builder import Builder

Row = dict[str, Any]


def with_live(builder: "Builder", stem: str, bundled: TableRef, history: History) -> TableRef:
    """A source table with what the archive adds to it, in canonical order; the bundled one where it adds nothing.

    Args:
        builder: Knows the source tables; its store keeps the answer.
        stem: The source table.
        bundled: The bundled figures.
        history: What the archive says.

    Raises:
        ProjectInvalid: A live vintage or document bears the name of a bundled one.
    """
    publisher, name, _ = builder.source_files[stem]
    if name in ("vintages", "citations"):
        rows = _vintages(publisher, history) if name == "vintages" else _citations(publisher, history)
        return _together(builder, stem, bundled, rows, unique=f"{name.removesuffix('s')}_id")
    told = history.told(stem)
    if told is None:
        return bundled
    key = digest_of({"bundled": bundled.sha256, "history": history.key(stem), "troubles": len(told.troubles)})
    if ref := builder.store.recall_table(key):
        return ref
    ref = _together(builder, stem, bundled, told.rows.to_pylist())
    builder.store.note_table(key, ref)
    return ref


def _together(builder: "Builder", stem: str, bundled: TableRef, added: list[Row], unique: str = "") -> TableRef:
    if not added:
        return bundled
    table: pa.Table = builder.store.read_table(bundled)
    rows = [*table.to_pylist(), *added]
    if unique:
        names = Counter(next(iter(row.values())) for row in rows)
        if twice := sorted(name for name, count in names.items() if count > 1):
            raise ProjectInvalid(f"{stem}: live and bundled figures both use the name {', '.join(twice)}.")
    columns: list[str] = table.column_names
    return builder.store.put_table(stem, text_table(columns, [[row.get(c) or "" for c in columns] for row in rows]))


def _vintages(publisher: Publisher, history: History) -> list[Row]:
    rules: dict[str, set[str]] = {}
    about: dict[str, Row] = {}
    for row in _editions(publisher, history):
        rules.setdefault(row["vintage_id"], set()).add(row["known_on_rule"])
        about[row["vintage_id"]] = row
    return [
        {
            "vintage_id": vintage,
            "publisher": publisher.publisher,
            "label": f"{row['flow']}, {'as published' if rules[vintage] == {'stated'} else 'as served'} on "
            f"{row['known_on']}",
            "known_on": row["known_on"],
            "known_on_rule": min(rules[vintage]),
        }
        for vintage, row in about.items()
    ]


def _citations(publisher: Publisher, history: History) -> list[Row]:
    return [
        {
            "source_id": f"{publisher.publisher}-{flow}",
            "publisher": publisher.publisher,
            "title": f"{publisher.name}, as it answers today: {publisher.flows[flow].text}",
            "address": _address(publisher.publisher, flow, history),
            "kind": "live service",
            "licence": publisher.flows[flow].licence,
        }
        for flow in sorted({row["flow"] for row in _editions(publisher, history)})
    ]


def _address(publisher: str, flow: str, history: History) -> str:
    """What was asked first; keys are hidden in it."""
    good = next(fetch for fetch in history.answers.fetches[publisher, flow] if fetch.state != "failed")
    return good.snapshots[0].address


def _editions(publisher: Publisher, history: History) -> list[Row]:
    return [row for told in history.of_publisher(publisher.publisher) for row in told.vintages.to_pylist()]
