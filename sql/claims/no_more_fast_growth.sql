-- Japan's growth in each year that began after the talk, the highest of them so far, and the highest of the other six of the
-- Group of Seven in the same years. A year that has no figure of Japan has no row, so a forecast without figures stays open.
with grown as (
    select 'real' as definition, iso3, year, real_growth_pct as growth
    from gdp_world_shares
    where series = 'weo_newest' and real_growth_pct is not null
    union all
    select
        m.definition, g.iso3, g.year,
        (100 * (m.level / lag(m.level) over (partition by m.definition, g.iso3 order by g.year) - 1))::decimal(12, 6)
    from gdp_world_shares as g
    cross join lateral (
        values
            ('national_currency', g.gdp_lcu_bn), ('international_dollars', g.gdp_ppp_intl_bn), ('us_dollars', g.gdp_usd_bn)
    ) as m (definition, level)
    where g.series = 'weo_newest' and m.level is not null
),

yearly as (
    select
        g.definition, g.year,
        max(g.growth) filter (where g.iso3 = 'JPN') as japan,
        max(g.growth) filter (where g.iso3 = 'USA') as us,
        max(g.growth) filter (where g.iso3 <> 'JPN') as others
    from grown as g
    inner join country_memberships as m on m.group_code = 'G7' and m.iso3 = g.iso3
    group by g.definition, g.year
    having japan is not null
),

followed as (
    select
        definition, year, japan, japan - us as ahead,
        max(japan) over so_far as highest,
        max(others) over so_far as others_highest,
        count(*) filter (where japan >= 8) over so_far as years_at_eight
    from yearly
    where year > 2001
    window so_far as (partition by definition order by year)
)

select
    f.definition, m.measure, f.year::varchar as period, m.value, m.unit,
    case when m.measure = 'highest_growth_pct' then 8 end as claimed_value, null::varchar as note
from followed as f
cross join lateral (
    values
        ('growth_pct', f.japan, 'percent a year'),
        ('highest_growth_pct', f.highest, 'percent a year, highest since 2001'),
        ('g7_highest_growth_pct', f.others_highest, 'percent a year, highest since 2001'),
        ('years_at_eight', f.years_at_eight, 'years since 2001'),
        ('short_of_eight_points', 8 - f.highest, 'percentage points'),
        ('ahead_of_us_points', f.ahead, 'percentage points')
) as m (measure, value, unit)
union all
select
    definition, 'highest_before_pct', min(year) || '-2001', max(japan), 'percent a year', null, 'years at hand up to the talk'
from yearly
where year <= 2001
group by definition
