-- Adopted rulings with the United States as respondent and as complainant, beside all members' and all others', under every
-- definition of a ruling: all from 1995 (or the talk) to 2001, to every fifth year after and to the newest. A ruling without a
-- winner belongs in no count.
with ends as (
    select unnest(generate_series(2001, year(max(decided_on)), 5)) as last_year from wto_ruling_readings
    union
    select year(max(decided_on)) from wto_ruling_readings
),

counts as (
    select
        d.definition,
        e.last_year,
        count(*) filter (where r.us_answers) as rulings,
        count(*) filter (where r.us_answers and r.complainant_prevailed) as lost,
        count(r.ruling_id) as base_rulings,
        count(*) filter (where r.complainant_prevailed) as base_lost,
        count(*) filter (where not r.us_answers) as others_rulings,
        count(*) filter (where not r.us_answers and r.complainant_prevailed) as others_lost,
        count(*) filter (where r.us_complains) as complaints,
        count(*) filter (where r.us_complains and r.complainant_prevailed) as complaints_won,
        count(*) filter (where not r.us_complains) as others_complaints,
        count(*) filter (where not r.us_complains and r.complainant_prevailed) as others_complaints_won,
        count(*) filter (where if(r.complainant_prevailed, r.us_answers, r.us_complains)) as lost_either_side,
        count(*) filter (where r.us_answers or r.us_complains) as rulings_either_side
    from codelist_wto_ruling_definitions as d
    cross join ends as e
    left join wto_ruling_readings as r
        on r.definition = d.definition and r.complainant_prevailed is not null and year(r.decided_on) <= e.last_year
    group by d.definition, e.last_year
)

select
    c.definition,
    m.measure,
    if(ends_with(c.definition, 'after_talk'), 'since 2001-12-07 to ', '1995-') || c.last_year as period,
    m.value,
    m.unit,
    null::decimal(28, 6) as claimed_value,
    case when m.value is null then 'no ruling to count' end as note
from counts as c
cross join lateral (
    values
        ('rulings', c.rulings, 'rulings against or for the respondent USA'),
        ('lost', c.lost, 'rulings'),
        ('lost_pct', 100 * c.lost / nullif(c.rulings, 0), 'percent'),
        ('interval_low_pct', exact_interval_low_pct(c.lost, c.rulings), 'percent'),
        ('interval_high_pct', exact_interval_high_pct(c.lost, c.rulings), 'percent'),
        ('base_rulings', c.base_rulings, 'rulings of all members'),
        ('base_rate_pct', 100 * c.base_lost / nullif(c.base_rulings, 0), 'percent'),
        ('lost_to_win_for_half', if(c.rulings > 0, greatest(c.lost - c.rulings // 2, 0), null), 'lost rulings'),
        (
            'lost_to_win_for_others_rate', c.lost - (c.rulings * c.others_lost) // nullif(c.others_rulings, 0),
            'lost rulings; below zero where it lost less than others'
        ),
        ('others_rulings', c.others_rulings, 'rulings of all members but the USA'),
        ('others_rate_pct', 100 * c.others_lost / nullif(c.others_rulings, 0), 'percent'),
        ('complaints', c.complaints, 'rulings on complaints of the USA'),
        ('complaints_won', c.complaints_won, 'rulings'),
        ('complaints_won_pct', 100 * c.complaints_won / nullif(c.complaints, 0), 'percent'),
        ('complaints_interval_low_pct', exact_interval_low_pct(c.complaints_won, c.complaints), 'percent'),
        ('complaints_interval_high_pct', exact_interval_high_pct(c.complaints_won, c.complaints), 'percent'),
        ('others_complaints_won_pct', 100 * c.others_complaints_won / nullif(c.others_complaints, 0), 'percent'),
        ('lost_either_side_pct', 100 * c.lost_either_side / nullif(c.rulings_either_side, 0), 'percent')
) as m (measure, value, unit)
where c.last_year is not null
