-- New disputes between the United States and Japan per five years, beside those of all members: `before` is the span that ended
-- with the year of the talk (or all since 1995), `since` all spans after it together. A span that has not begun has no row, so
-- on the day of the talk nothing is known of what followed. Two rates are compared by the part of the disputes of both that came
-- before: were nothing changed, it would be the part of the years (or of all members' disputes) that came before.
with counted as (
    select
        d.definition, w.first_year, w.last_year, max(w.years_covered) as years, max(w.all_disputes) as all_disputes,
        sum(w.disputes) + if(d.definition = 'unknown_parties_too', max(w.unknown_parties), 0) as disputes,
        if(bool_and(w.is_whole), null, 'counted to the newest dispute at hand') as note
    from (
        values
            ('per_ds_number', 'ds_number', null), ('base_since_1995', 'ds_number', null),
            ('per_occasion', 'occasion', null), ('brought_alone', 'brought_alone', null),
            ('with_panel', 'with_panel', null), ('third_parties_too', 'third_party_too', null),
            ('unknown_parties_too', 'ds_number', null),
            ('us_complains', 'ds_number', 'us_v_japan'), ('japan_complains', 'ds_number', 'japan_v_us')
    ) as d (definition, counting, direction)
    inner join wto_disputes_by_span as w
        on w.pair = 'us_japan' and d.counting = w.counting and coalesce(d.direction = w.direction, true)
    group by d.definition, w.first_year, w.last_year
    union all
    select
        'us_investigations', year(period_start), year(period_end), 5, all_actions, actions,
        'investigations opened by the United States on Japan and on all exporters'
    from antidumping_by_exporter
    where definition = 'us_initiations_five_years' and eu = 'apart' and exporter = 'JPN'
        and year(period_end) % 5 = 1 and year(period_end) >= 2001
),

before as (
    select
        definition, sum(disputes) as disputes, sum(all_disputes) as all_disputes, sum(years) as years,
        sum(disputes) / nullif(sum(years), 0) as a_year, 100 * sum(disputes) / nullif(sum(all_disputes), 0) as pct
    from counted
    where last_year <= 2001 and (first_year = 1997 or definition = 'base_since_1995')
    group by definition
),

since as (
    select
        definition, last_year, sum(disputes) over so_far as disputes, sum(all_disputes) over so_far as all_disputes,
        sum(years) over so_far as years
    from counted
    where first_year > 2001
    window so_far as (partition by definition order by first_year)
)

select
    c.definition, m.measure, c.first_year || '-' || c.last_year as period, m.value, m.unit,
    null::decimal(28, 6) as claimed_value, c.note
from counted as c
inner join before as b on c.definition = b.definition
left join since as s on c.definition = s.definition and c.last_year = s.last_year
cross join lateral (
    values
        ('disputes', c.disputes, 'new disputes'),
        ('years_covered', c.years, 'years'),
        ('a_year', c.disputes / nullif(c.years, 0), 'new disputes a year'),
        ('share_pct', 100 * c.disputes / nullif(c.all_disputes, 0), 'percent'),
        ('before_a_year', if(s.years is null, null, b.a_year), 'new disputes a year'),
        ('before_share_pct', if(s.years is null, null, b.pct), 'percent'),
        ('since_disputes', s.disputes, 'new disputes'),
        ('since_years', s.years, 'years'),
        ('since_a_year', s.disputes / nullif(s.years, 0), 'new disputes a year'),
        ('since_share_pct', 100 * s.disputes / nullif(s.all_disputes, 0), 'percent'),
        ('before_part_pct', 100 * b.disputes / nullif(b.disputes + s.disputes, 0), 'percent of the two spans'' disputes'),
        (
            'interval_low_pct', exact_interval_low_pct(b.disputes::bigint, (b.disputes + s.disputes)::bigint),
            'percent of the two spans'' disputes'
        ),
        ('part_of_years_pct', 100 * b.years / (b.years + s.years), 'percent of the two spans'' years'),
        (
            'part_of_all_pct', 100 * b.all_disputes / nullif(b.all_disputes + s.all_disputes, 0),
            'percent of the two spans'' disputes of all members'
        ),
        ('break_even_disputes', if(s.years is null, null, b.a_year * s.years), 'new disputes')
) as m (measure, value, unit)
where c.first_year >= 1997 or c.definition = 'base_since_1995'
