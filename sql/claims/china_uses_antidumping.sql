-- Anti-dumping by China, and by Japan, as each compiler counts it; figures of different compilers are never added. Japan's
-- measures by year are not at hand: those since the talk are the WTO's total less the duties known to be from 1995 to the talk,
-- one for each exporter named. What followed is missing, not zero, before a later step can be seen.
with steps as (
    select
        reporter, event, year(event_on) as year, len(string_split(exporters, ';')) as measures,
        event in ('duty imposed', 'duty decided', 'duty introduced', 'definitive duty') as is_duty,
        if(event_on <= date '2001-12-06', 'to 2001-12-06', 'since 2001-12-07') as period,
        max(event_on) over () > date '2001-12-31' as looks_beyond
    from antidumping_events
),

japan_before as (
    select coalesce(sum(measures), 0) as n from steps
    where reporter = 'JPN' and is_duty and year >= 1995 and period = 'to 2001-12-06'
),

counts as (
    select
        case
            when series = 'measures_by_reporter' then 'measures_by_year'
            when series = 'measures_by_reporter_total' then 'measures_' || replace(period, '-', '_')
            when compiler = 'secondary_booklet' then 'initiations_' || replace(period, '-', '_')
            when compiler = 'wto_press_release' then 'initiations_press_releases'
            else 'initiations_papers'
        end as definition,
        if(reporter = 'CHN', 'china', 'japan') as name, reporter, series, period, actions, to_date, rank, tied_with,
        is_inferred
    from antidumping_by_reporter
    where reporter in ('CHN', 'JPN')
),

dated as (
    select
        p.period, r.name, count(*) filter (where s.is_duty) as duties,
        count(*) filter (where s.event = 'initiation') as investigations, min(s.year) filter (where s.is_duty) as first_year
    from (values ('to 2001-12-06'), ('since 2001-12-07')) as p (period)
    cross join (values ('CHN', 'china'), ('JPN', 'japan')) as r (reporter, name)
    left join steps as s on p.period = s.period and r.reporter = s.reporter
    where p.period = 'to 2001-12-06' or (select bool_or(looks_beyond) from steps)
    group by p.period, r.name
),

japan_since as (
    select
        max(c.actions) - max(b.n) as measures,
        (select max(duties) from dated where name = 'japan' and period like 'since%') as duties
    from counts as c
    right join japan_before as b on c.name = 'japan' and c.definition = 'measures_1995_2025'
)

select
    c.definition, c.name || '_' || m.measure as measure, c.period, m.value, m.unit,
    null::decimal(28, 6) as claimed_value, m.note
from counts as c
cross join japan_since as j
cross join lateral (
    values
        (
            'actions', c.actions, if(contains(c.series, 'measures'), 'measures', 'investigations'),
            if(c.is_inferred, 'year inferred', null)
        ),
        ('total', c.to_date, 'measures since 1995', null),
        ('rank', c.rank, 'rank among the reporters listed', if(c.tied_with > 0, 'tied with ' || c.tied_with, null)),
        (
            'measures_since_talk', if(c.reporter = 'JPN', j.measures, null), 'measures',
            'total less duties known to be from before'
        )
) as m (measure, value, unit, note)
where m.value is not null
union all
select c.definition, m.measure, c.period, m.value, m.unit, null, null
from counts as c
cross join japan_since as j
cross join lateral (
    values
        ('japan_has_followed', if(j.measures > 0 or j.duties > 0, 1, 0), '1 where a measure of Japan since the talk is at hand'),
        ('japan_is_counted', if(j.measures is null, 0, 1), '1 where the WTO''s total of Japan is at hand')
) as m (measure, value, unit)
where c.definition = 'measures_by_year'
union all
select
    'dated_steps', d.name || '_' || m.measure, d.period, m.value, m.unit, null,
    'from papers and the press, far from complete'
from dated as d
cross join lateral (
    values
        ('actions', d.duties, 'duties'), ('investigations', d.investigations, 'investigations'),
        ('first_year', d.first_year, 'year')
) as m (measure, value, unit)
where d.name = 'japan' or d.period = 'to 2001-12-06'
