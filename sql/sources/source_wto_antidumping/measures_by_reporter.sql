-- One row per member and year and one for the whole period; a last year that the table has only in part is named by its
-- half. Members are found by name, the line of totals is the world. A name that nobody knows stays.
with names as (
    select lower(code) as name, iso3
    from codelist_country_codes
    where publisher = 'rta'
    union
    select lower(name) as name, iso3
    from codelist_countries
    union
    select lower(name) as name, iso3
    from codelist_wto_antidumping_names
),

known as (
    select name, min(iso3) as iso3
    from names
    group by name
)

select
    if(l."Year" = 'Total', 'AD measures (by reporting member) total', 'AD measures (by reporting member)') as series,
    'WTO table' as compiled_by,
    coalesce(n.iso3, l."Member") as reporter,
    'WLD' as exporter,
    case
        when l."Year" = 'Total' then left(l."From", 4) || '-' || left(l."To", 4) || if(l."To" like '%-06-30', 'H1', '')
        when l."To" = l."Year" || '-06-30' then l."Year" || 'H1'
        else l."Year"
    end as period,
    if(l."Year" = 'Total', l."From", l."Year" || '-01-01') as period_start,
    if(l."Year" in ('Total', left(l."To", 4)), l."To", l."Year" || '-12-31') as period_end,
    l."Measures" as value,
    if(l."Year" = 'Total', 'total', 'by column position, sums to total') as alignment
from live as l
left join known as n on n.name = lower(l."Member")
