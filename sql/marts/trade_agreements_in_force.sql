-- One row per day and area: every year's end from the first entry into force to the newest day that the agreements date,
-- that day itself, and the day of the talk. An agreement counts from the day it enters into force to the day before it ends.
with newest as (
    select *
    from trade_agreements
    qualify row_number() over (partition by rta_id order by edition_known_on desc, vintage_id desc) = 1
),

horizon as (
    select
        max(greatest(first_signed, first_notified, in_force_from, inactive_from)) as newest_day,
        min(in_force_from) as first_day
    from newest
),

days as (
    select make_date(unnest(generate_series(year(first_day), year(newest_day)))::integer, 12, 31) as as_of_date from horizon
    union
    select newest_day from horizon
    union
    select date '2001-12-06'
),

placed as (
    select a.area, n.*, first_notified <= d.as_of_date as is_notified, d.as_of_date,
        in_force_from <= d.as_of_date and coalesce(inactive_from > d.as_of_date, true) as is_in_force
    from codelist_agreement_areas as a
    cross join days as d
    inner join horizon as h on d.as_of_date between h.first_day and h.newest_day
    left join newest as n
        on (a.region_pattern is null or regexp_matches(n.region, a.region_pattern))
        and (
            a.party is null
            or n.rta_id in (select p.rta_id from trade_agreement_parties as p where a.party = p.party)
        )
)

select
    as_of_date,
    area,
    count(*) filter (where is_in_force) as in_force,
    count(*) filter (where is_in_force and not is_accession) as in_force_without_accessions,
    count(distinct name) filter (where is_in_force) as in_force_by_name,
    count(*) filter (where is_in_force and not (contains(name, 'United Kingdom') and in_force_from >= date '2020-12-31'))
        as in_force_without_uk_since_2020,
    count(*) filter (where is_in_force and is_notified) as in_force_notified,
    count(*) filter (where is_in_force and notified_goods <= as_of_date)
    + count(*) filter (where is_in_force and notified_services <= as_of_date) as notifications_in_force,
    count(*) filter (where first_signed <= as_of_date) as signed_by_then,
    count(*) filter (where is_notified and year(first_notified) = year(as_of_date)) as notified_in_year,
    count(*) filter (where in_force_from <= as_of_date and year(in_force_from) = year(as_of_date)) as entered_in_year
from placed
group by as_of_date, area
