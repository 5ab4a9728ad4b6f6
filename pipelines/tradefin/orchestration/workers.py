"""A worker that does steps for runs of other processes: `celery -A tradefin.orchestration.workers worker`.

What belongs here: Dagster's Celery app with our settings, which are those of the executor. What does not: any of them
(`executors`). Import this only to be a worker; it needs `TRADEFIN_BROKER`.
"""

from dagster_celery.make_app import make_app
from dagster_celery.tasks import create_task

from tradefin.orchestration.executors import celery_settings

app = make_app(celery_settings())  # type: ignore[no-untyped-call]
execute_plan = create_task(app)  # type: ignore[no-untyped-call]
