"""Answers that read well but whose figures no contract accepts: left out, so that one publisher stops no release.

All answers are tried together; only if a table then breaks its contract are they tried one after the other, the oldest
first, and those with which it breaks are refused until the project or the archive changes. What belongs here: trying.
What does not: the contracts, the audit, what is said of a refused answer (`states`).
"""

from datetime import datetime
from typing import TYPE_CHECKING

from tradefin.errors import ContractBroken
from tradefin.sources.history import History
from tradefin.sources.left_out import note
from tradefin.sources.series import Series, name_of
from tradefin.tables.store import digest_of

if TYPE_CHECKING:
    from tradefin.tables.builder import Builder


def tried(builder: "Builder") -> History:
    """What the archive says of the tables of a project, without the answers that no contract accepts.

    Args:
        builder: Gives project and store; its live tables will be made of what is returned.
    """
    history = _tried(builder)
    note(builder.store, history)
    return history


def _tried(builder: "Builder") -> History:
    history = History(builder)
    series = {stem: found for stem in builder.source_files if (found := history.answers.series(stem))}
    if not series:
        return history
    stems = _downstream(builder, set(series))
    key = digest_of(
        {
            "told": {stem: history.key(stem) for stem in series},
            "tables": {stem: builder.code(stem) for stem in stems},
            "given": {need: builder.without_live.ref(need).sha256 for need in _given(builder, stems)},
        }
    )
    noted = builder.store.recall("trials", key)
    if noted is None:
        noted = {"refused": _refused(builder, series, stems)}
        if not any(
            t.error == "ReleaseDamaged" for stem in series if (told := history.told(stem)) for t in told.troubles
        ):
            builder.store.note("trials", key, noted)  # else what is missing may come back
    return History(builder, noted["refused"]) if noted["refused"] else history


def _refused(builder: "Builder", series: dict[str, tuple[Series, ...]], stems: list[str]) -> dict[str, str]:
    """What each refused answer breaks, by the name of its record."""
    if not _broken(builder, {}, stems):
        return {}
    fills: dict[str, set[str]] = {}
    asked: dict[str, datetime] = {}
    for stem, found in series.items():
        for entry in (entry for one in found for entry in one.entries):
            fills.setdefault(name_of(entry.fetch), set()).add(stem)
            asked[name_of(entry.fetch)] = entry.fetch.checked_at
    left_out = dict.fromkeys(fills, "not tried yet")
    if _broken(builder, left_out, stems):
        return {}  # the bundled figures break it themselves, which is nobody's answer's fault
    for name in sorted(fills, key=lambda n: (asked[n], n)):
        del left_out[name]
        if why := _broken(builder, left_out, _downstream(builder, fills[name])):
            left_out[name] = why
    return left_out


def _broken(builder: "Builder", left_out: dict[str, str], stems: list[str]) -> str:
    """What contract the tables break when these answers are left out; empty if none."""
    from tradefin.audit.run import audit_table, refuse

    trial = builder.again(live=True)
    trial.history = History(trial, dict(left_out))
    for stem in stems:
        try:
            refuse(audit_table(trial, stem))
        except ContractBroken as error:
            return str(error).partition("\nThe former release stays")[0]
    return ""


def _downstream(builder: "Builder", sources: set[str]) -> list[str]:
    """Core and mart tables that these source tables reach, upstream first."""
    owners = {builder.source_files[stem][0].publisher for stem in sources}
    about = {f"source_{slug}_{name}" for slug in owners for name in ("vintages", "citations")}
    tables = [stem for stem, contract in builder.contracts.items() if contract.layer != "claims"]
    return [
        stem
        for stem in builder.closure(tables)
        if stem in builder.contracts and set(builder.closure([stem])) & (sources | about)
    ]


def _given(builder: "Builder", stems: list[str]) -> list[str]:
    """The bundled files that these tables are made from, and the codelists, which contracts name as well."""
    return [*(s for s in builder.closure(stems) if s in builder.source_files), *builder.codelist_files]
