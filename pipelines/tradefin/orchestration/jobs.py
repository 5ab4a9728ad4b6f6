"""Jobs: what somebody, or a schedule, starts as one run.

What belongs here: a name, a selection, whether live figures count. What does not: steps.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import dagster as dg

from tradefin.orchestration.resources import Workshop

if TYPE_CHECKING:  # what `define_asset_job` returns has no public name
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition as AssetJob

BUILD_RELEASE = "build_release"
REFRESH = "refresh"
REFRESH_AND_RELEASE = "refresh_and_release"

_SNAPSHOTS = dg.AssetSelection.groups("snapshots")
_RELEASED = dg.AssetSelection.all() - dg.AssetSelection.groups("partitioned")
_TABLES = _RELEASED - _SNAPSHOTS


def name_of(publisher: str) -> str:
    """Name of the job that asks one publisher and releases."""
    return f"refresh_{publisher}_and_release"


def jobs(workshop: Workshop, publishers: Iterable[str]) -> "list[AssetJob]":
    """The jobs of a project.

    Args:
        workshop: The resource that they run with.
        publishers: Those that can be asked.
    """
    asked = [_publisher_and_release(workshop, publisher) for publisher in publishers]
    return [_build_release(), *([_refresh(), _refresh_and_release(workshop)] if asked else []), *asked]


def _build_release() -> "AssetJob":
    return dg.define_asset_job(
        BUILD_RELEASE,
        selection=_TABLES,
        description="Every table from the bundled figures, every check, and the release unless a blocking one fails.",
    )


def _refresh() -> "AssetJob":
    return dg.define_asset_job(
        REFRESH,
        selection=_SNAPSHOTS,
        description="Ask every publisher for what is new. Nothing is released.",
    )


def _refresh_and_release(workshop: Workshop) -> "AssetJob":
    return dg.define_asset_job(
        REFRESH_AND_RELEASE,
        selection=_RELEASED,
        config=_live(workshop),
        description="Ask every publisher for what is new, then make every table from bundled and live figures, check "
        "and release. A publisher that is down or has changed keeps its last good figures.",
    )


def _publisher_and_release(workshop: Workshop, publisher: str) -> "AssetJob":
    return dg.define_asset_job(
        name_of(publisher),
        selection=_TABLES | (_SNAPSHOTS & dg.AssetSelection.tag("publisher", publisher)),
        config=_live(workshop),
        description=f"As {REFRESH_AND_RELEASE}, asking {publisher} only.",
    )


def _live(workshop: Workshop) -> dict[str, Any]:
    """Run configuration in which live figures count; it replaces the resource's own, so it repeats that."""
    return {"resources": {"workshop": {"config": workshop.model_dump() | {"live": True}}}}
