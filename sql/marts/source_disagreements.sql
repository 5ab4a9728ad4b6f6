-- One row per cell that two sources of the same publisher give and do not agree on: the newest of each live source beside the
-- newest bundled edition, and beside that of each older live source. Each is as exact as its source's most exact figure in
-- that column; what half a unit of the coarser one explains is no disagreement.
with newest as (
    select *
    from figure_editions
    qualify row_number() over (
        partition by table_name, figure, column_name, publisher, origin, case when origin = 'live' then source_id end
        order by known_on desc, vintage_id desc, source_id
    ) = 1
),

compared as (
    select
        b.table_name, b.figure, b.column_name, b.publisher,
        b.origin as other_origin, b.value as other_value, b.source_id as other_source, b.vintage_id as other_vintage,
        b.known_on as other_known_on,
        l.value as live_value, l.source_id as live_source, l.vintage_id as live_vintage, l.known_on as live_known_on,
        coalesce(
            try_cast(l.value as decimal(28, 6)) - try_cast(b.value as decimal(28, 6)),
            date_diff('day', try_cast(b.value as date), try_cast(l.value as date))
        ) as difference,
        try_cast(b.value as decimal(28, 6)) as base,
        cast(power(10, -1 - least(b.decimals, l.decimals)) * 5 as decimal(18, 10)) as explained_by_rounding
    from newest as b
    inner join newest as l
        on l.table_name = b.table_name and l.figure = b.figure and l.column_name = b.column_name
        and l.publisher = b.publisher and l.origin = 'live'
    where l.value <> b.value and (b.origin = 'bundled' or (b.known_on, b.source_id) < (l.known_on, l.source_id))
)

select
    table_name,
    figure,
    column_name,
    publisher,
    live_value,
    live_source,
    live_vintage,
    live_known_on,
    other_origin,
    other_value,
    other_source,
    other_vintage,
    other_known_on,
    difference,
    100 * difference / nullif(abs(base), 0) as relative_difference_pct
from compared
where difference is null or base is null or abs(difference) > explained_by_rounding
