-- One row per counting unit, winning rule and dispute with an adopted report. Disputes with the same ruling_id are one
-- ruling in that unit, so count distinct ruling_id:
--   ds_number     every DS number is a ruling of its own
--   panel_report  joint complaints share the panel report (report_group)
--   adoption      reports on one respondent adopted on one day share the adoption if they share the panel report or the
--                 day of the Appellate Body's report. The respondent is read from the short title, where EU members
--                 stand as EC.
-- A ruling is for the complainant if it is in any of its disputes. decided_on is the first adoption.
with newest as (
    select
        ds_number,
        short_title,
        adopted,
        ab_report_circulated,
        report_group,
        violation_found,
        recommendation_made,
        contested_kind
    from wto_disputes
    where adopted is not null
    qualify row_number() over (partition by ds_number order by edition_known_on desc, vintage_id desc) = 1
),

counted as (
    select 'ds_number' as counting_unit, ds_number as ruling_id, * from newest
    union all
    select 'panel_report' as counting_unit, report_group as ruling_id, * from newest
    union all
    select
        'adoption' as counting_unit,
        min(ds_number) over (
            partition by
                split_part(short_title, ' — ', 1),
                adopted,
                coalesce(ab_report_circulated::varchar, report_group::varchar)
        ) as ruling_id,
        *
    from newest
),

judged as (
    select *, 'violation_found' as winning_rule, violation_found as won from counted
    union all
    select *, 'recommendation_made' as winning_rule, recommendation_made as won from counted
)

select
    counting_unit,
    winning_rule,
    ds_number,
    ruling_id,
    min(adopted) over (partition by counting_unit, winning_rule, ruling_id) as decided_on,
    bool_or(won) over (partition by counting_unit, winning_rule, ruling_id) as complainant_prevailed,
    max(contested_kind) over (partition by counting_unit, winning_rule, ruling_id) as contested_kind
from judged
