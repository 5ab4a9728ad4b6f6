-- One definition per group of holders and per basis of reserves; one measure per kind of trading that they are divided by.
-- No turnover of the world exists for 1986: those measures are empty and say so.
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
        m.reserves_in_turnover_days, m.turnover_vintages, coalesce(m.turnover_is_derived, false) as is_derived
    from wanted as w
    left join fx_turnover_vs_reserves as m
        on m.holders = w.holders and m.reserve_series = w.reserve_series
        and m.turnover_definition = w.turnover_definition and m.survey_year = 1986
    qualify row_number() over (
        partition by w.definition, w.turnover_definition
        order by m.reserves_usd_bn is null, m.reserves_year desc
    ) = 1
),

widest as (
    select definition, turnover_definition, reserves_in_turnover_days, turnover_usd_bn, members, reserves_year, reserves_usd_bn
    from cover
    qualify row_number() over (
        partition by definition order by turnover_usd_bn desc nulls last, turnover_definition
    ) = 1
)

select
    definition, 'days_of_' || turnover_definition as measure, '1986' as period,
    reserves_in_turnover_days as value, 'days of turnover' as unit, 1 as claimed_value,
    case
        when turnover_usd_bn is null then 'no figure of this turnover exists for 1986'
        when reserves_usd_bn is null then 'no edition of these reserves had been published'
        else 'reserves at the end of ' || reserves_year || ' (' || members || ') over ' || turnover_vintages
            || case when is_derived then ', partly derived from later figures' else '' end
    end as note
from cover
union all
select
    definition, 'days_of_widest_turnover', '1986', reserves_in_turnover_days, 'days of turnover', 1,
    case
        when turnover_usd_bn is null then 'no turnover at all is at hand for 1986'
        when reserves_usd_bn is null then 'no edition of these reserves had been published'
        else 'over ' || turnover_definition || ', the widest turnover on record and a part of the world''s'
    end
from widest
union all
select
    definition, 'reserves_usd_bn', '1986', reserves_usd_bn, 'billions of US dollars', null,
    case when reserves_usd_bn is null then 'no edition of these reserves had been published'
        else members || ' at the end of ' || reserves_year end
from widest
union all
select
    definition, 'implied_turnover_usd_bn', '1986', reserves_usd_bn / 1, 'billions of US dollars a day', null,
    case when reserves_usd_bn is null then 'no edition of these reserves had been published'
        else 'the turnover with which the claim would be right' end
from widest
union all
select
    definition, 'widest_turnover_usd_bn', '1986', turnover_usd_bn, 'billions of US dollars a day', null, turnover_definition
from widest
