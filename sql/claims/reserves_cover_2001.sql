-- One definition per group of holders and per basis of reserves; one measure per kind of trading that is divided by them, and
-- one with the talk's own two trillion dollars. The newest reserves at hand up to the end of 2001 are used.
with cover as (
    select
        definition, turnover_definition, reserves_year, members, reserves_usd_bn, turnover_usd_bn,
        turnover_to_reserves_ratio, turnover_vintages,
        case when reserves_usd_bn is null then 'no edition of these reserves had been published' end as no_reserves
    from reserves_cover
    where survey_year = 2001
),

holdings as (
    select distinct definition, reserves_year, members, reserves_usd_bn, no_reserves from cover
)

select
    definition, 'trading_over_reserves_' || turnover_definition as measure, '2001' as period,
    turnover_to_reserves_ratio as value, 'times the reserves' as unit, 4 as claimed_value,
    case
        when turnover_usd_bn is null then 'no figure of this turnover is at hand for 2001'
        else coalesce(
            no_reserves, turnover_vintages || ' over reserves at the end of ' || reserves_year || ' (' || members || ')'
        )
    end as note
from cover
union all
select
    definition, 'trading_over_reserves_as_claimed', '2001', cast(2000 / nullif(reserves_usd_bn, 0) as decimal(18, 6)),
    'times the reserves', 4,
    coalesce(no_reserves, 'the talk''s own 2 trillion dollars over reserves at the end of ' || reserves_year)
from holdings
union all
select
    definition, 'reserves_usd_bn', '2001', reserves_usd_bn, 'billions of US dollars', null,
    coalesce(no_reserves, members || ' at the end of ' || reserves_year)
from holdings
union all
select
    definition, 'implied_turnover_usd_bn', '2001', 4 * reserves_usd_bn, 'billions of US dollars a day', 2000,
    coalesce(no_reserves, 'the turnover with which the claim would be right, beside the 2 trillion that the talk names')
from holdings
