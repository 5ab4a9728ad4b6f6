-- The list as the page has it on the day that it calls its last update. The page does not name the review: the connector
-- refuses a sum that is not that of the 14th.
select
    coalesce(m.iso3, l.ISOCODE) as iso3,
    l.Member as member,
    '14th General Review' as review,
    strftime(strptime(l."Last Updated", '%B %d, %Y'), '%Y-%m-%d') as as_of,
    cast(cast(replace(l."Millions of SDRs", ',', '') as decimal(12, 1)) as varchar) as quota_sdr_mn,
    l."Percent of Total Quota" as share_published_pct,
    'published' as value_kind,
    cast(null as varchar) as rounding_error_sdr_mn,
    'votes ' || replace(l.Number, ',', '') || ' (' || l."Percent of Total Votes" || '%)' as note,
    strftime(strptime(l."Last Updated", '%B %d, %Y'), '%Y-%m-%d') as known_on
from live as l
left join codelist_country_codes as m on m.publisher = 'imf' and m.code = l.ISOCODE
