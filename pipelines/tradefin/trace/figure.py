"""`trace`: a figure of a release, or a verdict, walked back to what publishers published."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tradefin.errors import NotFound
from tradefin.project import Project
from tradefin.quoting import quote
from tradefin.releases.release import Release, suggest
from tradefin.tables.asof import View
from tradefin.trace import verdicts
from tradefin.trace.numbered import Leaves, NotAtHand, Numbered
from tradefin.trace.origins import ROW
from tradefin.trace.publishers import Document, Publishers
from tradefin.trace.query import RID
from tradefin.trace.shapes import CannotFollow
from tradefin.trace.step import Rows, Step
from tradefin.trace.walk import SOURCE, Stage, Walk

MEASUREMENTS, VERDICTS, SENSITIVITY = "claim_measurements", "claim_verdicts", "claim_sensitivity"
_NOTHING = "No figure was at hand; these are the rows that were looked at."
_ALONE = ("value", "claimed_value", "unit", "note")  # columns of a measurement that its claim's query gives


@dataclass(frozen=True)
class Trace:
    """A figure and where it comes from.

    Attributes:
        release: Id of the release.
        table: Its table.
        key: Its row.
        columns: The columns that were asked for, with what stands there.
        known: For a measurement or verdict, the day and the reading that it was made as of; empty otherwise.
        stages: Tables from it back to the publishers' files; each names those that it was made from.
        documents: Documents that the last rows come from.
        note: What else is to be said.
    """

    release: str
    table: str
    key: dict[str, str | None]
    columns: dict[str, str | None]
    known: str
    stages: list[Stage]
    documents: list[Document] = field(default_factory=list)
    note: str = ""


def trace(
    home: Path,
    table: str,
    key: str,
    column: str = "",
    release: str | None = None,
    project: Project | None = None,
) -> Trace:
    """Walk a figure back; see `Tracer.trace`.

    Args:
        home: The outputs folder.
        table: Its table.
        key: Its row.
        column: Its column.
        release: Id of the release; None for the current one.
        project: Bundled figures and claim files; by default the project that this code runs from.
    """
    return Tracer(Release.open(home.resolve(), release), project or Project.find()).trace(table, key, column)


class Tracer:
    """Walks figures of one release back; what it has read once it keeps.

    Args:
        release: The release.
        project: Bundled figures and claim files.
    """

    def __init__(self, release: Release, project: Project) -> None:
        self.release = release
        self.project = project
        self.leaves = Leaves(release, project)
        self.today = Numbered(release, self.leaves)
        self._past: dict[View, Numbered] = {}

    def tables(self, view: View) -> Numbered:
        """The tables as a view sees them."""
        if view.known == "latest":
            return self.today
        if view not in self._past:
            self._past[view] = Numbered(self.release, self.leaves, view)
        return self._past[view]

    def trace(self, table: str, key: str, column: str = "") -> Trace:
        """Walk a figure back.

        Args:
            table: Its table.
            key: Its row: `iso3=JPN,year=2001`, or the values in the order of the table's key; what is left out is
                allowed to be anything, as long as one row is meant. Of a claim's verdicts the newest is meant.
            column: Its column; every column but the key by default, and the value of a measurement.

        Raises:
            NotFound: There is no such table, row or column, or more than one row is meant.
            ReleaseDamaged: A file is not the one that was published.
        """
        info = self.release.table(table)
        names = [c.name for c in info.columns]
        if column and column not in names:
            raise NotFound(f"Table {info.name} has no column '{column}'. {suggest(column, names)}")
        rid = _row(self.today, info.name, info.key, key)
        columns = [column] if column else [n for n in names if n not in info.key] or names
        row = self.today.cells(info.name, [rid], names)[0]
        asked = {k: row[k] for k in info.key}, {c: row[c] for c in columns}
        found = Trace(self.release.id, info.name, *asked, known="", stages=[])
        if info.layer == "claims":
            return _OfClaim(self).trace(found, rid, columns)
        stages = Walk(self.release, self.today).back({info.name: {c: {rid} for c in columns}}, self.today)
        note = ""
        if not _ends(stages):
            stages = Walk(self.release, self.today).back({info.name: {ROW: {rid}}}, self.today)
            note = "No row was counted or added; these are the rows that were looked at."
        return self.with_documents(replace(found, stages=stages, note=note))

    def with_documents(self, found: Trace) -> Trace:
        """The trace with the documents that its last rows come from."""
        publishers = Publishers(self.release, self.leaves)
        ends = [s for s in found.stages if s.layer == SOURCE]
        documents = [d for s in ends for d in publishers.documents(s.table, s.rids)]
        return replace(found, documents=documents)


def _ends(stages: list[Stage]) -> bool:
    return any(s.layer == SOURCE for s in stages)


def _row(tables: Numbered, stem: str, key: tuple[str, ...], wanted: str) -> int:
    """Number of the row that is meant."""
    cells = next(csv.reader([wanted])) if wanted else []
    if cells and all("=" in c for c in cells):
        values = dict(c.split("=", 1) for c in cells)
        values = {k.strip(): v for k, v in values.items()}
    elif len(cells) <= len(key):
        values = dict(zip(key, cells, strict=False))
    else:
        raise NotFound(f"The key of {stem} is {', '.join(key)}; '{wanted}' has {len(cells)} values.")
    rids = tables.find(stem, values)
    if stem == VERDICTS and rids and "as_of" not in values:
        days = [c["as_of"] or "" for c in tables.cells(stem, rids, ["as_of"])]
        rids = [rids[days.index(max(days))]]
    if len(rids) == 1:
        return rids[0]
    first = tables.cells(stem, rids[:5], [*key])
    few = "\n".join("  " + ",".join(f"{k}={v or ''}" for k, v in c.items()) for c in first)
    asked = ", ".join(f"{k}={v}" for k, v in values.items())
    if not rids:
        raise NotFound(f"Table {stem} has no row with {asked}. Its key is {', '.join(key)}.")
    raise NotFound(f"Table {stem} has {len(rids)} rows with {asked}. Name one by its key; the first are:\n{few}")


class _OfClaim:
    """Traces rows of the ledger."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        self.release = tracer.release
        self.tables = tracer.today

    def trace(self, found: Trace, rid: int, columns: list[str]) -> Trace:
        """A row of the ledger walked back."""
        whole = self.tables.tables.table(found.table)
        row = whole.slice(rid, 1).to_pylist()[0]
        about = self._rows("claims", claim_id=row["claim_id"])[0][1]
        top = Stage(
            found.table, "claims", 1, dict.fromkeys(columns, 1), at_most=False, first=[found.key | found.columns]
        )
        if found.table == "claims" or about["not_testable"]:
            note = about["not_testable"] or "A row of claims is what a claim file says; it holds no figure."
            return replace(found, stages=[top], note=str(note))
        view = View(row["as_of"], row["known"])
        found = replace(found, known=f"as of {view.day} ({view.known})")
        if found.table == MEASUREMENTS:
            return self._measured(found, about["claim_id"], view, [(rid, row)], [], columns)
        claim = verdicts.claim_of(self.tracer.project, about["claim_id"])
        own = self._rows(MEASUREMENTS, claim_id=about["claim_id"], as_of=view.day, known=view.known)
        rows = [one for _, one in own]
        if found.table == VERDICTS:
            used = verdicts.behind_verdict(claim, row, about, rows)
        else:
            used = verdicts.behind_definition(claim, row, about, rows, columns[0] if len(columns) == 1 else "")
        top.made_from = [MEASUREMENTS]
        return self._measured(found, about["claim_id"], view, [o for o in own if o[1] in used], [top], ["value"])

    def _rows(self, table: str, **wanted: Any) -> list[tuple[int, dict[str, Any]]]:  # noqa: ANN401 - any cell
        rows = enumerate(self.tables.tables.table(table).to_pylist())
        return [(rid, row) for rid, row in rows if all(row[k] == v for k, v in wanted.items())]

    def _measured(
        self,
        found: Trace,
        claim_id: str,
        view: View,
        used: list[tuple[int, dict[str, Any]]],
        before: list[Stage],
        columns: list[str],
    ) -> Trace:
        """From measurements in one reading on, by the claim's query over the tables as they were on the day."""
        name = f"sql/claims/{claim_id}.sql"
        shown = ["definition", "measure", "period", "value", "unit"]
        cells = self.tables.cells(MEASUREMENTS, [rid for rid, _ in used], shown)
        wanted = [c for c in columns if c in _ALONE] or ["value", "claimed_value"]
        stage = Stage(MEASUREMENTS, "claims", len(used), dict.fromkeys(wanted, len(used)), at_most=False, first=cells)
        stage.query = name
        if not used:
            note = "No measurement is at hand for what the verdict's rules ask."
            return replace(found, stages=[*before, stage], note=note)
        sql = self.release.file_bytes(name).decode().strip().removesuffix(";")
        tables = self.tracer.tables(view)
        keys = [(r["definition"], r["measure"], r["period"]) for _, r in used]
        stages: list[Stage] = []
        note = "" if any(row["value"] is not None for _, row in used) else _NOTHING
        for asked in (wanted, [ROW]):
            try:
                behind = self._behind(sql, tables, keys, asked)
            except (CannotFollow, NotAtHand) as error:
                return replace(found, stages=[*before, stage], note=f"{name} cannot be followed: {error}.")
            stage.made_from = sorted(behind)
            stages = Walk(self.release, self.tables).back(behind, tables)
            if _ends(stages):
                break
            note = _NOTHING
        if not _ends(stages):
            note = f"No row that the query looks at was known {found.known}."
        return self.tracer.with_documents(replace(found, stages=[*before, stage, *stages], note=note))

    def _behind(
        self, sql: str, tables: Numbered, keys: list[tuple[str, str, str]], columns: list[str]
    ) -> dict[str, Rows]:
        reads = _reads(sql, {**self.release.manifest.tables, **self.tracer.leaves.sha256})
        types = {stem: tables.types(stem) for stem in reads}
        step = Step(tables.con, sql, types, columns, tables.prefix())
        fields = f'{RID}, "definition", "measure", "period"::varchar'
        rows = tables.con.execute(f"select {fields} from {quote(step.result)}").fetchall()
        rids = {rid for rid, *key in rows if tuple(key) in keys}
        if len(rids) < len(keys):
            raise CannotFollow("it does not give these measurements again")
        wanted: Rows = {c: set(rids) for c in columns}
        found = step.upstream(wanted)
        step.close()
        return found


def _reads(sql: str, tables: Mapping[str, object]) -> list[str]:
    """Which of some tables a query reads."""
    import sqlglot
    from sqlglot import exp

    names = {t.name for t in sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.Table)}
    return sorted(names & tables.keys())
