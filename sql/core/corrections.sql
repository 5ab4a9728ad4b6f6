-- One row per cell that a publisher has wrong. What was expected of bundled figures and of answers tells what comes of it.
select
    publisher,
    source_table,
    row_key,
    column_name,
    document,
    as_published,
    corrected,
    case
        when mended_on is not null then 'mended by the publisher'
        when expects_bundled = 'as_published' then 'applied'
        when expects_live = 'as_published' then 'guards the answers'
        else 'noted'
    end as status,
    reason,
    evidence,
    evidence_address,
    decided_on,
    mended_on,
    correction
from project_corrections
