-- One definition per group of holders and per basis of reserves; one measure per kind of trading that is divided by them, and
-- one with the talk's own two trillion dollars, in 2001 and every survey since. The newest reserves at hand up to the end of a
-- survey's year are used. The world's headline is that of its day: the traditional instruments to 2007, all since.
with cover as (
    select
        survey_year::varchar as period, definition, turnover_definition, reserves_year, members, reserves_usd_bn,
        turnover_usd_bn, turnover_to_reserves_ratio as times, turnover_vintages, if(survey_year = 2001, 4, null) as claimed_value,
        case when reserves_usd_bn is null then 'no edition of these reserves had been published' end as no_reserves
    from reserves_cover
    where survey_year >= 2001
),

holdings as (
    select
        period, definition, any_value(claimed_value) as claimed_value, max(reserves_year) as reserves_year,
        max(members) as members, max(reserves_usd_bn) as reserves_usd_bn, max(no_reserves) as no_reserves,
        coalesce(
            max(times) filter (where turnover_definition = 'world_traditional'),
            max(times) filter (where turnover_definition = 'world_all_net_net')
        ) as times
    from cover
    group by period, definition
)

select
    definition, 'trading_over_reserves_' || turnover_definition as measure, period, times as value,
    'times the reserves' as unit, claimed_value,
    case
        when turnover_usd_bn is null then 'no figure of this turnover is at hand for ' || period
        else coalesce(
            no_reserves, turnover_vintages || ' over reserves at the end of ' || reserves_year || ' (' || members || ')'
        )
    end as note
from cover
union all
select
    definition, 'trading_over_reserves_world_headline', period, times, 'times the reserves', claimed_value,
    if(times is null, 'no turnover of the world, or no reserves, at hand for ' || period, null)
from holdings
union all
select
    definition, 'trading_over_reserves_as_claimed', period, cast(2000 / nullif(reserves_usd_bn, 0) as decimal(18, 6)),
    'times the reserves', 4,
    coalesce(no_reserves, 'the talk''s own 2 trillion dollars over reserves at the end of ' || reserves_year)
from holdings
where period = '2001'
union all
select
    definition, 'reserves_usd_bn', period, reserves_usd_bn, 'billions of US dollars', null,
    coalesce(no_reserves, members || ' at the end of ' || reserves_year)
from holdings
union all
select
    definition, 'implied_turnover_usd_bn', period, 4 * reserves_usd_bn, 'billions of US dollars a day',
    if(period = '2001', 2000, null),
    coalesce(no_reserves, 'the turnover with which the claim would be right, beside the 2 trillion that the talk names')
from holdings
