-- Agreements of China with ASEAN as a whole, or with one of its members, at the end of each year since the talk, and years from
-- the talk to each step of the agreement between China and ASEAN. While no later day of anybody's agreement can be seen,
-- everything is missing, not zero.
with newest as (
    select *
    from trade_agreements
    qualify row_number() over (partition by rta_id order by edition_known_on desc, vintage_id desc) = 1
),

horizon as (
    select max(greatest(first_signed, first_notified, in_force_from, inactive_from)) as newest_day from newest
),

partners as (
    select c.rta_id, bool_or(o.party = 'ASEAN') as with_asean
    from trade_agreement_parties as c
    inner join trade_agreement_parties as o on c.rta_id = o.rta_id
    left join country_memberships as m on m.group_code = 'ASEAN' and o.party = m.iso3
    where c.party = 'CHN' and (o.party = 'ASEAN' or m.iso3 is not null)
    group by c.rta_id
),

steps as (
    select s.definition, s.step_on, n.name
    from newest as n
    inner join partners as p on n.rta_id = p.rta_id
    cross join lateral (
        values
            ('goods_in_force', n.in_force_goods, p.with_asean), ('services_in_force', n.in_force_services, p.with_asean),
            ('goods_signed', n.signed_goods, p.with_asean), ('services_signed', n.signed_services, p.with_asean),
            ('goods_notified', n.notified_goods, p.with_asean), ('services_notified', n.notified_services, p.with_asean),
            ('with_one_member', n.in_force_from, not p.with_asean and n.composition = 'Bilateral'),
            ('with_any_member', n.in_force_from, true)
    ) as s (definition, step_on, keep)
    where s.keep and s.step_on > date '2001-12-06'
),

definitions (definition) as (
    values ('goods_in_force'), ('services_in_force'), ('goods_signed'), ('services_signed'), ('goods_notified'),
        ('services_notified'), ('with_one_member'), ('with_any_member')
),

days as (
    select make_date(unnest(generate_series(2002, year(newest_day) - 1))::integer, 12, 31) as day from horizon
    union
    select newest_day from horizon where newest_day > date '2001-12-06'
)

select
    c.definition, m.measure,
    if(c.day = make_date(year(c.day), 12, 31), year(c.day)::varchar, c.day::varchar) as period,
    m.value, m.unit, if(m.measure = 'years_to_first', 10, null) as claimed_value, c.names as note
from (
    select
        x.definition, d.day, count(s.step_on) as agreements, (min(s.step_on) - date '2001-12-06') / 365.25 as years_to_first,
        (d.day - date '2001-12-06') / 365.25 as years_watched,
        string_agg(s.name || ' ' || s.step_on, ', ' order by s.step_on, s.name) as names
    from definitions as x
    cross join days as d
    left join steps as s on x.definition = s.definition and s.step_on <= d.day
    group by x.definition, d.day
) as c
cross join lateral (
    values
        ('agreements', c.agreements, 'agreements'), ('years_to_first', c.years_to_first, 'years from the talk'),
        ('years_watched', c.years_watched, 'years from the talk')
) as m (measure, value, unit)
