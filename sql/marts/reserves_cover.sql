-- One row per survey year, definition (holders and basis of their reserves) and definition of turnover, with the newest
-- reserves at hand: those of the survey's own year end or, where none are, of the one before. One series stands for each
-- basis: with gold only the World Bank has figures, without gold External Wealth of Nations has Taiwan too. The years that
-- the claims are about have rows even when nothing of them can be seen.
with surveys (survey_year) as (
    select survey_year from fx_turnover_vs_reserves
    union
    values (1983), (1986), (2001)
),

wanted as (
    select
        y.survey_year, h.holders || '_' || s.basis as definition, h.holders, s.basis, s.reserve_series, d.turnover_definition
    from surveys as y
    cross join codelist_reserve_holder_groups as h
    cross join codelist_reserve_series as s
    cross join codelist_fx_turnover_definitions as d
    where s.reserve_series in ('with_gold_wdi', 'without_gold_ewn')
),

newest as (
    select
        w.survey_year, w.definition, w.holders, w.basis, w.turnover_definition, m.reserves_year, m.members, m.reserves_usd_bn,
        m.turnover_usd_bn, m.reserves_in_turnover_days, m.turnover_to_reserves_ratio, m.turnover_is_derived,
        m.turnover_vintages
    from wanted as w
    left join fx_turnover_vs_reserves as m
        on m.holders = w.holders and m.reserve_series = w.reserve_series
        and m.turnover_definition = w.turnover_definition and m.survey_year = w.survey_year
    qualify row_number() over (
        partition by w.survey_year, w.definition, w.turnover_definition
        order by m.reserves_usd_bn is null, m.reserves_year desc
    ) = 1
)

select
    survey_year,
    definition,
    holders,
    basis,
    turnover_definition,
    row_number() over (
        partition by survey_year, definition order by turnover_usd_bn desc nulls last, turnover_definition
    ) = 1 as is_widest,
    reserves_year,
    members,
    reserves_usd_bn,
    turnover_usd_bn,
    reserves_in_turnover_days,
    turnover_to_reserves_ratio,
    turnover_is_derived,
    turnover_vintages
from newest
