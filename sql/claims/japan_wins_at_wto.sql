-- Adopted rulings between the United States and Japan in both directions, and on all of Japan's complaints. Left out are
-- conflicting texts counted as not found: in Japan's rulings they are counted so anyway. All from 1995 (or the talk) to 2001,
-- to every fifth year after and to the newest.
with ends as (
    select unnest(generate_series(2001, year(max(decided_on)), 5)) as last_year from wto_ruling_readings
    union
    select year(max(decided_on)) from wto_ruling_readings
),

counts as (
    select
        d.definition,
        e.last_year,
        count(r.us_japan_winner) filter (where r.direction = 'japan_v_us') as japan_complaints,
        count(*) filter (where r.direction = 'japan_v_us' and r.us_japan_winner = 'JPN') as japan_complaints_won,
        count(r.us_japan_winner) filter (where r.direction = 'us_v_japan') as us_complaints,
        count(*) filter (where r.direction = 'us_v_japan' and r.us_japan_winner = 'USA') as us_complaints_won,
        count(*) filter (where r.us_japan_winner = 'JPN') as japan_won,
        count(*) filter (where r.us_japan_winner = 'USA') as us_won,
        count(r.us_japan_winner) as rulings,
        count(r.complainant_prevailed) filter (where r.japan_complains) as all_complaints,
        count(*) filter (where r.japan_complains and r.complainant_prevailed) as all_complaints_won
    from codelist_wto_ruling_definitions as d
    cross join ends as e
    left join wto_ruling_readings as r on r.definition = d.definition and year(r.decided_on) <= e.last_year
    where d.reading <> 'conflicts_as_not_found'
    group by d.definition, e.last_year
)

select
    c.definition,
    m.measure,
    if(ends_with(c.definition, 'after_talk'), 'since 2001-12-07 to ', '1995-') || c.last_year as period,
    m.value,
    m.unit,
    case when m.measure = 'japan_won_pct' then 50 end as claimed_value,
    case when m.value is null then 'no ruling to count' end as note
from counts as c
cross join lateral (
    values
        ('japan_complaints', c.japan_complaints, 'rulings on complaints against the USA'),
        ('japan_complaints_won', c.japan_complaints_won, 'rulings'),
        ('japan_complaints_won_pct', 100 * c.japan_complaints_won / nullif(c.japan_complaints, 0), 'percent'),
        ('japan_complaints_interval_low_pct', exact_interval_low_pct(c.japan_complaints_won, c.japan_complaints), 'percent'),
        ('japan_complaints_interval_high_pct', exact_interval_high_pct(c.japan_complaints_won, c.japan_complaints), 'percent'),
        ('us_complaints', c.us_complaints, 'rulings on complaints against Japan'),
        ('us_complaints_won', c.us_complaints_won, 'rulings'),
        ('us_complaints_won_pct', 100 * c.us_complaints_won / nullif(c.us_complaints, 0), 'percent'),
        ('japan_won', c.japan_won, 'rulings of both directions'),
        ('us_won', c.us_won, 'rulings of both directions'),
        ('japan_won_pct', 100 * c.japan_won / nullif(c.rulings, 0), 'percent'),
        ('wins_to_lose_for_a_tie', if(c.rulings > 0, greatest(c.japan_won - c.us_won + 1, 0) // 2, null), 'rulings'),
        ('interval_low_pct', exact_interval_low_pct(c.japan_won, c.rulings), 'percent'),
        ('interval_high_pct', exact_interval_high_pct(c.japan_won, c.rulings), 'percent'),
        ('all_complaints', c.all_complaints, 'rulings on all complaints of Japan'),
        ('all_complaints_won', c.all_complaints_won, 'rulings'),
        ('all_complaints_won_pct', 100 * c.all_complaints_won / nullif(c.all_complaints, 0), 'percent')
) as m (measure, value, unit)
where c.last_year is not null
