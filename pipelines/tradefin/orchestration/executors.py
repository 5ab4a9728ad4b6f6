"""Executors: where the steps of a run are done, by one setting; the definitions are the same everywhere.

`TRADEFIN_EXECUTOR` is `in_process` (the default: every step in the run's own process, the fastest on one machine),
`celery` (steps go to the workers of `tradefin.orchestration.workers`) or `k8s` (a pod for each step). Dagster takes
storage and launcher from `dagster.yaml`, but executors are part of the code, hence this choice. What belongs here: that
choice and Celery's settings, which runs and workers must share. What does not: a worker (`workers`).
"""

import os
from collections.abc import Mapping
from typing import Any

import dagster as dg

from tradefin.errors import ProjectInvalid

EXECUTOR = "TRADEFIN_EXECUTOR"
BROKER = "TRADEFIN_BROKER"
REDELIVER = "TRADEFIN_REDELIVER_SECONDS"

# Above the longest step, which asks the WTO for half an hour: what is done twice is no harm but work.
_REDELIVER_SECONDS = 3600
_CHILD_KIB = 3 << 20
_CHOICES = "in_process, celery, k8s"


def executor(environment: Mapping[str, str] = os.environ) -> dg.ExecutorDefinition:
    """The executor of every job.

    Args:
        environment: Holds the settings.

    Raises:
        ProjectInvalid: There is no such executor, or it cannot be had with what is installed and set.
    """
    wanted = environment.get(EXECUTOR, "").strip() or "in_process"
    try:
        if wanted == "in_process":
            return dg.in_process_executor
        if wanted == "celery":
            from dagster_celery import celery_executor

            return celery_executor.configured(celery_settings(environment))
        if wanted == "k8s":
            from dagster_k8s import k8s_job_executor

            return k8s_job_executor
    except ModuleNotFoundError as error:
        raise ProjectInvalid(
            f"{EXECUTOR}={wanted} needs {error.name}: install tradefin with its extra `scale`."
        ) from error
    raise ProjectInvalid(f"{EXECUTOR} is {wanted!r}; there are {_CHOICES}.")


def celery_settings(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Celery's settings, the same for a run that hands out steps and for a worker that does them.

    A step counts as done when it is done, not when a worker takes it: what a killed worker had begun goes to another
    one, at once when its parent process lives, else after `TRADEFIN_REDELIVER_SECONDS`. A step that is done twice finds
    its table in the store.

    Args:
        environment: Names the broker, `TRADEFIN_BROKER`.

    Raises:
        ProjectInvalid: There is no broker, or no number of seconds.
    """
    broker = environment.get(BROKER, "").strip()
    if not broker:
        raise ProjectInvalid(f"Celery needs a broker: set {BROKER}, as redis://127.0.0.1:6379/0, or {EXECUTOR}.")
    given = environment.get(REDELIVER, "").strip() or str(_REDELIVER_SECONDS)
    if not given.isdecimal() or not int(given):
        raise ProjectInvalid(f"{REDELIVER} is {given!r}, which is no number of seconds.")
    redis = {
        "visibility_timeout": int(given),
        "unacked_restore_interval": max(1, int(given) // 10),  # how often a worker looks for what others have lost
        "unacked_restore_throttle": 1,
        "max_retries": 3,
    }
    return {
        "broker": broker,
        "backend": broker if broker.startswith(("redis", "rediss")) else "rpc://",
        "config_source": {
            "task_acks_late": True,
            "task_reject_on_worker_lost": True,
            "worker_max_memory_per_child": _CHILD_KIB,  # its child is replaced between two steps
            "worker_prefetch_multiplier": 1,  # a worker that is busy keeps nothing from one that is not
            "broker_transport_options": redis,
            "result_backend_transport_options": redis,
            "broker_connection_retry_on_startup": True,
        },
    }
