-- How much of its trade East Asia does with itself, and the most that North America's share can have been: no more than East
-- Asia trades outside itself, and no more than North America trades outside itself, in each direction. North America's share
-- is not at hand, so its rows are empty.
with shares as (
    select
        n.name || m.basis as definition, t.year, m.intra,
        case when t.exports_usd_bn is not null then m.at_most end as at_most, t.note
    from trade_within_blocs as t
    inner join (
        values
            ('EAST_ASIA_14', 'without_hong_kong'), ('EAST_ASIA_16', 'with_hong_kong'), ('ASEAN_10', 'asean'), ('ASIA', 'asia_wto')
    ) as n (bloc, name) on n.bloc = t.bloc
    left join trade_within_blocs as a on a.bloc = 'NAFTA' and a.year = t.year
    cross join lateral (
        values
            (
                '_trade', t.intra_share_of_trade_pct,
                100 * (
                    least(t.exports_usd_bn - t.intra_exports_usd_bn, a.imports_usd_bn - a.intra_exports_usd_bn)
                    + least(t.imports_usd_bn - t.intra_exports_usd_bn, a.exports_usd_bn - a.intra_exports_usd_bn)
                ) / (t.exports_usd_bn + t.imports_usd_bn)
            ),
            (
                '_exports', t.intra_share_of_exports_pct,
                100 * least(t.exports_usd_bn - t.intra_exports_usd_bn, a.imports_usd_bn - a.intra_exports_usd_bn)
                / t.exports_usd_bn
            )
    ) as m (basis, intra, at_most)
    where m.intra is not null
),

compared as (
    select
        s.definition, s.year, s.intra, s.at_most, s.note,
        case when s.year > 1964 then s.intra - f.intra end as since_1964,
        case when s.year > 1992 then s.intra - n.intra end as since_1992
    from shares as s
    left join shares as f on f.definition = s.definition and f.year = 1964
    left join shares as n on n.definition = s.definition and n.year = 1992
)

select
    c.definition, m.measure, c.year::varchar as period, m.value, m.unit, null::decimal(12, 6) as claimed_value,
    case when m.measure = 'north_america_share_pct' then 'not at hand: no flow between two blocs is' else c.note end as note
from compared as c
cross join lateral (
    values
        ('intra_share_pct', c.intra, 'percent'),
        ('north_america_share_pct', null, 'percent'),
        ('north_america_at_most_pct', c.at_most, 'percent'),
        ('change_since_1964_points', c.since_1964, 'percentage points'),
        ('change_since_1992_points', c.since_1992, 'percentage points')
) as m (measure, value, unit)
where m.value is not null or m.measure = 'north_america_share_pct'
