"""What was read from an answer when it came, kept beside its bytes: so that no later connector can lose its figures.

Connectors and descriptions follow what publishers serve today. An answer of last year that they cannot read any more
still counts with the rows that were read from it then. What belongs here: rows of source tables as they are kept. What
does not: files (`archive`), reading an answer (`readings`).
"""

import pyarrow as pa

from tradefin.errors import SourceChanged
from tradefin.sources.archive import Archive
from tradefin.sources.bundled import text_table
from tradefin.sources.description import FlowDescription, Publisher
from tradefin.sources.fetch import read
from tradefin.sources.flow import Flow, Part
from tradefin.sources.fold import ADDED
from tradefin.sources.mapped import KNOWN_ON, LEFT_OUT, REMARK, Mapped
from tradefin.sources.records import Fetch

_DOUBTS = " in doubt"


def to_keep(stem: str, found: Mapped) -> dict[str, pa.Table]:
    """The tables to keep of what an answer says of a source table."""
    doubts = {f"{stem}{_DOUBTS}": found.doubts} if found.doubts.num_rows else {}
    return {stem: found.table, **doubts}


def as_read_then(archive: Archive, publisher: Publisher, fetch: Fetch, stem: str) -> Mapped | None:
    """What was read from an answer for a source table when it came; None if that was not kept, or in other columns.

    Raises:
        ReleaseDamaged: It was kept and is missing or damaged.
    """
    table = archive.rows_of(fetch, stem)
    about = publisher.tables[stem.removeprefix(f"source_{publisher.publisher}_")]
    wanted = [c for c in about.columns if c not in ADDED]
    if table is None or [c for c in table.column_names if c != KNOWN_ON] != wanted:
        return None
    doubts = archive.rows_of(fetch, f"{stem}{_DOUBTS}")
    columns = [*about.figure, LEFT_OUT, REMARK]
    return Mapped(table, doubts if doubts is not None and doubts.column_names == columns else text_table(columns, []))


def read_again(flow: Flow, description: FlowDescription, parts: tuple[Part, ...]) -> pa.Table:
    """The parts of an older answer as a table.

    Raises:
        SourceChanged: Today's connector cannot read them, or they lack a column that today's description has.
    """
    table = read(flow, parts)
    needed = (name for name, about in description.columns.items() if not about.optional)
    if lacking := [name for name in needed if name not in table.schema.names]:
        raise SourceChanged(
            f"{flow.publisher}.{flow.name}: the answer has no {', '.join(lacking)}, which today's description has."
        )
    return table
