-- One row per dispute in which the United States and Japan stand on opposite sides. The winner is told from the adopted
-- report: the complaining side where a violation was found, else the respondent. `why` is what the sources say.
with newest as (
    select
        ds_number,
        coalesce(short_title, title) as title,
        complainants,
        respondents,
        consultations_requested,
        panel_established,
        panel_report_circulated,
        ab_report_circulated,
        adopted,
        agreements_cited,
        status_label,
        violation_found,
        contested_why,
        evidence,
        compliance
    from wto_disputes
    qualify row_number() over (partition by ds_number order by edition_known_on desc, vintage_id desc) = 1
),

sides as (
    select
        ds_number,
        max(case when role = 'complainant' then member end) as complaining,
        max(case when role = 'respondent' then member end) as answering
    from wto_dispute_parties
    where member in ('USA', 'JPN') and role in ('complainant', 'respondent')
    group by ds_number
    having count(distinct member) = 2 and count(distinct role) = 2
)

select
    d.ds_number,
    d.title,
    if(s.complaining = 'JPN', 'japan_v_us', 'us_v_japan') as direction,
    d.complainants,
    d.respondents,
    d.consultations_requested,
    d.panel_established,
    d.panel_report_circulated,
    d.ab_report_circulated,
    d.adopted,
    d.agreements_cited,
    case
        when d.adopted is null or d.violation_found is null then 'none'
        when d.violation_found then s.complaining
        else s.answering
    end as winner,
    case
        when d.adopted is null then 'no_report_adopted'
        when d.violation_found is null then 'not_told'
        when d.violation_found then 'violation_found'
        else 'no_violation_found'
    end as winner_rule,
    d.evidence as why,
    d.contested_why,
    d.status_label as status,
    d.compliance
from newest as d
inner join sides as s on d.ds_number = s.ds_number
