-- Japan's economy year by year in each way of measuring it, and its change since 1995 and since 1990. Shares of the world come
-- from one edition each. Beside them the dollar rate at which its dollar value would have been that of 1995, and, for the
-- claim's other half, Japan's share of the IMF's quotas.
with sized as (
    select 'real' as definition, year, real_gdp_lcu_bn as level, 'billions of yen at constant prices' as unit
    from gdp_world_shares
    where iso3 = 'JPN' and series = 'weo_newest'
    union all
    select 'yen', year, gdp_lcu_bn, 'billions of yen' from gdp_world_shares where iso3 = 'JPN' and series = 'weo_newest'
    union all
    select 'dollars_' || series, year, gdp_usd_bn, 'billions of US dollars' from gdp_world_shares where iso3 = 'JPN'
    union all
    select 'market_share_' || series, year, gdp_usd_share_pct, 'percent of world GDP' from gdp_world_shares where iso3 = 'JPN'
    union all
    select 'ppp_share_' || series, year, gdp_ppp_share_pct, 'percent of world GDP' from gdp_world_shares where iso3 = 'JPN'
),

rates as (
    select year, gdp_lcu_bn / gdp_usd_bn as yen_per_usd, gdp_lcu_bn
    from gdp_world_shares
    where iso3 = 'JPN' and series = 'weo_2019'
),

changed as (
    select
        s.definition, s.year, s.level, s.unit,
        100 * (s.level / p.level - 1) as on_year,
        case when s.year > 1990 then 100 * (s.level / e.level - 1) end as since_1990,
        case when s.year > 1995 then 100 * (s.level / b.level - 1) end as since_1995,
        case when s.definition = 'dollars_weo_2019' then r.yen_per_usd end as yen_per_usd,
        case when s.definition = 'dollars_weo_2019' and s.year > 1995 then r.gdp_lcu_bn / b.level end as break_even
    from sized as s
    left join sized as p on p.definition = s.definition and p.year = s.year - 1
    left join sized as e on e.definition = s.definition and e.year = 1990
    left join sized as b on b.definition = s.definition and b.year = 1995
    left join rates as r on r.year = s.year
    where s.level is not null and s.year >= 1990
)

select
    c.definition, m.measure, c.year::varchar as period, m.value, m.unit,
    null::decimal(12, 6) as claimed_value, null::varchar as note
from changed as c
cross join lateral (
    values
        ('level', c.level, c.unit),
        ('change_on_year_pct', c.on_year, 'percent'),
        ('change_since_1990_pct', c.since_1990, 'percent'),
        ('change_since_1995_pct', c.since_1995, 'percent'),
        ('yen_per_usd', c.yen_per_usd, 'yen for a dollar, as GDP in yen over GDP in dollars'),
        ('break_even_yen_per_usd', c.break_even, 'yen for a dollar')
) as m (measure, value, unit)
where m.value is not null
union all
select
    'imf_quota_share', 'quota_share_pct', year(quota_date)::varchar, quota_share_pct, 'percent of the listed quotas', null,
    review
from imf_quotas_in_effect
where iso3 = 'JPN' and status = 'in_effect'
