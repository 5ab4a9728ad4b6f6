-- Groups, and members that nobody here knows.
select
    m.iso3,
    m.review,
    'its area is no economy of the codelist countries' as left_out,
    cast(null as varchar) as remark
from mapped as m
left join codelist_countries as c on c.iso3 = m.iso3 and c.kind = 'economy'
where c.iso3 is null
