"""The whole Dagster graph on one screen: what `dagster-webserver -m tradefin.definitions` and `tradefin run` load.

Sources and codelists -> core -> marts -> claims -> release, a check for every expectation of every contract between
them, one job that runs it all. Nothing is listed here by name: tables come from the files in `sql/`, `expectations/`
and `bundled/`, their dependencies from the SQL.
"""

import dagster as dg

from tradefin.orchestration.assets import release_asset, table_assets
from tradefin.orchestration.checks import table_checks
from tradefin.orchestration.jobs import build_release
from tradefin.orchestration.resources import Workshop


def build_defs(workshop: Workshop | None = None) -> dg.Definitions:
    """The definitions of a project.

    Args:
        workshop: Where the project and its outputs lie; a test gives its own.

    Raises:
        ProjectInvalid: A file of the project is wrong.
    """
    workshop = workshop or Workshop()
    builder = workshop.open()
    return dg.Definitions(
        assets=[*table_assets(builder), release_asset(builder)],
        asset_checks=[table_checks(builder, stem) for stem in builder.contracts],
        jobs=[build_release],
        resources={"workshop": workshop},
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions of the project that this code runs from; made when Dagster asks, not when it is imported."""
    return build_defs()
