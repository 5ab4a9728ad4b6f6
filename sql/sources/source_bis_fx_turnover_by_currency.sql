-- Codes that are no currency known here: newcomers.
select
    m.currency,
    m.survey_year,
    m.basis,
    'the code ' || m.currency || ' is no currency of the codelist currencies' as left_out,
    cast(null as varchar) as remark
from mapped as m
left join codelist_currencies as c on c.currency = m.currency
where c.currency is null
