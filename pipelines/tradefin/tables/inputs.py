"""The tables that no SQL makes: bundled files, codelists, corrections, and what the archive of live answers knows.

What belongs here: reading them into the store. What does not: the graph of tables (`builder`), the archive itself
(`sources`).
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from tradefin.errors import ProjectInvalid
from tradefin.sources.bundled import parse_csv, source_table, text_table
from tradefin.sources.corrected import in_bundled
from tradefin.sources.corrections import COLUMNS
from tradefin.tables.metadata import with_metadata
from tradefin.tables.store import TableRef, digest, digest_of
from tradefin.tables.typed import to_contract

if TYPE_CHECKING:
    from tradefin.tables.builder import Builder

STATES, SIGHTINGS = "archive_states", "archive_sightings"
CORRECTIONS = "project_corrections"

# What the archive knows, as tables of texts; without live answers the first says so and the second is empty. The last
# lists the corrections, with and without live answers.
ARCHIVE_TABLES: dict[str, tuple[str, ...]] = {
    STATES: ("publisher", "flow", "state", "newest_good_on", "failing_since", "error", "message", "warnings"),
    SIGHTINGS: ("publisher", "source_table", "figure", "vintage_id", "first_seen", "last_seen", "withdrawn_on"),
    CORRECTIONS: COLUMNS,
}


def make(builder: "Builder", stem: str, code: str) -> TableRef:
    """A bundled file, codelist, archive table or the corrections, read or found in the store.

    Args:
        builder: Knows the files and, if it is live, what answers add to them.
        stem: Name of the table.
        code: Hash of the code that reads them.

    Raises:
        ProjectInvalid: A file is missing, or a correction does not fit what it corrects any more.
        SourceChanged: A file departs from its description.
    """
    if stem in ARCHIVE_TABLES:
        return _of_archive(builder, stem)
    if stem in builder.codelist_files:
        return _of_codelist(builder, stem, code)
    publisher, name, path = builder.source_files[stem]
    description = publisher.tables[name]
    corrections = builder.corrections.get(stem, ())
    about: list[object] = [description.model_dump_json(), [one.cells() for one in corrections], code]

    def read(data: bytes) -> pa.Table:
        return in_bundled(source_table(data, path, description), corrections)

    bundled = _from_file(builder, stem, path, about, read)
    if not builder.live:
        return bundled
    from tradefin.sources.additions import with_live

    return with_live(builder, stem, bundled, builder.history)


def _of_codelist(builder: "Builder", stem: str, code: str) -> TableRef:
    """A codelist in the types of its contract; while it has none, every column is a text."""
    path, contract = builder.codelist_files[stem], builder.contracts.get(stem)
    if contract is None:
        return _from_file(builder, stem, path, ["codelist", code], lambda data: text_table(*parse_csv(data, path)))
    rights = builder.rights(stem)

    def read(data: bytes) -> pa.Table:
        with builder.connect() as con:
            con.register("codes", text_table(*parse_csv(data, path)))
            return with_metadata(to_contract(con, contract, "codes"), contract, rights, {})

    return _from_file(builder, stem, path, [contract.model_dump_json(), rights, code], read)


def _from_file(
    builder: "Builder", stem: str, path: Path, about: list[object], parse: Callable[[bytes], pa.Table]
) -> TableRef:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ProjectInvalid(f"{path} is missing ({error.strerror}); it is the table {stem}.") from error
    key = digest_of({"stem": stem, "file": digest(data), "about": about})
    if ref := builder.store.recall_table(key):
        return ref
    table = parse(data)
    builder.store.put_snapshot(data, path.suffix)
    ref = builder.store.put_table(stem, table)
    builder.store.note_table(key, ref)
    return ref


def _of_archive(builder: "Builder", stem: str) -> TableRef:
    rows: list[tuple[str | None, ...]] = []
    if stem == CORRECTIONS:
        rows = [one.cells() for found in builder.corrections.values() for one in found]
    elif builder.live:
        from tradefin.sources.states import states

        rows = states(builder, builder.history) if stem == STATES else builder.history.sightings()
    elif stem == STATES:
        rows = [(p.publisher, flow, "bundled", *[None] * 5) for p in builder.publishers.values() for flow in p.flows]
    cells = [[cell or "" for cell in row] for row in rows]
    return builder.store.put_table(stem, text_table(list(ARCHIVE_TABLES[stem]), cells))
