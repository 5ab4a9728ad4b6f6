-- The world's turnover a day in every survey, in the two counts of all instruments that the BIS publishes. The survey that
-- the claim is about has a row with or without a figure.
select
    turnover_definition as definition,
    'turnover_usd_bn' as measure,
    cast(survey_year as varchar) as period,
    turnover_usd_bn as value,
    'billions of US dollars a day' as unit,
    case when survey_year = 2025 then 9600 end as claimed_value,
    coalesce(vintages || ' in ' || sources, 'no figure of this survey is at hand') as note
from fx_turnover_by_definition
where turnover_definition in ('world_all_net_net', 'world_all_net_gross')
  and (turnover_usd_bn is not null or survey_year = 2025)
