-- One row per dispute. The file gives parties, agreements, the day of the request and the status; case pages the days of the
-- stages, lists of documents a day of circulation that the page lacks. The outcome follows from the status; where the status
-- does not decide it, from texts that were read (texts_read). A code of an agreement or a member that nobody knows stays.
-- Pages misprint days now and then, or tell one in words that are not understood. A dispute whose days do not follow each
-- other, or which lacks one that its outcome needs, is left out: the edition known before stays its newest.
with agreements as (
    select *
    from (
        values
            ('A1', 'Agriculture'), ('A2', 'Civil Aircraft'), ('A4', 'International Dairy'),
            ('A5', 'Dispute Settlement Understanding (DSU)'), ('A6', 'Anti-dumping'), ('A8', 'Services (GATS)'),
            ('A9', 'GATT 1994'), ('A10', 'GATT 1947'), ('A11', 'Import Licensing'), ('A13', 'International Bovine Meat'),
            ('A14', 'Rules of Origin'), ('A15', 'Government Procurement (GPA)'), ('A17', 'Preshipment Inspection'),
            ('A18', 'Safeguards'), ('A19', 'Sanitary and Phytosanitary Measures (SPS)'),
            ('A20', 'Subsidies and Countervailing Measures (SCM)'), ('A22', 'Technical Barriers to Trade (TBT)'),
            ('A24', 'Textiles and Clothing'), ('A25', 'Trade-Related Investment Measures (TRIMs)'),
            ('A26', 'Intellectual Property (TRIPS)'), ('A27', 'Customs valuation'),
            ('A29', 'Agreement Establishing the World Trade Organization'), ('A30', 'Protocol of Accession'),
            ('A31', 'Trade Facilitation (TFA)'), ('A32', 'Revised GPA')
    ) as t (agreement_id, short_name)
),

-- seen: the label stood beside the code; the others are inferred
statuses as (
    select *
    from (
        values
            ('ST0', true, 'Implementation notified by respondent'),
            ('ST1', true, 'In consultations'),
            ('ST2', true, 'Panel established, but not yet composed'),
            ('ST3', true, 'Panel composed'),
            ('ST4', true, 'Panel report under appeal'),
            ('ST5', true, 'Report(s) adopted, no further action required'),
            ('ST6', true, 'Report(s) adopted, with recommendation to bring measure(s) into conformity'),
            ('ST9', true, 'Compliance proceedings completed without finding of non-compliance'),
            ('ST10', true, 'Compliance proceedings completed with finding(s) of non-compliance'),
            ('ST12', true, 'Authorization to retaliate granted'),
            ('ST13', true, 'Authority for panel lapsed'),
            ('ST14', true, 'Settled or terminated (withdrawn, mutually agreed solution)'),
            ('ST15', false, 'Panel report circulated (label inferred)'),
            ('ST17', false, 'Report(s) adopted, with recommendation... (RPT stage; label inferred)'),
            (
                'ST19', false,
                'Report(s) adopted, with recommendation... (Art. 21.3(c) RPT arbitration; label inferred)'
            ),
            ('ST20', false, 'Compliance proceedings (Art. 21.5): consultations requested (label inferred)'),
            ('ST21', false, 'Compliance proceedings: panel established, not composed (label inferred)'),
            ('ST24', true, 'Compliance proceedings ongoing'),
            (
                'ST26', false,
                'Retaliation: level contested and referred to arbitration (Art. 22.6) (label inferred)'
            ),
            ('ST27', true, 'Authorization to retaliate requested (including 22.6 arbitration)'),
            ('ST28', false, 'Retaliation: Art. 22.6 arbitrator decision circulated (label inferred)'),
            ('ST29', false, 'Art. 25 arbitration agreed/suspended (label inferred)'),
            (
                'ST31', true,
                'Mutually agreed/acceptable solution notified (settled or terminated; or solution on implementation)'
            ),
            ('ST32', false, 'Panel requested, not yet established (label inferred)'),
            (
                'ST33', false,
                'Authority of compliance (or suspended) panel lapsed (Art. 12.12) (label inferred)'
            ),
            ('ST34', false, 'Art. 22.6 arbitration ended, request or objection withdrawn (label inferred)')
    ) as t (code, seen, label)
),

texts_read as (
    select
        unnest(string_split(codes, ' ')) as code,
        outcome,
        outcome_basis
    from (
        values
            (
                'DS22 DS44 DS60 DS62 DS67 DS68 DS135 DS152 DS163 DS194 DS221 DS243 DS244 DS320 DS321 DS399 DS435 DS441 '
                || 'DS453 DS458 DS467 DS487 DS491 DS512',
                'respondent_prevailed', 'text read (no violation found / findings reversed)'
            ),
            (
                'DS165 DS248 DS249 DS392 DS486',
                'complainant_prevailed', 'text read (violation found; measure ended, no action required)'
            ),
            ('DS360', 'ambiguous', 'AB reversed panel but made no recommendation'),
            (
                'DS404', 'complainant_prevailed',
                'narrative: report adopted 2011-09-02 with recommendations; JS reports_adopted=FALSE is a raw error'
            ),
            (
                'DS583', 'article25_arbitration',
                'narrative: Art. 25 arbitration instead of appeal; report not adopted'
            ),
            ('DS591', 'article25_arbitration', 'WTO status')
    ) as t (codes, outcome, outcome_basis)
),

codes as (
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
        left join agreements as a on a.agreement_id = split_part(c.token, '_', 1)
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
            when bool_or(coalesce(s.seen, false)) and count(*) > 1
                then string_agg(case when s.seen then s.label else 'label not seen' end, ' | ' order by p.place)
            else coalesce(arg_max(s.label, p.place), 'label not seen')
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
    left join statuses as s on s.code = p.code
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
            when k.code is null then 'unknown'
            else 'complainant_prevailed'
        end as by_status
    from dated as d
    left join statuses as k on k.code = d.first_code
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
left join texts_read as x on x.code = t.code
left join cited as a on a.dispute = t.code
left join parties as c on c.dispute = t.code and c.role = 'complainant'
left join parties as r on r.dispute = t.code and r.role = 'respondent'
left join parties as p on p.dispute = t.code and p.role = 'third_party'
where
    coalesce(t.start_date < replace(t."page.panel_established", '-', '/'), true)
    and coalesce(t."page.panel_established" < t.panel_report, true)
    and coalesce(t.panel_report < t.ab_report, true)
    and coalesce(greatest(t.panel_report, t.ab_report) < t."page.adopted", true)
    and (t."page.adopted" is null or t.panel_report is not null)
    and case coalesce(x.outcome, t.by_status)
        when 'panel_report_circulated' then t.panel_report is not null
        when 'complainant_prevailed' then t."page.adopted" is not null
        when 'respondent_prevailed' then t."page.adopted" is not null
        when 'ambiguous' then t."page.adopted" is not null
        else true
    end
