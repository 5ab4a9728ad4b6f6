-- One row per survey year, definition of turnover, group of holders, series of reserves and year end: that before the
-- survey and that after it. A turnover or a reserve that does not exist leaves the ratios empty.
with pairs as (
    select h.holders, s.reserve_series
    from codelist_reserve_holder_groups as h
    cross join codelist_reserve_series as s
),

year_ends as (
    select survey_year, turnover_definition, turnover_usd_bn, is_derived, vintages, survey_year as reserves_year
    from fx_turnover_by_definition
    union all
    select survey_year, turnover_definition, turnover_usd_bn, is_derived, vintages, survey_year - 1
    from fx_turnover_by_definition
)

select
    t.survey_year,
    t.turnover_definition,
    t.reserves_year,
    p.holders,
    p.reserve_series,
    r.members,
    r.reserves_usd_bn,
    t.turnover_usd_bn,
    cast(r.reserves_usd_bn / nullif(t.turnover_usd_bn, 0) as decimal(18, 6)) as reserves_in_turnover_days,
    cast(t.turnover_usd_bn / nullif(r.reserves_usd_bn, 0) as decimal(18, 6)) as turnover_to_reserves_ratio,
    t.is_derived as turnover_is_derived,
    t.vintages as turnover_vintages,
    r.vintages as reserves_vintages
from year_ends as t
cross join pairs as p
left join reserves_by_holder_group as r
    on r.year = t.reserves_year and r.holders = p.holders and r.reserve_series = p.reserve_series
