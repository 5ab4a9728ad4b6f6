-- Agreements in force at each year's end since 1990, and on the day of the talk, beside those at the end of the tenth year
-- before, in the world and in Asia and by every way of counting. On a past day the row of the talk is that of the newest day
-- at hand up to it.
with days as (
    select
        *,
        case
            when as_of_date = max(as_of_date) filter (where as_of_date <= date '2001-12-06') over (partition by area)
                then '2001-12-06'
            when as_of_date = make_date(year(as_of_date), 12, 31) then year(as_of_date)::varchar
            else as_of_date::varchar
        end as period
    from trade_agreements_in_force
    where area in ('world', 'asia', 'east_asia', 'within_east_asia')
),

counted as (
    select t.area || '_' || c.counting as definition, t.as_of_date, t.period, c.in_force, t.notified_in_year, t.entered_in_year
    from days as t
    cross join lateral (
        values
            ('with_accessions', t.in_force), ('without_accessions', t.in_force_without_accessions),
            ('by_name', t.in_force_by_name), ('without_uk_since_2020', t.in_force_without_uk_since_2020),
            ('notified_once', t.in_force_notified), ('notified_twice', t.notifications_in_force)
    ) as c (counting, in_force)
    where t.area = 'world' or c.counting in ('with_accessions', 'by_name', 'notified_once')
),

compared as (
    select n.*, o.in_force as before
    from counted as n
    left join counted as o
        on n.definition = o.definition and o.as_of_date = make_date(year(n.as_of_date) - 10, 12, 31)
    where year(n.as_of_date) >= 1990
)

select
    c.definition, m.measure, c.period, m.value, m.unit, null::decimal(28, 6) as claimed_value,
    if(m.measure = 'in_force' and c.period = '2001-12-06' and c.as_of_date <> date '2001-12-06', 'on ' || c.as_of_date, null)
        as note
from compared as c
cross join lateral (
    values
        ('in_force', c.in_force, 'agreements in force'),
        ('ten_years_before', c.before, 'agreements in force at the end of the tenth year before'),
        ('times_ten_years_before', c.in_force / nullif(c.before, 0), 'times as many'),
        ('twice_ten_years_before', 2 * c.before, 'agreements in force'),
        ('notified_in_year', if(contains(c.definition, '_notified_once'), c.notified_in_year, null), 'agreements'),
        ('entered_in_year', if(contains(c.definition, '_with_accessions'), c.entered_in_year, null), 'agreements')
) as m (measure, value, unit)
where m.value is not null or m.measure in ('in_force', 'times_ten_years_before')
