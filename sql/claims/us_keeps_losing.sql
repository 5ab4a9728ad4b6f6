-- Adopted rulings with the United States as respondent and as complainant, beside all members' and all others'.
-- Each definition is a way of counting rulings, a rule of who won and a reading of the contested ones. A ruling whose result
-- the rule cannot tell belongs in no count.
with definitions (definition, counting_unit, winning_rule, reading) as (
    values
        ('per_ds_number_violation', 'ds_number', 'violation_found', 'as_counted'),
        ('per_ds_number_recommendation', 'ds_number', 'recommendation_made', 'as_counted'),
        ('per_report_violation', 'panel_report', 'violation_found', 'as_counted'),
        ('per_report_recommendation', 'panel_report', 'recommendation_made', 'as_counted'),
        ('per_adoption_violation', 'adoption', 'violation_found', 'as_counted'),
        ('per_adoption_recommendation', 'adoption', 'recommendation_made', 'as_counted'),
        ('per_report_violation_conflicts_as_found', 'panel_report', 'violation_found', 'conflicts_as_found'),
        ('per_report_violation_conflicts_as_not_found', 'panel_report', 'violation_found', 'conflicts_as_not_found'),
        ('per_report_violation_conflicts_omitted', 'panel_report', 'violation_found', 'conflicts_omitted'),
        ('per_report_violation_clear_only', 'panel_report', 'violation_found', 'clear_only'),
        ('per_report_violation_after_talk', 'panel_report', 'violation_found', 'after_talk')
),

parties as (
    select
        ds_number,
        bool_or(member = 'USA' and role = 'respondent') as us_answers,
        bool_or(member = 'USA' and role = 'complainant') as us_complains
    from wto_dispute_parties
    group by ds_number
),

rulings as (
    select
        d.definition,
        r.ruling_id,
        bool_or(p.us_answers) as us_answers,
        bool_or(p.us_complains) as us_complains,
        bool_or(
            case
                when r.contested_kind = 'conflicting_texts' and d.reading = 'conflicts_as_found' then true
                when r.contested_kind = 'conflicting_texts' and d.reading = 'conflicts_as_not_found' then false
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
        count(*) filter (where r.won is not null and r.us_answers) as rulings,
        count(*) filter (where r.won and r.us_answers) as lost,
        count(*) filter (where r.won is not null) as base_rulings,
        count(*) filter (where r.won) as base_lost,
        count(*) filter (where r.won is not null and not r.us_answers) as others_rulings,
        count(*) filter (where r.won and not r.us_answers) as others_lost,
        count(*) filter (where r.won is not null and r.us_complains) as complaints,
        count(*) filter (where r.won and r.us_complains) as complaints_won,
        count(*) filter (where r.won is not null and not r.us_complains) as others_complaints,
        count(*) filter (where r.won and not r.us_complains) as others_complaints_won,
        count(*) filter (where (r.won and r.us_answers) or (not r.won and r.us_complains)) as lost_either_side,
        count(*) filter (where r.won is not null and (r.us_answers or r.us_complains)) as rulings_either_side
    from definitions as d
    left join rulings as r on d.definition = r.definition
    group by d.definition
),

measured as (
    select
        c.definition,
        unnest([
            {'measure': 'rulings', 'value': c.rulings::decimal(28, 6), 'unit': 'rulings against or for the respondent USA'},
            {'measure': 'lost', 'value': c.lost, 'unit': 'rulings'},
            {'measure': 'lost_pct', 'value': 100 * c.lost / nullif(c.rulings, 0), 'unit': 'percent'},
            {'measure': 'interval_low_pct',
                'value': exact_interval_low_pct(c.lost, nullif(c.rulings, 0)), 'unit': 'percent'},
            {'measure': 'interval_high_pct',
                'value': exact_interval_high_pct(c.lost, nullif(c.rulings, 0)), 'unit': 'percent'},
            {'measure': 'base_rulings', 'value': c.base_rulings, 'unit': 'rulings of all members'},
            {'measure': 'base_rate_pct', 'value': 100 * c.base_lost / nullif(c.base_rulings, 0), 'unit': 'percent'},
            {'measure': 'others_rulings', 'value': c.others_rulings, 'unit': 'rulings of all members but the USA'},
            {'measure': 'others_rate_pct',
                'value': 100 * c.others_lost / nullif(c.others_rulings, 0), 'unit': 'percent'},
            {'measure': 'complaints', 'value': c.complaints, 'unit': 'rulings on complaints of the USA'},
            {'measure': 'complaints_won', 'value': c.complaints_won, 'unit': 'rulings'},
            {'measure': 'complaints_won_pct',
                'value': 100 * c.complaints_won / nullif(c.complaints, 0), 'unit': 'percent'},
            {'measure': 'complaints_interval_low_pct',
                'value': exact_interval_low_pct(c.complaints_won, nullif(c.complaints, 0)), 'unit': 'percent'},
            {'measure': 'complaints_interval_high_pct',
                'value': exact_interval_high_pct(c.complaints_won, nullif(c.complaints, 0)), 'unit': 'percent'},
            {'measure': 'others_complaints_won_pct',
                'value': 100 * c.others_complaints_won / nullif(c.others_complaints, 0), 'unit': 'percent'},
            {'measure': 'lost_either_side_pct',
                'value': 100 * c.lost_either_side / nullif(c.rulings_either_side, 0), 'unit': 'percent'}
        ], recursive := true)
    from counts as c
)

select
    m.definition,
    m.measure,
    if(ends_with(m.definition, 'after_talk'), 'since 2001-12-07', '1995-' || year(n.newest)) as period,
    m.value,
    m.unit,
    null::decimal(28, 6) as claimed_value,
    case when m.value is null then 'no ruling to count' end as note
from measured as m
cross join (select max(decided_on) as newest from wto_rulings) as n
