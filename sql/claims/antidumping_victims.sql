-- China and the United States among the exporters hit by all members' anti-dumping actions, in every period of each count.
-- Ranks run from best to worst, since most counts do not list every exporter. An exporter that a list does not name has no
-- figure. break-even: the actions on the most hit exporter but China, which the United States would need for rank 2.
with counts as (
    select
        definition || if(eu = 'together', '_eu_together', '') as definition, period, period_end, exporter, actions,
        actions_low, all_actions, share_pct, rank_best, rank_worst, tied_with
    from antidumping_by_exporter
    where definition like 'all\_%' escape '\' and period not in ('2007', '2008')
),

periods as (
    select
        definition, period, max(all_actions) as all_actions,
        max(actions_low) filter (where exporter not in ('CHN', 'USA')) as most_of_others,
        string_agg(
            exporter || ' ' || coalesce(actions::varchar, 'at least ' || actions_low), ', '
            order by actions_low desc, exporter
        ) filter (where rank_best <= 4) as first_four
    from counts
    group by definition, period
),

hit as (
    select
        p.definition, p.period, e.name, c.exporter, c.actions, c.share_pct, c.rank_best, c.rank_worst, c.tied_with,
        p.first_four
    from periods as p
    cross join (values ('CHN', 'china'), ('USA', 'us')) as e (exporter, name)
    left join counts as c on p.definition = c.definition and p.period = c.period and e.exporter = c.exporter
)

select
    h.definition, h.name || '_' || m.measure as measure, h.period, m.value, m.unit, null::decimal(28, 6) as claimed_value,
    case
        when h.exporter is null then 'not among the exporters listed: ' || h.first_four
        when m.measure = 'rank' and h.tied_with > 0 then 'tied with ' || h.tied_with || if(h.tied_with = 1, ' other; ', ' others; ') || h.first_four
        when m.measure = 'rank' then h.first_four
        when m.measure = 'rank_worst' and m.value is null then 'no total is published, so exporters not listed may be above'
    end as note
from hit as h
cross join lateral (
    values
        ('actions', h.actions, 'investigations or measures'),
        ('share_pct', h.share_pct, 'percent'),
        ('rank', h.rank_best, 'rank'),
        ('rank_worst', h.rank_worst, 'rank at worst')
) as m (measure, value, unit)
union all
select
    definition, 'most_hit_but_china', period, most_of_others, 'investigations or measures', null,
    'more than this on the United States would make it second'
from periods
