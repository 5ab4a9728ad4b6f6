-- Japan's trade agreements by each step that can be dated: signed, notified, in force; at the end of each year since 1995 and
-- on the day of the talk. What followed (days to the first step, steps since) is missing, not zero, while no later day of
-- anybody's agreement can be seen.
with horizon as (
    select
        max(greatest(first_signed, first_notified, in_force_from, inactive_from)) as newest_day
    from trade_agreements
),

steps as (
    select d.definition, d.step_on, p.inactive_from, d.keep, p.name
    from trade_agreement_parties as p
    cross join lateral (
        values
            ('signed', p.first_signed, not p.is_accession), ('signed_with_accessions', p.first_signed, true),
            ('signed_in_east_asia', p.first_signed, not p.is_accession and p.region = 'East Asia'),
            ('notified', p.first_notified, not p.is_accession), ('in_force', p.in_force_from, not p.is_accession)
    ) as d (definition, step_on, keep)
    where p.party = 'JPN' and d.step_on is not null and d.keep
),

definitions (definition) as (
    values ('signed'), ('signed_with_accessions'), ('signed_in_east_asia'), ('notified'), ('in_force')
),

days as (
    select make_date(unnest(generate_series(1995, year(newest_day) - 1))::integer, 12, 31) as day from horizon
    union
    select least(newest_day, date '2001-12-06') from horizon
    union
    select newest_day from horizon
),

counted as (
    select
        x.definition, d.day, h.newest_day,
        count(s.step_on) filter (
            where s.step_on <= d.day and (x.definition <> 'in_force' or coalesce(s.inactive_from > d.day, true))
        ) as agreements,
        count(s.step_on) filter (where s.step_on between date '2001-12-07' and d.day) as since_talk,
        min(s.step_on) filter (where s.step_on > date '2001-12-06' and s.step_on <= d.day) as first_on,
        string_agg(s.name || ' ' || s.step_on, ', ' order by s.step_on, s.name) filter (
            where year(s.step_on) = year(d.day) and s.step_on <= d.day
        ) as of_the_year
    from definitions as x
    cross join days as d
    cross join horizon as h
    left join steps as s on x.definition = s.definition
    group by x.definition, d.day, h.newest_day
)

select
    c.definition, m.measure,
    case
        when c.day = least(c.newest_day, date '2001-12-06') then '2001-12-06'
        when c.day = make_date(year(c.day), 12, 31) then year(c.day)::varchar
        else c.day::varchar
    end as period,
    m.value, m.unit, null::decimal(28, 6) as claimed_value, c.of_the_year as note
from counted as c
cross join lateral (
    values
        ('agreements', c.agreements, 'agreements of Japan'),
        ('since_talk', if(c.day > date '2001-12-06', c.since_talk, null), 'agreements since the talk'),
        ('years_watched', if(c.day > date '2001-12-06', (c.day - date '2001-12-06') / 365.25, null), 'years since the talk'),
        ('days_to_first', if(c.day > date '2001-12-06', c.first_on - date '2001-12-06', null), 'days from the talk to the first')
) as m (measure, value, unit)
