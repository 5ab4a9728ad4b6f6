-- One row per count (codelist antidumping_exporter_counts: a series of one compiler and how its periods are added), reading
-- of the EU, period and exporter. Ranks are competition ranks: one more than the exporters above, so equals share a rank.
-- Where a figure is known only between bounds or not every exporter is listed, rank_best and rank_worst differ: the actions
-- on exporters that are not listed (`rest`) could lie on as many of them as would fit above.
with newest as (
    select series, compiler, reporter, exporter, exporter_code, period, period_start, period_end, actions
    from antidumping_actions
    where actions is not null
    qualify row_number() over (
        partition by series, compiler, reporter, exporter_code, period order by known_on desc, vintage_id desc, source_id
    ) = 1
),

figures as (
    select
        c.definition, c.first_year::integer as first_year, c.years::integer as years, n.series,
        c.lists_every_exporter::boolean as lists_all, coalesce(c.first_year, c.years) is not null as by_year,
        n.exporter, n.period, n.period_start, n.period_end, n.actions
    from codelist_antidumping_exporter_counts as c
    inner join newest as n on c.series = n.series and c.compiler = n.compiler and c.reporter = n.reporter
),

periods as (
    select distinct definition, series, lists_all, by_year, period, period_start, period_end
    from figures
    where not by_year
    union all
    select
        definition, series, lists_all, by_year, year(starts) || '-' || year(period_end) as period, starts as period_start,
        period_end
    from (
        select distinct
            definition, series, lists_all, by_year, period_end,
            make_date(coalesce(first_year, year(period_end) - years + 1), 1, 1) as starts,
            min(period_start) over (partition by definition) as oldest
        from figures
        where by_year
    )
    where starts >= oldest and starts < period_end
),

sums as (
    select
        p.definition, p.lists_all, p.by_year, p.period, p.period_start, p.period_end, e.eu,
        case when e.eu = 'together' and m.iso3 is not null then 'EUN' else f.exporter end as exporter,
        sum(f.actions)::bigint as actions, bool_or(m.iso3 is not null) as has_members,
        count(distinct f.period_end) as years_at_hand
    from periods as p
    inner join figures as f
        on p.definition = f.definition and f.period_start >= p.period_start and f.period_end <= p.period_end
        and (f.by_year or f.period = p.period)
    cross join (values ('apart'), ('together')) as e (eu)
    left join country_memberships as m
        on m.group_code = 'EUN' and f.exporter = m.iso3
        and f.period_end >= m.member_from and coalesce(f.period_end <= m.member_to, true)
    group by all
),

bounds as (
    select exporter, period, min(actions) as low, max(actions) as high
    from newest
    where series in ('measures_by_exporter_lower_bound', 'measures_by_exporter_upper_bound')
    group by exporter, period
    having count(*) = 2
),

listed as (
    select
        definition, lists_all, period, period_start, period_end, eu, exporter, actions, actions as low, actions as high,
        bool_or(has_members) over (partition by definition, eu) as has_members
    from sums
    where lists_all or not by_year or years_at_hand = year(period_end) - year(period_start) + 1
    union all
    select p.definition, p.lists_all, p.period, p.period_start, p.period_end, 'apart', b.exporter, null, b.low, b.high, false
    from periods as p
    inner join bounds as b on p.period = b.period and p.series = 'measures_by_exporter'
),

totalled as (
    select
        *,
        case
            when lists_all then sum(low) over wave
            else max(actions) filter (where exporter = 'WLD') over wave
        end as all_actions,
        sum(low) filter (where exporter <> 'WLD') over wave as listed_actions
    from listed
    where eu = 'apart' or has_members
    window wave as (partition by definition, eu, period)
)

select
    t.definition, t.eu, t.period, t.period_start, t.period_end, t.exporter, t.actions, t.low as actions_low,
    t.high as actions_high, t.all_actions, 100 * t.actions / t.all_actions as share_pct,
    1 + count(*) filter (where o.low > t.high) as rank_best,
    1 + count(*) filter (where o.high > t.low and o.exporter <> t.exporter)
    + (t.all_actions - t.listed_actions) // (t.low + 1) as rank_worst,
    count(*) filter (where o.low = t.low and o.high = t.high) - 1 as tied_with
from totalled as t
inner join totalled as o
    on t.definition = o.definition and t.eu = o.eu and t.period = o.period and o.exporter <> 'WLD'
where t.exporter <> 'WLD'
group by
    t.definition, t.eu, t.period, t.period_start, t.period_end, t.exporter, t.actions, t.low, t.high, t.all_actions,
    t.listed_actions
