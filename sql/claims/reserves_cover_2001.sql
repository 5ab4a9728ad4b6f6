-- One definition per group of holders and per basis of reserves; one measure per kind of trading that is divided by them, and
-- one with the talk's own two trillion dollars. The newest reserves at hand up to the end of 2001 are used.
with wanted as (
    select
        h.holders || case s.basis when 'with_gold' then '_with_gold' else '_without_gold' end as definition,
        h.holders, s.reserve_series, d.turnover_definition
    from codelist_reserve_holder_groups as h
    cross join codelist_reserve_series as s
    cross join codelist_fx_turnover_definitions as d
    where s.reserve_series in ('with_gold_wdi', 'without_gold_ewn')
),

cover as (
    select
        w.definition, w.turnover_definition, m.reserves_year, m.members, m.reserves_usd_bn, m.turnover_usd_bn,
        m.turnover_to_reserves_ratio, m.turnover_vintages
    from wanted as w
    left join fx_turnover_vs_reserves as m
        on m.holders = w.holders and m.reserve_series = w.reserve_series
        and m.turnover_definition = w.turnover_definition and m.survey_year = 2001
    qualify row_number() over (
        partition by w.definition, w.turnover_definition
        order by m.reserves_usd_bn is null, m.reserves_year desc
    ) = 1
),

holdings as (
    select distinct definition, members, reserves_year, reserves_usd_bn from cover
)

select
    definition, 'trading_over_reserves_' || turnover_definition as measure, '2001' as period,
    turnover_to_reserves_ratio as value, 'times the reserves' as unit, 4 as claimed_value,
    case
        when turnover_usd_bn is null then 'no figure of this turnover is at hand for 2001'
        when reserves_usd_bn is null then 'no edition of these reserves had been published'
        else turnover_vintages || ' over reserves at the end of ' || reserves_year || ' (' || members || ')'
    end as note
from cover
union all
select
    definition, 'trading_over_reserves_as_claimed', '2001', cast(2000 / nullif(reserves_usd_bn, 0) as decimal(18, 6)),
    'times the reserves', 4,
    case when reserves_usd_bn is null then 'no edition of these reserves had been published'
        else 'the talk''s own 2 trillion dollars over reserves at the end of ' || reserves_year end
from holdings
union all
select
    definition, 'reserves_usd_bn', '2001', reserves_usd_bn, 'billions of US dollars', null,
    case when reserves_usd_bn is null then 'no edition of these reserves had been published'
        else members || ' at the end of ' || reserves_year end
from holdings
union all
select
    definition, 'implied_turnover_usd_bn', '2001', 4 * reserves_usd_bn, 'billions of US dollars a day', 2000,
    case when reserves_usd_bn is null then 'no edition of these reserves had been published'
        else 'the turnover with which the claim would be right, beside the 2 trillion that the talk names' end
from holdings
