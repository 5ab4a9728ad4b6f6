-- One row per survey, instrument, basis, vintage and source. "Total" meant the traditional instruments in surveys before
-- 1998 and means all instruments in the tables since 2007 and in today's net-net and net-gross tables of any survey.
-- The source's one row without any figure (how many countries took part in 1986) is no turnover and is left out.
select
    cast(s.survey_year as integer) as survey_year,
    case
        when s.instrument = 'total'
             and (s.basis in ('net-net', 'net-gross') or cast(s.survey_year as integer) >= 2007)
            then 'all_instruments'
        when s.instrument = 'total' and cast(s.survey_year as integer) < 1998 then 'traditional'
        else coalesce(i.instrument, s.instrument)
    end as instrument,
    coalesce(b.basis, s.basis) as basis,
    s.vintage_id,
    s.source_id,
    s.turnover_usd_bn,
    s.share_pct,
    c.kind in ('derived', 'estimate') as is_derived,
    s.label,
    s.note,
    last_day(coalesce(
        strptime(s.survey_year || ' ' || s.survey_month, '%Y %B'),
        strptime(s.survey_year || ' December', '%Y %B')
    )) as period_end,
    v.known_on
from source_bis_fx_turnover as s
left join codelist_fx_instrument_codes as i on i.as_published = s.instrument
left join codelist_fx_basis_codes as b on b.as_published = s.basis and b.scope = 'world'
left join source_bis_vintages as v on v.vintage_id = s.vintage_id
left join source_bis_citations as c on c.source_id = s.source_id
where s.turnover_usd_bn is not null or s.share_pct is not null
