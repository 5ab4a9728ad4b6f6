-- Options are printed with the other instruments; others without options are not what is printed.
select
    instrument,
    survey_year,
    basis,
    'no turnover of options stands beside that of other instruments' as left_out,
    cast(null as varchar) as remark
from mapped
where instrument = 'other'
