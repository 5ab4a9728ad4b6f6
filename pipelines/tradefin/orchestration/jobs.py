"""Jobs: what somebody, or a schedule, starts as one run.

What belongs here: a name and a selection. What does not: steps.
"""

import dagster as dg

BUILD_RELEASE = "build_release"

build_release = dg.define_asset_job(
    BUILD_RELEASE,
    selection=dg.AssetSelection.all() | dg.AssetSelection.all_asset_checks(),
    description="Every table from its sources, every check, and the release if none of the blocking ones fails.",
)
