-- Growth of the four against the world over the ten years up to each year. Growth of several economies is weighted by their
-- GDP at purchasing power parity of the year before, that of the world likewise over every economy of the same edition. Where
-- no growth is published, the rise of a share of the world stands for it: in percent of the share a year, not compounded.
with growing as (
    select g.iso3, g.year, g.real_growth_pct as growth, before.gdp_ppp_intl_bn as weight
    from gdp_world_shares as g
    inner join gdp_world_shares as before
        on before.series = g.series and before.iso3 = g.iso3 and before.year = g.year - 1
    where g.series = 'weo_2019' and g.real_growth_pct is not null and before.gdp_ppp_intl_bn is not null
),

members as (
    select d.definition, m.iso3
    from country_memberships as m
    cross join lateral (
        values
            ('four_together'), (case when m.iso3 <> 'HKG' then 'without_hong_kong' end),
            (case when m.iso3 <> 'TWN' then 'without_taiwan' end),
            (case m.iso3 when 'HKG' then 'hong_kong' when 'KOR' then 'korea' when 'SGP' then 'singapore' else 'taiwan' end)
    ) as d (definition)
    where m.group_code = 'ASIAN_TIGERS' and d.definition is not null
    union all
    select 'world', iso3 from (select distinct iso3 from growing)
),

yearly as (
    select m.definition, g.year, (sum(g.weight * g.growth) / sum(g.weight))::decimal(12, 6) as growth
    from members as m
    inner join growing as g on g.iso3 = m.iso3
    group by m.definition, g.year
),

decades as (
    select definition, year, avg(growth) over ten as growth, count(*) over ten as years
    from yearly
    window ten as (partition by definition order by year rows between 9 preceding and current row)
),

leads as (
    select d.definition, d.year, d.growth, w.growth as world, d.growth - w.growth as lead
    from decades as d
    inner join decades as w on w.definition = 'world' and w.year = d.year
    where d.definition <> 'world' and d.years = 10
),

shares as (
    select s.definition, g.year, sum(s.share) as share
    from gdp_world_shares as g
    inner join country_memberships as m on m.group_code = 'ASIAN_TIGERS' and m.iso3 = g.iso3
    cross join lateral (
        values ('ppp_share_' || g.series, g.gdp_ppp_share_pct), ('market_share_' || g.series, g.gdp_usd_share_pct)
    ) as s (definition, share)
    where g.series <> 'weo_2019' and s.share is not null
    group by s.definition, g.year, g.series
    having count(*) = case g.series when 'world_bank' then 3 else 4 end
)

select
    l.definition, m.measure, l.year::varchar as period, m.value, m.unit, null::decimal(12, 6) as claimed_value,
    'ten years up to this one' as note
from leads as l
cross join lateral (
    values
        ('lead_points', l.lead, 'percentage points a year'), ('growth_10y_pct', l.growth, 'percent a year'),
        ('world_growth_10y_pct', l.world, 'percent a year')
) as m (measure, value, unit)
union all
select 'four_together', 'tigers_ahead', year::varchar, count(*) filter (where lead > 0), 'of the four economies', 4, null
from leads
where definition in ('hong_kong', 'korea', 'singapore', 'taiwan')
group by year
union all
select s.definition, m.measure, s.year::varchar, m.value, m.unit, null, 'ten years up to this one'
from shares as s
left join shares as b on b.definition = s.definition and b.year = s.year - 10
cross join lateral (
    values
        ('share_pct', s.share, 'percent of world GDP'),
        ('lead_points', 10 * (s.share / b.share - 1), 'percent of the share a year')
) as m (measure, value, unit)
where m.value is not null
