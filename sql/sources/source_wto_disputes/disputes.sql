-- One row per dispute. The file gives parties, agreements, the day of the request and the status; case pages the days of the
-- stages, lists of documents a day of circulation that the page lacks. The outcome follows from the status; where the status
-- does not decide it, from texts that were read (codelist wto_texts_read). A code of an agreement or a member that nobody
-- knows stays. Which rows are in doubt is said elsewhere (source_wto_disputes.sql).
with codes as (
    select code, iso3
    from codelist_country_codes
    where publisher = 'wto'
),

-- every member of a list with its place
parties as (
    select
        listed.dispute,
        listed.role,
        string_agg(coalesce(m.iso3, listed.code), ';' order by listed.place) as members
    from (
        select code as dispute, 'complainant' as role, unnest(string_split(origin, '#')) as code,
            generate_subscripts(string_split(origin, '#'), 1) as place
        from live
        union all
        select code as dispute, 'respondent' as role, unnest(string_split(destination, '#')) as code,
            generate_subscripts(string_split(destination, '#'), 1) as place
        from live
        union all
        select code as dispute, 'third_party' as role, unnest(string_split(third_party, '#')) as code,
            generate_subscripts(string_split(third_party, '#'), 1) as place
        from live
    ) as listed
    left join codes as m on m.code = listed.code
    group by listed.dispute, listed.role
),

cited as (
    select dispute, string_agg(name, '; ' order by place) as names
    from (
        select
            c.dispute,
            coalesce(a.short_name, c.token) as name,
            min(c.place) as place
        from (
            select code as dispute, unnest(string_split(agreement, '#')) as token,
                generate_subscripts(string_split(agreement, '#'), 1) as place
            from live
        ) as c
        left join codelist_wto_agreements as a on a.agreement = split_part(c.token, '_', 1)
        where c.token <> ''
        group by c.dispute, name
    )
    group by dispute
),

labelled as (
    select
        p.dispute,
        arg_min(p.code, p.place) as first_code,
        case
            when bool_or(s.basis = 'joined with the status text of 2018') and count(*) > 1
                then string_agg(
                    case
                        when s.basis = 'joined with the status text of 2018' then s.told_as
                        else 'label not seen'
                    end,
                    ' | '
                    order by p.place
                )
            else coalesce(arg_max(s.told_as, p.place), 'label not seen')
        end as label
    from (
        select
            dispute,
            place,
            split_part(pair, '#', 1) as code
        from (
            select code as dispute, unnest(string_split(status, '|')) as pair,
                generate_subscripts(string_split(status, '|'), 1) as place
            from live
        )
    ) as p
    left join codelist_wto_status_codes as s on s.status_code = p.code
    group by p.dispute
),

dated as (
    select
        l.*,
        coalesce(l."page.panel_report_circulated", l."documents.panel_report_circulated") as panel_report,
        coalesce(l."page.ab_report_circulated", l."documents.ab_report_circulated") as ab_report,
        s.first_code,
        s.label
    from live as l
    left join labelled as s on s.dispute = l.code
),

told as (
    select
        d.*,
        case
            when d.first_code in ('ST14', 'ST31') and d.reports_adopted <> 'TRUE'
                then if(d.panel_report is null, 'settled_or_withdrawn', 'report_not_adopted_settled')
            when d.first_code in ('ST2', 'ST3') then 'panel_stage'
            when d.first_code = 'ST1' then 'in_consultations'
            when d.first_code = 'ST4' then 'report_appealed_not_adopted'
            when d.first_code = 'ST5' then 'ambiguous'
            when d.first_code = 'ST13' then 'panel_authority_lapsed'
            when d.first_code = 'ST15' then 'panel_report_circulated'
            when d.first_code = 'ST32' then 'panel_requested'
            when k.status_code is null then 'unknown'
            else 'complainant_prevailed'
        end as by_status
    from dated as d
    left join codelist_wto_status_codes as k on k.status_code = d.first_code
)

select
    replace(t.code, 'DS', '') as ds_number,
    t.short_title,
    t.title,
    c.members as complainant,
    r.members as respondent,
    replace(t.start_date, '/', '-') as consultations_requested,
    t."page.panel_established" as panel_established,
    t.panel_report as panel_report_circulated,
    t.ab_report as ab_report_circulated,
    t."page.adopted" as adopted,
    a.names as agreements_cited,
    t.status as status_code,
    if(t.code = 'DS583' and t.status = 'ST17#2023_01_10', 'Article 25 award notified (no report adopted)', t.label)
        as status_label,
    t.reports_adopted as reports_adopted_flag,
    coalesce(x.outcome, t.by_status) as outcome,
    coalesce(
        x.outcome_basis,
        case
            when t.by_status = 'complainant_prevailed'
                then 'WTO status implies recommendation to conform after adopted report'
            when t.by_status in ('report_appealed_not_adopted', 'report_not_adopted_settled', 'panel_report_circulated')
                then 'WTO status + narrative'
            else 'WTO status'
        end
    ) as outcome_basis,
    nullif(
        concat_ws(
            '; ',
            t.missing || ' missing',
            if(t."page.panel_established" is null, null, 'panel_established=case-page narrative'),
            if(
                t.panel_report is null,
                null,
                'panel_report_circulated='
                || if(t."page.panel_report_circulated" is null, 'list of documents', 'case-page narrative')
            ),
            if(
                t.ab_report is null,
                null,
                'ab_report_circulated='
                || if(t."page.ab_report_circulated" is null, 'list of documents', 'case-page narrative')
            ),
            if(t."page.adopted" is null, null, 'adopted=case-page narrative')
        ),
        ''
    ) as date_sources,
    p.members as third_parties,
    cast(null as varchar) as third_parties_note
from told as t
left join codelist_wto_texts_read as x on x.ds_number = replace(t.code, 'DS', '')
left join cited as a on a.dispute = t.code
left join parties as c on c.dispute = t.code and c.role = 'complainant'
left join parties as r on r.dispute = t.code and r.role = 'respondent'
left join parties as p on p.dispute = t.code and p.role = 'third_party'
