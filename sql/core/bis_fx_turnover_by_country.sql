-- One row per survey, centre, basis, vintage and source. The basis of one centre is net-gross: only trades between its own
-- dealers are counted once, so centres added together exceed the world's net-net turnover.
select
    cast(s.survey_year as integer) as survey_year,
    coalesce(m.iso3, s.country) as iso3,
    coalesce(b.basis, s.basis) as basis,
    s.vintage_id,
    s.source_id,
    s.turnover_usd_bn,
    s.share_pct,
    s.share_is_computed,
    c.kind = 'derived' as is_derived,
    s.series_key,
    s.label,
    s.note,
    last_day(coalesce(
        strptime(s.survey_year || ' ' || s.survey_month, '%Y %B'),
        strptime(s.survey_year || ' December', '%Y %B')
    )) as period_end,
    v.known_on
from source_bis_fx_turnover_by_country as s
left join codelist_country_codes as m on m.publisher = 'bis' and m.code = s.country
left join codelist_fx_basis_codes as b on b.as_published = s.basis and b.scope = 'centre'
left join source_bis_vintages as v on v.vintage_id = s.vintage_id
left join source_bis_citations as c on c.source_id = s.source_id
