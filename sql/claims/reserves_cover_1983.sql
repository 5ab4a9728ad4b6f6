-- One definition per group of holders and per basis of reserves; one measure per kind of trading that they are divided by.
-- No turnover of the world exists for 1983: those measures are empty and say so.
with cover as (
    select
        definition, turnover_definition, is_widest, reserves_year, members, reserves_usd_bn, turnover_usd_bn,
        reserves_in_turnover_days as days, turnover_vintages, turnover_is_derived,
        case when reserves_usd_bn is null then 'no edition of these reserves had been published' end as no_reserves
    from reserves_cover
    where survey_year = 1983
)

select
    definition, 'days_of_' || turnover_definition as measure, '1983' as period, days as value,
    'days of turnover' as unit, 3 as claimed_value,
    case
        when turnover_usd_bn is null then 'no figure of this turnover exists for 1983'
        else coalesce(
            no_reserves, 'reserves at the end of ' || reserves_year || ' (' || members || ') over ' || turnover_vintages
            || if(turnover_is_derived, ', partly derived from later figures', '')
        )
    end as note
from cover
union all
select
    definition, 'days_of_widest_turnover', '1983', days, 'days of turnover', 3,
    case
        when turnover_usd_bn is null then 'no turnover at all is at hand for 1983'
        else coalesce(
            no_reserves, 'over ' || turnover_definition || ', the widest turnover on record and a part of the world''s'
        )
    end
from cover where is_widest
union all
select
    definition, 'reserves_usd_bn', '1983', reserves_usd_bn, 'billions of US dollars', null,
    coalesce(no_reserves, members || ' at the end of ' || reserves_year)
from cover where is_widest
union all
select
    definition, 'implied_turnover_usd_bn', '1983', reserves_usd_bn / 3, 'billions of US dollars a day', null,
    coalesce(no_reserves, 'the turnover with which the claim would be right')
from cover where is_widest
union all
select definition, 'widest_turnover_usd_bn', '1983', turnover_usd_bn, 'billions of US dollars a day', null, turnover_definition
from cover where is_widest
