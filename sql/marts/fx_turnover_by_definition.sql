-- One row per survey year and definition of turnover: the newest vintage, or nothing where none exists. Estimates of single
-- authors are left out. A centre's figure that states its basis goes before one that does not; of two figures that came out
-- on one day, the unrounded one is taken.
with candidates as (
    select
        survey_year,
        case
            when instrument = 'traditional' and basis = 'gross' then 'world_traditional_gross'
            when instrument = 'traditional' then 'world_traditional'
            when basis = 'net_gross' then 'world_all_net_gross'
            else 'world_all_net_net'
        end as turnover_definition,
        turnover_usd_bn, is_derived, vintage_id, source_id, label, known_on, true as is_comparable
    from bis_fx_turnover
    where instrument in ('traditional', 'all_instruments') and not is_derived
    union all
    select
        survey_year,
        case iso3 when 'USA' then 'us_market' else 'london' end,
        turnover_usd_bn, is_derived, vintage_id, source_id, label, known_on, basis <> 'not_stated'
    from bis_fx_turnover_by_country
    where iso3 in ('USA', 'GBR') and basis in ('net_gross', 'net', 'not_stated')
),

newest as (
    select survey_year, turnover_definition, turnover_usd_bn, is_derived, vintage_id, source_id
    from candidates
    where turnover_usd_bn is not null
    qualify row_number() over (
        partition by survey_year, turnover_definition
        order by
            is_comparable desc, known_on desc, coalesce(label, '') like '%rounded%', source_id, vintage_id desc
    ) = 1
),

with_sum as (
    select survey_year, turnover_definition, turnover_usd_bn, is_derived, vintage_id, source_id
    from newest
    union all
    select
        l.survey_year, 'london_plus_us', l.turnover_usd_bn + u.turnover_usd_bn, l.is_derived or u.is_derived,
        l.vintage_id || case when u.vintage_id = l.vintage_id then '' else ' ' || u.vintage_id end,
        l.source_id || case when u.source_id = l.source_id then '' else ' ' || u.source_id end
    from newest as l
    inner join newest as u on u.survey_year = l.survey_year and u.turnover_definition = 'us_market'
    where l.turnover_definition = 'london'
)

select
    y.survey_year,
    d.turnover_definition,
    w.turnover_usd_bn,
    w.is_derived,
    w.vintage_id as vintages,
    w.source_id as sources
from (select distinct survey_year from with_sum) as y
cross join codelist_fx_turnover_definitions as d
left join with_sum as w on w.survey_year = y.survey_year and w.turnover_definition = d.turnover_definition
