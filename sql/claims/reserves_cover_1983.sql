-- One definition per group of holders and per basis of reserves; one measure per kind of trading that they are divided by, in
-- 1983 and every survey since. No turnover of the world exists for 1983: those measures are empty and say so. The world's
-- headline is that of its day: the traditional instruments to 2007, all instruments since.
with cover as (
    select
        survey_year::varchar as period, definition, turnover_definition, is_widest, reserves_year, members, reserves_usd_bn,
        turnover_usd_bn, reserves_in_turnover_days as days, turnover_vintages, turnover_is_derived,
        if(survey_year = 1983, 3, null) as claimed_value,
        case when reserves_usd_bn is null then 'no edition of these reserves had been published' end as no_reserves
    from reserves_cover
    where survey_year >= 1983
),

headline as (
    select
        period, definition, any_value(claimed_value) as claimed_value,
        coalesce(
            max(days) filter (where turnover_definition = 'world_traditional'),
            max(days) filter (where turnover_definition = 'world_all_net_net')
        ) as days
    from cover
    group by period, definition
)

select
    definition, 'days_of_' || turnover_definition as measure, period, days as value, 'days of turnover' as unit, claimed_value,
    case
        when turnover_usd_bn is null then 'no figure of this turnover exists for ' || period
        else coalesce(
            no_reserves, 'reserves at the end of ' || reserves_year || ' (' || members || ') over ' || turnover_vintages
            || if(turnover_is_derived, ', partly derived from later figures', '')
        )
    end as note
from cover
union all
select
    definition, 'days_of_widest_turnover', period, days, 'days of turnover', claimed_value,
    case
        when turnover_usd_bn is null then 'no turnover at all is at hand for ' || period
        else coalesce(
            no_reserves,
            'over ' || turnover_definition || ', the widest turnover on record'
            || if(starts_with(turnover_definition, 'world'), '', ' and a part of the world''s')
        )
    end
from cover where is_widest
union all
select
    definition, 'days_of_world_headline', period, days, 'days of turnover', claimed_value,
    if(days is null, 'no turnover of the world, or no reserves, at hand for ' || period, null)
from headline
union all
select
    definition, 'reserves_usd_bn', period, reserves_usd_bn, 'billions of US dollars', null,
    coalesce(no_reserves, members || ' at the end of ' || reserves_year)
from cover where is_widest
union all
select
    definition, 'implied_turnover_usd_bn', period, reserves_usd_bn / 3, 'billions of US dollars a day', null,
    coalesce(no_reserves, 'the turnover with which the claim would be right')
from cover where is_widest
union all
select definition, 'widest_turnover_usd_bn', period, turnover_usd_bn, 'billions of US dollars a day', null, turnover_definition
from cover where is_widest
