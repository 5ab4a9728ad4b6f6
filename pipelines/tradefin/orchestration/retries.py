"""Steps that are done again because what stopped them may pass: a store that does not answer, a release overtaken.

What belongs here: when Dagster is asked to try a step again. What does not: asking publishers again (`snapshots`,
`partitioned`), which must be slow; retries within one request to a store or a publisher.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from tradefin.errors import ReleaseDamaged, TradefinError

RETRIES = 4
RETRY_SECONDS = 10


def in_one_process(context: dg.OpExecutionContext) -> bool:
    """Whether all steps of a run are done in the run's own process, one after the other."""
    name = context.job_def.executor_def.name
    return "in_process" in name and "multi" not in name


@contextmanager
def tried_again(context: dg.OpExecutionContext) -> Iterator[None]:
    """Let a step on a worker be tried again, a few times, when a later try may fare better.

    Not where one process does all steps: somebody waits there for the answer, and its store is a disk, which does not
    come back by itself. A table that is damaged counts as passing, since the next try finds it whole or makes it anew.

    Args:
        context: The step's.

    Raises:
        RetryRequested: Instead of an error that may pass.
    """
    try:
        yield
    except (TradefinError, OSError) as error:
        may_pass = isinstance(error, OSError | ReleaseDamaged) or error.may_retry
        if may_pass and context.retry_number < RETRIES and not in_one_process(context):
            context.log.warning(f"{type(error).__name__}: {error} Tried again in {RETRY_SECONDS} seconds.")
            raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=RETRY_SECONDS) from error
        raise
