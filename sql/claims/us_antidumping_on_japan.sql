-- Japan among the exporters hit by anti-dumping of the United States: orders in force on 1 December 2001, and measures and
-- investigations since 1980, since 1995 and in each five years. A period in which Japan was not hit is zero, ranked after all
-- that were. break-even: the actions on the third most hit of the others, which keep Japan among the first three.
with counts as (
    select
        definition || if(eu = 'together', '_eu_together', '') as definition, period, period_end, exporter, actions, all_actions,
        rank_best, tied_with
    from antidumping_by_exporter
    where definition like 'us\_%' escape '\' and year(period_end) >= 1990
),

periods as (
    select
        definition, period, max(all_actions) as all_actions, count(*) as exporters,
        coalesce(max(actions) filter (where exporter = 'JPN'), 0) as japan,
        coalesce(max(rank_best) filter (where exporter = 'JPN'), count(*) + 1) as rank,
        max(tied_with) filter (where exporter = 'JPN') as tied_with,
        list_sort(list(actions) filter (where exporter <> 'JPN'), 'desc')[3] as third,
        string_agg(exporter || ' ' || actions, ', ' order by actions desc, exporter) filter (where rank_best <= 3) as first_three
    from counts
    group by definition, period
)

select
    p.definition, m.measure, p.period, m.value, m.unit, null::decimal(28, 6) as claimed_value,
    case
        when p.tied_with > 0 and m.measure = 'rank' then 'tied with ' || p.tied_with || if(p.tied_with = 1, ' other; ', ' others; ') || p.first_three
        when m.measure = 'rank' then p.first_three
    end as note
from periods as p
cross join lateral (
    values
        ('japan_actions', p.japan, 'actions on Japan'),
        ('all_actions', p.all_actions, 'actions'),
        ('share_pct', 100 * p.japan / p.all_actions, 'percent'),
        ('interval_low_pct', exact_interval_low_pct(p.japan::bigint, p.all_actions::bigint), 'percent'),
        ('even_share_pct', 100 / p.exporters, 'percent'),
        ('rank', p.rank, 'rank; 1 is the most hit'),
        ('third_most_hit_actions', p.third, 'actions')
) as m (measure, value, unit)
