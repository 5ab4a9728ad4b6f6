"""What the compilers of trade policy share: reading facts, and naming editions and documents.

What does not belong here: anything that only one publisher needs.
"""

import csv
from pathlib import Path

Row = dict[str, str]

# Day on which the compiled facts were closed. An edition whose own day cannot be told is known from here on.
COMPILED_ON = "2026-11-23"


def read(path: Path) -> list[Row]:
    """The rows of one CSV of facts, every cell as text."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def vintage(publisher: str, vintage_id: str, label: str, known_on: str, rule: str, note: str = "") -> Row:
    """One edition of a publisher's figures; `rule` says how `known_on` was derived."""
    return {
        "vintage_id": vintage_id,
        "publisher": publisher,
        "label": label,
        "known_on": known_on,
        "known_on_rule": rule,
        "note": note,
    }


def citation(publisher: str, source_id: str, title: str, address: str, kind: str, licence: str) -> Row:
    """One document that figures are taken from; `licence` is an id in the publisher's source file."""
    return {
        "source_id": source_id,
        "publisher": publisher,
        "title": title,
        "address": address,
        "kind": kind,
        "licence": licence,
    }


def action(row: Row, vintage_id: str, source_id: str) -> Row:
    """One anti-dumping figure with its edition and document in place of the free-text source."""
    kept = {name: value for name, value in row.items() if name != "source"}
    return {**kept, "vintage_id": vintage_id, "source_id": source_id}
