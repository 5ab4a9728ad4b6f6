-- The newest full list of members' quotas, dated by the month from which on no quota in it has changed, so that the same
-- list is the same figures however often it is asked for. The service gives units of SDR, the bundled lists millions; a
-- year's figure is that of its end. It does not name the review: the connector refuses a sum that is not the 14th's.
with quotas as (
    select distinct
        length(l.COUNTRY) = 3 as is_member,   -- the others are groups
        case length(l.TIME_PERIOD) when 4 then l.TIME_PERIOD || '-12' else replace(l.TIME_PERIOD, '-M', '-') end as month,
        coalesce(m.iso3, l.COUNTRY) as iso3,
        cast(cast(l.OBS_VALUE as decimal(28, 6)) * 0.000001 as decimal(12, 1)) as quota_sdr_mn
    from live as l
    left join codelist_country_codes as m on m.publisher = 'imf' and m.code = l.COUNTRY
),

lists as (
    select month, string_agg(iso3 || ' ' || quota_sdr_mn, ', ' order by iso3, quota_sdr_mn) as list
    from quotas
    where is_member
    group by month
    having count(distinct iso3) >= 150
),

newest as (
    select month, list
    from lists
    where month = (select max(l.month) from lists as l)
)

select
    q.iso3,
    coalesce(c.name, q.iso3) as member,
    '14th General Review' as review,
    (select min(l.month) from lists as l where l.list = n.list) as as_of,
    cast(q.quota_sdr_mn as varchar) as quota_sdr_mn,
    cast(null as varchar) as share_published_pct,
    'published' as value_kind,
    cast(null as varchar) as rounding_error_sdr_mn,
    cast(null as varchar) as note
from quotas as q
inner join newest as n on n.month = q.month
left join codelist_countries as c on c.iso3 = q.iso3
