-- How much trade stays within three blocs of constant members, every fourth year, and how that has moved since 2000, the last
-- year before the talk. A year before then has a level but no change, so the forecast stays open until figures follow.
with levels as (
    select
        case bloc when 'EU15_NAFTA_EAST_ASIA' then 'eu15' else 'eu28' end || m.name as definition, year, m.within_pct,
        m.unit, note
    from trade_within_blocs
    cross join lateral (
        values
            ('_inward', within_share_of_blocs_pct, 'percent of exports within and between the blocs'),
            ('_of_world', within_share_of_world_pct, 'percent of world exports')
    ) as m (name, within_pct, unit)
    where bloc in ('EU15_NAFTA_EAST_ASIA', 'EU28_NAFTA_EAST_ASIA')
    union all
    select
        c.definition, t.year, sum(t.intra_share_of_world_pct), 'percent of world exports',
        string_agg(distinct t.note, '; ' order by t.note)
    from trade_within_blocs as t
    inner join (
        values
            ('eu15_without_hong_kong_of_world', 'EU15', 'EAST_ASIA_14'),
            ('eu12_of_world', 'EU12', 'EAST_ASIA_16'),
            ('western_europe_of_world', 'WESTERN_EUROPE', 'EAST_ASIA_16')
    ) as c (definition, europe, asia) on t.bloc in (c.europe, c.asia, 'NAFTA')
    group by c.definition, t.year
    having count(t.intra_share_of_world_pct) = 3
),

moved as (
    select
        l.definition, l.year, l.within_pct, l.unit, l.note,
        case when l.year > 2000 then l.within_pct - b.within_pct end as since_2000,
        case when l.year > 2004 then l.within_pct - a.within_pct end as since_2004
    from levels as l
    left join levels as b on b.definition = l.definition and b.year = 2000
    left join levels as a on a.definition = l.definition and a.year = 2004
    where l.within_pct is not null
)

select
    d.definition, m.measure, d.year::varchar as period, m.value, m.unit, null::decimal(12, 6) as claimed_value, d.note
from moved as d
cross join lateral (
    values
        ('within_pct', d.within_pct, d.unit),
        ('change_since_2000_points', d.since_2000, 'percentage points'),
        ('change_since_2004_points', d.since_2004, 'percentage points')
) as m (measure, value, unit)
where m.value is not null
