-- One row per flow that a publisher serves.
select
    publisher,
    flow,
    state,
    newest_good_on,
    failing_since,
    error,
    message,
    warnings
from archive_states
