-- Groups whose code is not known to be a group of the bundled editions, and economies that nobody here knows.
select
    m.area,
    m.year,
    'its area is no economy or group that is known here (codelists countries and country_codes)' as left_out,
    cast(null as varchar) as remark
from mapped as m
left join codelist_countries as c on c.iso3 = trim(m.area)
left join codelist_country_codes as k on k.publisher = 'weo' and k.code = trim(m.area)
where c.iso3 is null and k.code is null
