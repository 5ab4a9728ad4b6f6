-- Which economies belong to which group, and from when to when. An empty date means: at all dates.
select
    m.group_code,
    g.name as group_name,
    m.iso3,
    m.member_from,
    m.member_to,
    m.note
from codelist_country_memberships m
left join codelist_country_groups g on g.group_code = m.group_code
