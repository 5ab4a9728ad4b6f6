"""From cells of a release's tables, table by table, to the rows of publishers' files that they were made from.

What belongs here: the order of the tables and what is told of each. What does not: one query (`step`), claims
(`verdicts`), documents (`publishers`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tradefin.project import CODELIST, CODELISTS
from tradefin.quoting import quote
from tradefin.releases.release import Release
from tradefin.trace.numbered import NotAtHand, Numbered
from tradefin.trace.origins import ROW
from tradefin.trace.query import RID
from tradefin.trace.shapes import CannotFollow
from tradefin.trace.step import Rows, Step

SOURCE = "source"
_SHOWN = 5


@dataclass
class Stage:
    """One table on the way back.

    Attributes:
        table: Its name.
        layer: `core`, `marts`, `claims`, `codelists`, or `source` for a publisher's file.
        rows: Number of its rows that took part.
        columns: Their columns that did, with the number of rows in which; a row that took part as such is not here.
        at_most: Whether some of these rows may not have mattered.
        first: The first of these rows: key and those columns; of a publisher's file all that is there.
        made_from: Tables behind these cells.
        query: The query that made them, from the release's folder.
        note: What else is to be said.
        rids: Numbers of the rows.
    """

    table: str
    layer: str
    rows: int
    columns: dict[str, int]
    at_most: bool
    first: list[dict[str, str | None]]
    made_from: list[str] = field(default_factory=list)
    query: str = ""
    note: str = ""
    rids: list[int] = field(default_factory=list)


class Walk:
    """Goes back from some cells, each table once.

    Args:
        release: The release.
        today: Its tables as everything is known.

    Attributes:
        stages: What was found.
    """

    def __init__(self, release: Release, today: Numbered) -> None:
        self.release = release
        self.today = today
        self.stages: list[Stage] = []
        self._unsure: set[str] = set()

    def back(self, cells: Mapping[str, Rows], tables: Numbered) -> list[Stage]:
        """The tables behind some cells, in order; those of the cells first.

        Core tables are seen as of the day of `tables`; what they were made from is not.
        """
        needs = {stem: {c: set(rids) for c, rids in rows.items()} for stem, rows in cells.items()}
        for stem in self._downstream_first(needs):
            if not any(needs.get(stem, {}).values()):
                continue
            info = self.release.manifest.tables.get(stem)
            here = tables if info is not None and info.layer == "marts" else self.today
            found: dict[str, Rows] = {}
            stage = self._stage(stem, needs[stem], here)
            if info is not None and info.sql:
                found = self._step_back(stage, needs[stem], here)
            stage.made_from = sorted(found)
            self._unsure |= found.keys() if stage.at_most else set()
            for table, rows in found.items():
                for column, rids in rows.items():
                    needs.setdefault(table, {}).setdefault(column, set()).update(rids)
            self.stages.append(stage)
        return self.stages

    def _downstream_first(self, stems: Iterable[str]) -> list[str]:
        order: list[str] = []

        def visit(stem: str) -> None:
            if stem not in order:
                info = self.release.manifest.tables.get(stem)
                for need in sorted(info.inputs) if info else ():
                    visit(need)
                order.append(stem)

        for stem in stems:
            visit(stem)
        return order[::-1]

    def _stage(self, stem: str, rows: Rows, tables: Numbered) -> Stage:
        info = self.release.manifest.tables.get(stem)
        rids = sorted(set().union(*rows.values()))
        columns = sorted((c for c, found in rows.items() if c != ROW and found), key=str)
        shown = list(dict.fromkeys([*(info.key if info else ()), *columns])) if info else list(tables.types(stem))
        layer = info.layer if info else CODELISTS if stem.startswith(CODELIST) else SOURCE
        return Stage(
            table=stem,
            layer=layer,
            rows=len(rids),
            columns={c: len(rows[c]) for c in columns},
            at_most=stem in self._unsure,
            first=tables.cells(stem, rids[:_SHOWN], shown),
            query=info.sql if info else "",
            rids=rids,
        )

    def _step_back(self, stage: Stage, rows: Rows, tables: Numbered) -> dict[str, Rows]:
        info = self.release.manifest.tables[stage.table]
        sql = self.release.file_bytes(info.sql).decode().strip().removesuffix(";")
        try:
            return self._followed(stage, sql, rows, tables)
        except NotAtHand as error:
            stage.note = str(error)
            return {}

    def _followed(self, stage: Stage, sql: str, rows: Rows, tables: Numbered) -> dict[str, Rows]:
        info = self.release.manifest.tables[stage.table]
        try:
            return self.step(sql, info.inputs, rows, tables, (stage.table, info.key))
        except CannotFollow as error:
            stage.note = f"{info.sql} holds what is not followed ({error}): all rows of its tables are meant."
            stage.at_most = True
            return {need: {ROW: set(tables.find(need, {}))} for need in info.inputs}

    def step(
        self,
        sql: str,
        reads: Iterable[str],
        rows: Rows,
        tables: Numbered,
        result: tuple[str, tuple[str, ...]],
    ) -> dict[str, Rows]:
        """The rows of the tables that a query reads behind rows of its result.

        Args:
            sql: The query.
            reads: Names of the tables that it reads.
            rows: Numbers of rows of the result as the connection holds it, by column.
            tables: The tables.
            result: Name and key of the result in the connection.

        Raises:
            NotAtHand: A table is not to be had.
            CannotFollow: The query holds something that is not followed, or does not give these rows.
        """
        types = {stem: tables.types(stem) for stem in reads}
        step = Step(tables.con, sql, types, rows, tables.prefix())
        number = _numbers(step, tables, *result)
        wanted = {c: {number[rid] for rid in rids if rid in number} for c, rids in rows.items()}
        if any(len(wanted[c]) < len(rids) for c, rids in rows.items()):
            raise CannotFollow("it does not give all of these rows again")
        found = step.upstream(wanted)
        step.close()
        return found


def _numbers(step: Step, tables: Numbered, stem: str, key: tuple[str, ...]) -> dict[int, int]:
    """Number of each row of a table in the result of the query that made it: rows of the same key are the same."""
    types = tables.types(stem)
    same = " and ".join(f"t.{quote(k)} is not distinct from cast(r.{quote(k)} as {types[k]})" for k in key)
    sql = f"select t.{RID}, r.{RID} from {quote(stem)} as t join {quote(step.result)} as r on {same}"
    return dict(tables.con.execute(sql).fetchall())
