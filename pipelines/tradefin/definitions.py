"""The whole Dagster graph on one screen: what `dagster-webserver -m tradefin.definitions` and `tradefin run` load.

Snapshots -> sources and codelists -> core -> marts -> claims -> release; a check for every expectation of every
contract between them; jobs and schedules that run it all; sensors that tell of what fails. Nothing is listed here by
name: tables come from the files in `sql/`, `expectations/` and `bundled/`, their dependencies from the SQL, snapshots
and schedules from `expectations/sources/`.
"""

import dagster as dg

from tradefin.orchestration import sensors
from tradefin.orchestration.assets import release_asset, table_assets
from tradefin.orchestration.checks import table_checks
from tradefin.orchestration.executors import executor
from tradefin.orchestration.jobs import jobs
from tradefin.orchestration.partitioned import partitioned_assets, partitioned_jobs
from tradefin.orchestration.resources import Workshop
from tradefin.orchestration.schedules import schedules
from tradefin.orchestration.snapshots import connected, snapshot_assets


def build_defs(workshop: Workshop | None = None, *, snapshots: bool = True) -> dg.Definitions:
    """The definitions of a project.

    Args:
        workshop: Where the project and its outputs lie; a test gives its own.
        snapshots: Whether publishers can be asked; without, no connector is loaded.

    Raises:
        ProjectInvalid: A file of the project is wrong.
    """
    workshop = workshop or Workshop()
    builder = workshop.open()
    asked = connected(builder) if snapshots else {}
    return dg.Definitions(
        assets=[
            *snapshot_assets(builder, asked),
            *table_assets(builder, asked),
            release_asset(builder),
            *(partitioned_assets(builder) if asked else []),
        ],
        asset_checks=[table_checks(builder, stem) for stem in builder.contracts],
        jobs=[*jobs(workshop, asked), *(partitioned_jobs(builder) if asked else [])],
        schedules=schedules(builder.publishers[slug] for slug in asked),
        sensors=[sensors.failed_runs(), *([sensors.sources(workshop)] if asked else [])],
        resources={"workshop": workshop},
        executor=executor(),
    )


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions of the project that this code runs from; made when Dagster asks, not when it is imported."""
    return build_defs()
