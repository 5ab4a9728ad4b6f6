-- One row per dated step. A step known only by its year or month counts from the last day of that year or month.
select
    e.reporter,
    e.date as date_published,
    case length(e.date)
        when 4 then e.date || '-12-31'
        when 7 then last_day(try_cast(e.date || '-01' as date))::varchar
        else coalesce(e.date, v.known_on::varchar)
    end as event_on,
    e.event,
    e.product,
    e.exporters,
    e.detail,
    e.vintage_id,
    e.source_id
from source_trade_press_antidumping_events as e
left join vintages as v on e.vintage_id = v.vintage_id
