-- New disputes of China beside those of Japan, in the same spans of five years and the same role, and all since the talk
-- together. A span that has not begun has no row, so on the day of the talk nothing is known of what followed.
with sides as (
    select
        d.definition, w.first_year, w.last_year, max(w.years_covered) as years, bool_and(w.is_whole) as is_whole,
        sum(w.disputes) filter (where w.pair = d.china_pair) as china,
        sum(w.disputes) filter (where w.pair = d.japan_pair) as japan
    from (
        values
            ('with_us', 'ds_number', 'us_china', 'us_japan', null, null),
            ('with_us_per_occasion', 'occasion', 'us_china', 'us_japan', null, null),
            ('with_us_brought_alone', 'brought_alone', 'us_china', 'us_japan', null, null),
            ('with_us_with_panel', 'with_panel', 'us_china', 'us_japan', null, null),
            ('us_complains', 'ds_number', 'us_china', 'us_japan', 'us_v_china', 'us_v_japan'),
            ('complains_of_us', 'ds_number', 'us_china', 'us_japan', 'china_v_us', 'japan_v_us'),
            ('answers_anybody', 'ds_number', 'china_answers', 'japan_answers', null, null)
    ) as d (definition, counting, china_pair, japan_pair, china_direction, japan_direction)
    inner join wto_disputes_by_span as w
        on d.counting = w.counting and w.pair in (d.china_pair, d.japan_pair)
        and (d.china_direction is null or w.direction in (d.china_direction, d.japan_direction))
    where w.first_year >= 1997
    group by d.definition, w.first_year, w.last_year
    union all
    select
        'between_the_two', first_year, last_year, max(years_covered), bool_and(is_whole),
        sum(disputes) filter (where direction = 'japan_v_china'), sum(disputes) filter (where direction = 'china_v_japan')
    from wto_disputes_by_span
    where pair = 'japan_china' and counting = 'ds_number' and first_year >= 1997
    group by first_year, last_year
    union all
    select
        'us_investigations', year(period_start), year(period_end), 5, true,
        coalesce(sum(actions) filter (where exporter = 'CHN'), 0), coalesce(sum(actions) filter (where exporter = 'JPN'), 0)
    from antidumping_by_exporter
    where definition = 'us_initiations_five_years' and eu = 'apart' and year(period_end) % 5 = 1
        and year(period_end) >= 2001
    group by period_start, period_end
),

since as (
    select
        definition, last_year, sum(china) over so_far as china, sum(japan) over so_far as japan, sum(years) over so_far as years
    from sides
    where first_year > 2001
    window so_far as (partition by definition order by first_year)
)

select
    c.definition, m.measure, c.first_year || '-' || c.last_year as period, m.value, m.unit,
    null::decimal(28, 6) as claimed_value, if(c.is_whole, null, 'counted to the newest dispute at hand') as note
from sides as c
left join since as s on c.definition = s.definition and c.last_year = s.last_year
cross join lateral (
    values
        ('china_disputes', c.china, 'new disputes'),
        ('japan_disputes', c.japan, 'new disputes'),
        ('since_years', s.years, 'years'),
        ('china_since', s.china, 'new disputes'),
        ('japan_since', s.japan, 'new disputes'),
        ('china_part_pct', 100 * s.china / nullif(s.china + s.japan, 0), 'percent'),
        ('interval_low_pct', exact_interval_low_pct(s.china::bigint, (s.china + s.japan)::bigint), 'percent'),
        ('interval_high_pct', exact_interval_high_pct(s.china::bigint, (s.china + s.japan)::bigint), 'percent')
) as m (measure, value, unit)
