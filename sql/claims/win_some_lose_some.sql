-- Who won each adopted ruling between the United States and Japan, in the order of adoption: the balance and the runs, to 2001,
-- to every fifth year after and to the newest.
-- Rulings of one day follow their DS numbers. Left out are the rulings after the talk alone, and conflicting texts counted as
-- not found: between these two they are counted so anyway.
with ends as (
    select unnest(generate_series(2001, year(max(decided_on)), 5)) as last_year from wto_ruling_readings
    union
    select year(max(decided_on)) from wto_ruling_readings
),

ordered as (
    select
        definition,
        last_year,
        us_japan_winner as winner,
        row_number() over (partition by definition, last_year order by decided_on, ruling_id)
        - row_number() over (partition by definition, last_year, us_japan_winner order by decided_on, ruling_id) as run
    from wto_ruling_readings
    inner join ends on year(decided_on) <= last_year
    where us_japan_winner is not null
),

runs as (
    select definition, last_year, winner, run, count(*) as length
    from ordered
    group by definition, last_year, winner, run
),

counts as (
    select
        d.definition,
        e.last_year,
        coalesce(sum(r.length), 0)::bigint as rulings,
        coalesce(sum(r.length) filter (where r.winner = 'JPN'), 0)::bigint as japan_won,
        coalesce(sum(r.length) filter (where r.winner = 'USA'), 0)::bigint as us_won,
        count(r.length) as runs,
        coalesce(max(r.length) filter (where r.winner = 'JPN'), 0) as longest_run_japan,
        coalesce(max(r.length) filter (where r.winner = 'USA'), 0) as longest_run_us
    from codelist_wto_ruling_definitions as d
    cross join ends as e
    left join runs as r on d.definition = r.definition and e.last_year = r.last_year
    where d.reading not in ('conflicts_as_not_found', 'after_talk')
    group by d.definition, e.last_year
)

select
    c.definition,
    m.measure,
    '1995-' || c.last_year as period,
    m.value,
    m.unit,
    case when m.measure = 'japan_won_pct' then 50 end as claimed_value,
    case when m.value is null then 'no ruling to count' end as note
from counts as c
cross join lateral (
    values
        ('rulings', c.rulings, 'rulings of both directions'),
        ('japan_won', c.japan_won, 'rulings'),
        ('us_won', c.us_won, 'rulings'),
        ('japan_won_pct', 100 * c.japan_won / nullif(c.rulings, 0), 'percent'),
        ('interval_low_pct', exact_interval_low_pct(c.japan_won, c.rulings), 'percent'),
        ('interval_high_pct', exact_interval_high_pct(c.japan_won, c.rulings), 'percent'),
        ('wins_of_the_weaker', least(c.japan_won, c.us_won), 'rulings'),
        ('runs', c.runs, 'runs of wins by one side'),
        ('longest_run_japan', c.longest_run_japan, 'rulings'),
        ('longest_run_us', c.longest_run_us, 'rulings')
) as m (measure, value, unit)
where c.last_year is not null
