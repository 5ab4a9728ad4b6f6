-- One row per year, role, member and respondent with a dispute. A complainant's row counts its complaints against the
-- respondent, a third party's the disputes that it joined against the respondent. Member or respondent WLD is anybody, each
-- dispute once; only there does a dispute whose parties are unknown count. A request of one day between the same two is
-- one occasion, however many DS numbers it was given. The year is that of the request for consultations. A complainant that
-- the WTO's file lists among the third parties too is a complainant.
with newest as (
    select
        ds_number,
        known_on as requested_on,
        coalesce(panel_established, panel_report_circulated, adopted) is not null as has_panel,
        adopted is not null as is_adopted,
        coalesce(contains(complainants, ';'), false) as is_joint_request,
        report_group
    from wto_disputes
    qualify row_number() over (partition by ds_number order by edition_known_on desc, vintage_id desc) = 1
),

disputes as (
    select
        ds_number, requested_on, has_panel, is_adopted,
        is_joint_request
        or coalesce(report_group is not null and count(*) over (partition by report_group) > 1, false) as is_joint
    from newest
),

parties as (
    select ds_number, member, role
    from wto_dispute_parties
    qualify row_number() over (
        partition by ds_number, member order by edition_known_on desc, vintage_id desc, role
    ) = 1
),

acting as (
    select ds_number, member, role from parties where role <> 'respondent'
    union all
    select ds_number, 'WLD' as member, 'complainant' as role from disputes
),

answering as (
    select ds_number, member as respondent from parties where role = 'respondent'
    union all
    select ds_number, 'WLD' as respondent from disputes
)

select
    year(d.requested_on) as year,
    a.role,
    a.member,
    r.respondent,
    count(*) as disputes,
    count(*) filter (where d.is_joint) as joint_disputes,
    count(distinct d.requested_on) as occasions,
    count(*) filter (where d.has_panel) as panels,
    count(*) filter (where d.is_adopted) as adopted
from disputes as d
inner join acting as a on d.ds_number = a.ds_number
inner join answering as r on d.ds_number = r.ds_number
group by year(d.requested_on), a.role, a.member, r.respondent
