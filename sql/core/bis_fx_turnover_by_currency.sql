-- One row per survey, currency, basis, vintage and source. Each trade has two currencies, so shares add up to 200 percent.
select
    cast(s.survey_year as integer) as survey_year,
    s.currency,
    coalesce(b.basis, s.basis) as basis,
    s.vintage_id,
    s.source_id,
    s.turnover_usd_bn,
    s.share_pct as share_of_200_pct,
    s.share_is_computed,
    s.share_as_printed_pct as share_of_200_as_printed_pct,
    s.label,
    s.note,
    last_day(strptime(s.survey_year || ' ' || s.survey_month, '%Y %B')) as period_end,
    v.known_on
from source_bis_fx_turnover_by_currency as s
left join codelist_fx_basis_codes as b on b.as_published = s.basis and b.scope = 'currency'
left join source_bis_vintages as v on v.vintage_id = s.vintage_id
