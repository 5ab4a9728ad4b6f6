-- One row per live figure and vintage.
select
    publisher,
    source_table,
    figure,
    vintage_id,
    first_seen,
    last_seen,
    withdrawn_on
from archive_sightings
