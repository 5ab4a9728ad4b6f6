-- Who won each adopted ruling between the United States and Japan, in the order of adoption: the balance and the runs.
-- Rulings of one day follow their DS numbers. Each definition is a way of counting rulings, a rule of who won and a reading
-- of the contested ones.
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
        ('per_report_violation_clear_only', 'panel_report', 'violation_found', 'clear_only')
),

sides as (
    select ds_number, bool_or(member = 'JPN' and role = 'complainant') as japan_complains
    from wto_dispute_parties
    where member in ('USA', 'JPN') and role in ('complainant', 'respondent')
    group by ds_number
    having count(distinct member) = 2 and count(distinct role) = 2
),

rulings as (
    select
        d.definition,
        r.ruling_id,
        r.decided_on,
        bool_or(s.japan_complains) as japan_complains,
        bool_or(
            case
                when r.contested_kind = 'conflicting_texts' and d.reading = 'conflicts_as_found' then true
                when r.contested_kind = 'conflicting_texts' and d.reading = 'conflicts_omitted' then null
                when r.contested_kind is not null and d.reading = 'clear_only' then null
                else r.complainant_prevailed
            end
        ) as won
    from definitions as d
    inner join wto_rulings as r on d.counting_unit = r.counting_unit and d.winning_rule = r.winning_rule
    inner join sides as s on r.ds_number = s.ds_number
    group by d.definition, r.ruling_id, r.decided_on
),

ordered as (
    select
        definition,
        won = japan_complains as japan_won,
        row_number() over (partition by definition order by decided_on, ruling_id)
        - row_number() over (partition by definition, won = japan_complains order by decided_on, ruling_id) as run
    from rulings
    where won is not null
),

runs as (
    select definition, japan_won, run, count(*) as length
    from ordered
    group by definition, japan_won, run
),

counts as (
    select
        d.definition,
        coalesce(sum(r.length), 0)::bigint as rulings,
        coalesce(sum(r.length) filter (where r.japan_won), 0)::bigint as japan_won,
        coalesce(sum(r.length) filter (where not r.japan_won), 0)::bigint as us_won,
        count(r.length) as runs,
        coalesce(max(r.length) filter (where r.japan_won), 0) as longest_run_japan,
        coalesce(max(r.length) filter (where not r.japan_won), 0) as longest_run_us
    from definitions as d
    left join runs as r on d.definition = r.definition
    group by d.definition
),

measured as (
    select
        c.definition,
        unnest([
            {'measure': 'rulings', 'value': c.rulings::decimal(28, 6), 'unit': 'rulings of both directions'},
            {'measure': 'japan_won', 'value': c.japan_won, 'unit': 'rulings'},
            {'measure': 'us_won', 'value': c.us_won, 'unit': 'rulings'},
            {'measure': 'japan_won_pct', 'value': 100 * c.japan_won / nullif(c.rulings, 0), 'unit': 'percent'},
            {'measure': 'interval_low_pct',
                'value': exact_interval_low_pct(c.japan_won, nullif(c.rulings, 0)), 'unit': 'percent'},
            {'measure': 'interval_high_pct',
                'value': exact_interval_high_pct(c.japan_won, nullif(c.rulings, 0)), 'unit': 'percent'},
            {'measure': 'runs', 'value': c.runs, 'unit': 'runs of wins by one side'},
            {'measure': 'longest_run_japan', 'value': c.longest_run_japan, 'unit': 'rulings'},
            {'measure': 'longest_run_us', 'value': c.longest_run_us, 'unit': 'rulings'}
        ], recursive := true)
    from counts as c
)

select
    m.definition,
    m.measure,
    '1995-' || year(n.newest) as period,
    m.value,
    m.unit,
    case when m.measure = 'japan_won_pct' then 50 end as claimed_value,
    case when m.value is null then 'no ruling to count' end as note
from measured as m
cross join (select max(decided_on) as newest from wto_rulings) as n
