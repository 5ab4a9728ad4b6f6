-- One row per figure that one publisher gave in two or more editions: its first and last value, and the largest step between
-- an edition and the next. Where an edition gives a figure in two sources, the more exact one counts; a step that half a
-- unit of the coarser edition's last decimal explains is no revision.
with given as (
    select *
    from figure_editions
    qualify row_number() over (
        partition by table_name, figure, column_name, publisher, vintage_id order by decimals desc, source_id
    ) = 1
),

stepped as (
    select
        *,
        try_cast(value as decimal(28, 6)) as number,
        lag(value) over edition as former_value,
        lag(vintage_id) over edition as former_vintage,
        lag(decimals) over edition as former_decimals,
        row_number() over edition as place
    from given
    window edition as (
        partition by table_name, figure, column_name, publisher order by known_on, vintage_id
    )
),

changed as (
    select
        *,
        try_cast(former_value as decimal(28, 6)) as former_number,
        coalesce(
            number - try_cast(former_value as decimal(28, 6)),
            date_diff('day', try_cast(former_value as date), try_cast(value as date))
        ) as change,
        cast(power(10, -1 - least(former_decimals, decimals)) * 5 as decimal(18, 10)) as explained_by_rounding
    from stepped
),

judged as (
    select
        *,
        place > 1 and value <> former_value
        and (change is null or number is null or abs(change) > explained_by_rounding) as revised
    from changed
),

ranked as (
    select
        *,
        row_number() over (
            partition by table_name, figure, column_name, publisher
            order by revised desc, abs(change) desc nulls last, place
        ) as size
    from judged
),

ends as (
    select
        table_name, figure, column_name, publisher,
        count(*) as editions,
        count_if(revised) as revisions,
        arg_min(value, place) as first_value,
        arg_min(vintage_id, place) as first_vintage,
        arg_min(known_on, place) as first_known_on,
        arg_min(number, place) as first_number,
        arg_max(value, place) as last_value,
        arg_max(vintage_id, place) as last_vintage,
        arg_max(known_on, place) as last_known_on,
        arg_max(number, place) as last_number
    from judged
    group by table_name, figure, column_name, publisher
)

select
    e.table_name,
    e.figure,
    e.column_name,
    e.publisher,
    e.editions,
    e.revisions,
    e.first_value,
    e.first_vintage,
    e.first_known_on,
    e.last_value,
    e.last_vintage,
    e.last_known_on,
    coalesce(
        e.last_number - e.first_number,
        date_diff('day', try_cast(e.first_value as date), try_cast(e.last_value as date))
    ) as total_change,
    100 * (e.last_number - e.first_number) / nullif(abs(e.first_number), 0) as total_change_pct,
    case when r.revised then r.change end as largest_change,
    case when r.revised then 100 * r.change / nullif(abs(r.former_number), 0) end as largest_change_pct,
    case when r.revised then r.former_vintage end as largest_from_vintage,
    case when r.revised then r.vintage_id end as largest_to_vintage
from ends as e
inner join ranked as r
    on r.table_name = e.table_name and r.figure = e.figure and r.column_name = e.column_name
    and r.publisher = e.publisher and r.size = 1
