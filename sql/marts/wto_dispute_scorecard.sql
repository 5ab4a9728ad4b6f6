-- One row per member, role, day, counting unit and winning rule, for members that had filed or answered a dispute by then;
-- member WLD is all of them. `filed` counts disputes whatever the unit; `adopted` and `prevailed` count rulings of the unit
-- whose result the rule can tell. The base rate is that of all members in the same role, joint parties counted once.
-- Days after the year of the newest dispute at hand are left out.
with days as (
    select make_date(year::integer, 12, 31) as as_of_date from generate_series(1995, 2025) as years (year)
    union all
    select date '2001-12-06' as as_of_date
),

newest as (
    select ds_number, member, role, joined_on
    from wto_dispute_parties
    where role in ('complainant', 'respondent')
    qualify row_number() over (
        partition by ds_number, member, role order by edition_known_on desc, vintage_id desc
    ) = 1
),

parties as (
    select ds_number, member, role, joined_on from newest
    union
    select ds_number, 'WLD' as member, role, min(joined_on) as joined_on from newest group by ds_number, role
),

filed as (
    select d.as_of_date, p.member, p.role, count(distinct p.ds_number) as filed
    from days as d
    inner join parties as p on d.as_of_date >= p.joined_on
    where year(d.as_of_date) <= (select year(max(joined_on)) from newest)
    group by d.as_of_date, p.member, p.role
),

units as (
    select distinct u.counting_unit, r.winning_rule
    from (values ('ds_number'), ('panel_report'), ('adoption')) as u (counting_unit)
    cross join (values ('violation_found'), ('recommendation_made')) as r (winning_rule)
),

ruled as (
    select
        d.as_of_date,
        p.member,
        p.role,
        r.counting_unit,
        r.winning_rule,
        count(distinct r.ruling_id) as adopted,
        count(distinct case when r.complainant_prevailed = (p.role = 'complainant') then r.ruling_id end) as prevailed
    from days as d
    inner join wto_rulings as r on d.as_of_date >= r.decided_on and r.complainant_prevailed is not null
    inner join parties as p on r.ds_number = p.ds_number
    group by d.as_of_date, p.member, p.role, r.counting_unit, r.winning_rule
),

scored as (
    select
        f.member,
        f.role,
        f.as_of_date,
        u.counting_unit,
        u.winning_rule,
        f.filed,
        coalesce(r.adopted, 0) as adopted,
        coalesce(r.prevailed, 0) as prevailed
    from filed as f
    cross join units as u
    left join ruled as r
        on f.as_of_date = r.as_of_date and f.member = r.member and f.role = r.role
        and u.counting_unit = r.counting_unit and u.winning_rule = r.winning_rule
)

select
    s.member,
    s.role,
    s.as_of_date,
    s.counting_unit,
    s.winning_rule,
    s.filed,
    s.adopted,
    s.prevailed,
    100 * s.prevailed / nullif(s.adopted, 0) as rate_pct,
    100 * w.prevailed / nullif(w.adopted, 0) as base_rate_pct
from scored as s
left join scored as w
    on w.member = 'WLD' and s.role = w.role and s.as_of_date = w.as_of_date
    and s.counting_unit = w.counting_unit and s.winning_rule = w.winning_rule
