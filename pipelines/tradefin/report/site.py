"""The site: a folder of pages that opens from disk and from any web server, and asks for nothing outside of it.

What belongs here: which pages there are and what they are made from. What does not: what stands on one (`pages`), how
charts become files (`drawing`).
"""

import base64
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradefin.claims.ledger import Entry, entries_of
from tradefin.quoting import quote
from tradefin.releases.manifest import Manifest
from tradefin.releases.release import DATABASE, Release
from tradefin.report import catalogue, drawing, pages
from tradefin.report.captions import LEDGER, Captions

if TYPE_CHECKING:
    import duckdb

    from tradefin.audit.run import TableAudit
    from tradefin.tables.builder import Builder

FOLDER = "report"
_ENTRIES = {
    "claim_measurements": """
        select m.* from claims.claim_measurements as m
        join claims.claims as c on c.claim_id = m.claim_id and c.headline_measure = m.measure
        order by all
    """
}
OVERVIEW = "verdicts"  # id of the chart that shows every claim


class Site:
    """What the pages of one release are made from.

    Args:
        builder: Gives contracts, claims, publishers and the store that remembers pictures.
        audits: What came of each table's checks.
        manifest: The release.
        con: Sees the release's tables in their schemas.
    """

    def __init__(
        self,
        builder: "Builder",
        audits: "Sequence[TableAudit]",
        manifest: Manifest,
        con: "duckdb.DuckDBPyConnection",
    ) -> None:
        self.builder = builder
        self.audits = audits
        self.manifest = manifest
        self.con = con
        self.captions = Captions(builder, con, manifest.release)

    def rows(self, query: str) -> list[dict[str, Any]]:
        """What a query over the release returns."""
        found: list[dict[str, Any]] = self.con.sql(query).to_arrow_table().to_pylist()
        return found

    def has(self, table: str) -> bool:
        """Whether the release has a table."""
        return table in self.manifest.tables

    @cached_property
    def entries(self) -> list[Entry]:
        """The ledger without measures that no page shows; empty where the release has none."""
        if not all(map(self.has, LEDGER)):
            return []
        return entries_of(
            lambda table: self.con.sql(_ENTRIES.get(table, f"from claims.{quote(table)}")).to_arrow_table()
        )

    @cached_property
    def _easel(self) -> drawing.Easel | None:
        if not self.entries:
            return None
        charts = catalogue.charts_of(self.entries, self.has)
        return drawing.Easel(self.con, self.captions.of, self.builder.store, charts)

    def begin(self) -> None:
        """Begin to draw the charts, while pages without any are made."""
        _ = self._easel

    @cached_property
    def drawings(self) -> list[drawing.Drawing]:
        """Every chart, drawn."""
        return self._easel.finished() if self._easel else []


def overview_image(release: Release) -> str:
    """The chart of every claim as Markdown with the picture in it, for Dagster."""
    path = f"{FOLDER}/charts/{OVERVIEW}.svg"
    if path not in release.manifest.files:
        return f"(no chart; see {FOLDER}/index.html)"
    return f"![Verdict on every claim](data:image/svg+xml;base64,{base64.b64encode(release.file_bytes(path)).decode()})"


def write(folder: Path, builder: "Builder", audits: "Sequence[TableAudit]", manifest: Manifest) -> None:
    """Write the report of a release.

    Args:
        folder: The release's folder, which holds its database already; the report gets a folder in it.
        builder: Gives contracts, claims, publishers and the store that remembers pictures.
        audits: What came of each table's checks.
        manifest: The release.
    """
    import duckdb

    with duckdb.connect(str(folder / DATABASE), read_only=True) as con:
        site = Site(builder, audits, manifest, con)
        for name, text in pages.render(site).items():
            path = folder / FOLDER / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        drawing.write_pictures(site.drawings, folder / FOLDER / "charts")
