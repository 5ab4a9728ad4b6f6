-- One row per dispute and edition. Three disputes have no day of request; they are known from their edition's day.
-- report_group: complaints whose panel report is one. Same respondent and matter (the short title without a bracketed
-- complainant), circulated on one day; codelist wto_joint_reports adds what differing short titles hide. It is the lowest
-- DS number of the group, whichever edition each of them was last told in.
-- violation_found and recommendation_made follow from the text behind the outcome (codelist wto_outcome_bases), but where
-- a ruling is contested and the codelist wto_contested_rulings decides. A report that recommends to one complainant
-- recommends to all who share it.
with statuses as (
    select
        ds_number,
        vintage_id,
        split_part(pair, '#', 1) as code,
        replace(split_part(pair, '#', 2), '_', '-') as status_on
    from (select ds_number, vintage_id, unnest(string_split(status_code, '|')) as pair from source_wto_disputes)
    qualify row_number() over (partition by ds_number, vintage_id order by status_on desc, pair) = 1
),

dated as (
    select
        d.ds_number,
        d.short_title,
        d.title,
        d.complainant as complainants,
        d.respondent as respondents,
        d.consultations_requested,
        d.panel_established,
        d.panel_report_circulated,
        d.ab_report_circulated,
        d.adopted,
        d.agreements_cited,
        s.code as status_code,
        d.status_label,
        coalesce(s.status_on, v.known_on::varchar) as status_on,
        d.outcome,
        d.outcome_basis,
        coalesce(o.dated_by, 'edition') as dated_by,
        b.violation_found::boolean as basis_violation,
        b.recommendation_made::boolean as basis_recommendation,
        c.kind as contested_kind,
        c.why as contested_why,
        c.violation_found::boolean as contested_violation,
        c.recommendation_made::boolean as contested_recommendation,
        e.text_evidence as evidence,
        e.compliance,
        coalesce(d.consultations_requested, v.known_on::varchar) as known_on,
        v.known_on::varchar as edition_known_on,
        d.vintage_id,
        d.source_id,
        min(try_cast(coalesce(j.joint_with, d.ds_number) as integer)) over (
            partition by
                regexp_replace(coalesce(d.short_title, d.title), ' \([^)]*\)$', ''),
                d.panel_report_circulated
        ) as report_number
    from source_wto_disputes as d
    left join vintages as v on d.vintage_id = v.vintage_id
    left join statuses as s on d.ds_number = s.ds_number and d.vintage_id = s.vintage_id
    left join codelist_wto_outcomes as o on d.outcome = o.outcome
    left join codelist_wto_outcome_bases as b on d.outcome_basis = b.outcome_basis
    left join codelist_wto_contested_rulings as c on d.ds_number = c.ds_number
    left join codelist_wto_joint_reports as j on d.ds_number = j.ds_number
    left join source_wto_dispute_evidence as e on d.ds_number = e.ds_number
)

select
    ds_number,
    short_title,
    title,
    complainants,
    respondents,
    consultations_requested,
    panel_established,
    panel_report_circulated,
    ab_report_circulated,
    adopted,
    agreements_cited,
    status_code,
    status_label,
    status_on,
    outcome,
    outcome_basis,
    case dated_by
        when 'adopted' then adopted
        when 'panel_report_circulated' then panel_report_circulated
        when 'status' then status_on
        else edition_known_on
    end as outcome_on,
    case when adopted is not null then coalesce(contested_violation, basis_violation) end as violation_found,
    case
        when adopted is not null
            then coalesce(
                contested_recommendation,
                basis_recommendation,
                bool_or(basis_recommendation) over (partition by report_number, panel_report_circulated)
            )
    end as recommendation_made,
    case when panel_report_circulated is not null then report_number end as report_group,
    contested_kind is not null as is_ambiguous,
    contested_kind,
    contested_why,
    evidence,
    compliance,
    known_on,
    edition_known_on,
    vintage_id,
    source_id
from dated
