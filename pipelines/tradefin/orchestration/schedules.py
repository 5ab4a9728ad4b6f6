"""Schedules: when each publisher is asked, from `schedule` in `expectations/sources/<publisher>.yml`.

What belongs here: one schedule per publisher. What does not: what its job does (`jobs`).
"""

import os
from collections.abc import Iterable

import dagster as dg

from tradefin.errors import ProjectInvalid
from tradefin.orchestration.jobs import name_of
from tradefin.sources.description import Publisher

SWITCH = "TRADEFIN_SCHEDULES"


def switched_on() -> bool:
    """Whether schedules and sensors run unless somebody stops them: `TRADEFIN_SCHEDULES=on`.

    Off by default, so that nobody asks publishers for having looked at the graph.
    """
    return os.environ.get(SWITCH, "").strip().lower() == "on"


def schedules(publishers: Iterable[Publisher]) -> list[dg.ScheduleDefinition]:
    """One schedule per publisher that has one: refresh this publisher, then release.

    Raises:
        ProjectInvalid: A schedule is no cron expression.
    """
    return [_schedule(publisher) for publisher in publishers if publisher.schedule]


def _schedule(publisher: Publisher) -> dg.ScheduleDefinition:
    job = name_of(publisher.publisher)
    try:
        return dg.ScheduleDefinition(
            name=f"{job}_schedule",
            job_name=job,
            cron_schedule=list(publisher.schedule),
            execution_timezone="UTC",
            description=f"{publisher.name} publishes: {publisher.cadence}.",
            default_status=dg.DefaultScheduleStatus.RUNNING if switched_on() else dg.DefaultScheduleStatus.STOPPED,
        )
    except dg.DagsterInvalidDefinitionError as error:
        raise ProjectInvalid(f"expectations/sources/{publisher.publisher}.yml: 'schedule': {error}") from error
