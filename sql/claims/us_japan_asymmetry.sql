-- The United States over Japan, year by year, in each thing that both have: output, quotas, reserves, imports, disputes.
with newest_imports as (
    select iso3, year, imports_usd_bn
    from trade_in_goods_and_services
    where imports_usd_bn is not null
    qualify row_number() over (partition by iso3, year order by known_on desc, vintage_id desc) = 1
),

figures as (
    select 'market_' || series as definition, iso3, year, gdp_usd_bn as figure, 'billions of US dollars' as unit
    from gdp_world_shares
    union all
    select 'ppp_' || series, iso3, year, gdp_ppp_intl_bn, 'billions of international dollars' from gdp_world_shares
    union all
    select 'imf_quota', iso3, year(quota_date), quota_sdr_mn, 'millions of SDR'
    from imf_quotas_in_effect
    where status = 'in_effect'
    union all
    select 'reserves_' || reserve_series, iso3, year, reserves_usd_bn, 'billions of US dollars' from reserves_by_economy
    union all
    select 'imports', iso3, year, imports_usd_bn, 'billions of US dollars' from newest_imports
    union all
    select 'wto_' || role, member, year(as_of_date), filed, 'disputes up to the end of the year'
    from wto_dispute_scorecard
    where
        counting_unit = 'ds_number' and winning_rule = 'violation_found'
        and as_of_date = make_date(year(as_of_date), 12, 31)
),

compared as (
    select
        definition, year, min(unit) as unit,
        max(figure) filter (where iso3 = 'USA') as us,
        max(figure) filter (where iso3 = 'JPN') as japan
    from figures
    where iso3 in ('USA', 'JPN') and year >= 1980
    group by definition, year
    having us is not null and japan > 0
)

select
    c.definition, m.measure, c.year::varchar as period, m.value, m.unit,
    null::decimal(12, 6) as claimed_value, null::varchar as note
from compared as c
cross join lateral (
    values
        ('us_over_japan', c.us / c.japan, 'times Japan'),
        ('united_states', c.us, c.unit),
        ('japan', c.japan, c.unit),
        ('break_even_growth_pct', 100 * (c.us / c.japan / 1.5 - 1), 'percent')
) as m (measure, value, unit)
