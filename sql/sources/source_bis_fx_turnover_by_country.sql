-- Codes that are no centre known here: groups and newcomers.
select
    m.country,
    m.survey_year,
    m.basis,
    'the code ' || m.country || ' is no centre of the codelist country_codes' as left_out,
    cast(null as varchar) as remark
from mapped as m
left join codelist_country_codes as k on k.publisher = 'bis' and k.code = m.country
where k.code is null
