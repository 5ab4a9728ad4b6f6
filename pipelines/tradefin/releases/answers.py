"""The publishers' answers that live figures of a release rest on, for its manifest.

What belongs here: listing them. What does not: bundled files (`contents`), which answers count (`sources.series`).
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradefin.tables.builder import Builder

Answer = dict[str, str | int]


def answers(builder: "Builder") -> dict[str, list[Answer]]:
    """Every file of an answer that counts, by publisher: once each, under the fetch that first brought it.

    An answer counts if it had figures that were new, or if with it one source took over from another, and if no
    contract refused it. A release of bundled figures alone rests on none.

    Args:
        builder: Makes the tables of the release.
    """
    if not builder.live:
        return {}
    used = [stem for stem in builder.closure(list(builder.contracts)) if stem in builder.source_files]
    counting = builder.history.answers
    fetches = {
        entry.fetch.record: entry.fetch for stem in used for series in counting.series(stem) for entry in series.entries
    }
    found: dict[str, dict[tuple[str, str, str], Answer]] = {}
    for fetch in sorted(fetches.values(), key=lambda one: (one.publisher, one.flow, one.record.name)):
        for one in fetch.snapshots:
            found.setdefault(one.publisher, {}).setdefault(
                (one.flow, one.address, one.sha256),
                {
                    "flow": one.flow,
                    "address": one.address,
                    "fetched_at": one.fetched_at.isoformat(),
                    "snapshot_sha256": one.sha256,
                    "bytes": one.size,
                    "licence": one.licence,
                },
            )
    return {publisher: list(files.values()) for publisher, files in found.items()}
