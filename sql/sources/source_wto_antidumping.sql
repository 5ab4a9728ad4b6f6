-- Names of members that nobody here knows.
select
    m.series,
    m.compiled_by,
    m.reporter,
    m.exporter,
    m.period,
    'no member is known by the name ' || if(r.iso3 is null, m.reporter, m.exporter)
        || ' (codelist wto_antidumping_names)' as left_out,
    cast(null as varchar) as remark
from mapped as m
left join codelist_countries as r on r.iso3 = m.reporter
left join codelist_countries as x on x.iso3 = m.exporter
where r.iso3 is null or x.iso3 is null
