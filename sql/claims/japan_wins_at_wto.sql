-- Adopted rulings between the United States and Japan in both directions, and on all of Japan's complaints.
-- Each definition is a way of counting rulings, a rule of who won and a reading of the contested ones.
with definitions (definition, counting_unit, winning_rule, reading) as (
    values
        ('per_ds_number_violation', 'ds_number', 'violation_found', 'as_counted'),
        ('per_ds_number_recommendation', 'ds_number', 'recommendation_made', 'as_counted'),
        ('per_report_violation', 'panel_report', 'violation_found', 'as_counted'),
        ('per_report_recommendation', 'panel_report', 'recommendation_made', 'as_counted'),
        ('per_adoption_violation', 'adoption', 'violation_found', 'as_counted'),
        ('per_adoption_recommendation', 'adoption', 'recommendation_made', 'as_counted'),
        ('per_report_violation_conflicts_as_found', 'panel_report', 'violation_found', 'conflicts_as_found'),
        ('per_report_violation_conflicts_omitted', 'panel_report', 'violation_found', 'conflicts_omitted'),
        ('per_report_violation_clear_only', 'panel_report', 'violation_found', 'clear_only'),
        ('per_report_violation_after_talk', 'panel_report', 'violation_found', 'after_talk')
),

parties as (
    select
        ds_number,
        bool_or(member = 'JPN' and role = 'complainant') as japan_complains,
        bool_or(member = 'JPN' and role = 'complainant') and bool_or(member = 'USA' and role = 'respondent') as japan_v_us,
        bool_or(member = 'USA' and role = 'complainant') and bool_or(member = 'JPN' and role = 'respondent') as us_v_japan
    from wto_dispute_parties
    group by ds_number
),

rulings as (
    select
        d.definition,
        r.ruling_id,
        bool_or(p.japan_complains) as japan_complains,
        bool_or(p.japan_v_us) as japan_v_us,
        bool_or(p.us_v_japan) as us_v_japan,
        bool_or(
            case
                when r.contested_kind = 'conflicting_texts' and d.reading = 'conflicts_as_found' then true
                when r.contested_kind = 'conflicting_texts' and d.reading = 'conflicts_omitted' then null
                when r.contested_kind is not null and d.reading = 'clear_only' then null
                when r.decided_on <= date '2001-12-06' and d.reading = 'after_talk' then null
                else r.complainant_prevailed
            end
        ) as won
    from definitions as d
    inner join wto_rulings as r on d.counting_unit = r.counting_unit and d.winning_rule = r.winning_rule
    inner join parties as p on r.ds_number = p.ds_number
    group by d.definition, r.ruling_id
),

counts as (
    select
        d.definition,
        count(*) filter (where r.won is not null and r.japan_v_us) as japan_complaints,
        count(*) filter (where r.won and r.japan_v_us) as japan_complaints_won,
        count(*) filter (where r.won is not null and r.us_v_japan) as us_complaints,
        count(*) filter (where r.won and r.us_v_japan) as us_complaints_won,
        count(*) filter (where (r.won and r.japan_v_us) or (not r.won and r.us_v_japan)) as japan_won,
        count(*) filter (where (not r.won and r.japan_v_us) or (r.won and r.us_v_japan)) as us_won,
        count(*) filter (where r.won is not null and r.japan_complains) as all_complaints,
        count(*) filter (where r.won and r.japan_complains) as all_complaints_won
    from definitions as d
    left join rulings as r on d.definition = r.definition
    group by d.definition
),

measured as (
    select
        c.definition,
        unnest([
            {'measure': 'japan_complaints',
                'value': c.japan_complaints::decimal(28, 6), 'unit': 'rulings on complaints against the USA'},
            {'measure': 'japan_complaints_won', 'value': c.japan_complaints_won, 'unit': 'rulings'},
            {'measure': 'japan_complaints_won_pct',
                'value': 100 * c.japan_complaints_won / nullif(c.japan_complaints, 0), 'unit': 'percent'},
            {'measure': 'japan_complaints_interval_low_pct',
                'value': exact_interval_low_pct(c.japan_complaints_won, nullif(c.japan_complaints, 0)), 'unit': 'percent'},
            {'measure': 'japan_complaints_interval_high_pct',
                'value': exact_interval_high_pct(c.japan_complaints_won, nullif(c.japan_complaints, 0)), 'unit': 'percent'},
            {'measure': 'us_complaints', 'value': c.us_complaints, 'unit': 'rulings on complaints against Japan'},
            {'measure': 'us_complaints_won', 'value': c.us_complaints_won, 'unit': 'rulings'},
            {'measure': 'us_complaints_won_pct',
                'value': 100 * c.us_complaints_won / nullif(c.us_complaints, 0), 'unit': 'percent'},
            {'measure': 'japan_won', 'value': c.japan_won, 'unit': 'rulings of both directions'},
            {'measure': 'us_won', 'value': c.us_won, 'unit': 'rulings of both directions'},
            {'measure': 'japan_won_pct',
                'value': 100 * c.japan_won / nullif(c.japan_won + c.us_won, 0), 'unit': 'percent'},
            {'measure': 'interval_low_pct',
                'value': exact_interval_low_pct(c.japan_won, nullif(c.japan_won + c.us_won, 0)), 'unit': 'percent'},
            {'measure': 'interval_high_pct',
                'value': exact_interval_high_pct(c.japan_won, nullif(c.japan_won + c.us_won, 0)), 'unit': 'percent'},
            {'measure': 'all_complaints', 'value': c.all_complaints, 'unit': 'rulings on all complaints of Japan'},
            {'measure': 'all_complaints_won', 'value': c.all_complaints_won, 'unit': 'rulings'},
            {'measure': 'all_complaints_won_pct',
                'value': 100 * c.all_complaints_won / nullif(c.all_complaints, 0), 'unit': 'percent'}
        ], recursive := true)
    from counts as c
)

select
    m.definition,
    m.measure,
    if(ends_with(m.definition, 'after_talk'), 'since 2001-12-07', '1995-' || year(n.newest)) as period,
    m.value,
    m.unit,
    case when m.measure = 'japan_won_pct' then 50 end as claimed_value,
    case when m.value is null then 'no ruling to count' end as note
from measured as m
cross join (select max(decided_on) as newest from wto_rulings) as n
