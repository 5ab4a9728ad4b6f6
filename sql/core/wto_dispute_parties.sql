-- One row per dispute, member and role. Complainants and respondents join when the dispute begins; third parties when the
-- panel is set up or, where that day was not seen, when its report is circulated or at the latest on the edition's day.
-- Some complainants stand among the third parties too: the WTO's file lists them so.
with listed as (
    select
        ds_number,
        'complainant' as role,
        unnest(string_split(complainant, ';')) as code,
        vintage_id
    from source_wto_disputes
    union all
    select
        ds_number,
        'respondent' as role,
        unnest(string_split(respondent, ';')) as code,
        vintage_id
    from source_wto_disputes
    union all
    select
        ds_number,
        'third_party' as role,
        unnest(string_split(third_parties, ';')) as code,
        vintage_id
    from source_wto_disputes
)

select
    l.ds_number,
    coalesce(m.iso3, l.code) as member,
    l.role,
    case
        when l.role = 'third_party'
            then coalesce(d.panel_established, d.panel_report_circulated, v.known_on::varchar)
        else coalesce(d.consultations_requested, v.known_on::varchar)
    end as joined_on,
    coalesce(l.role = 'third_party' and d.third_parties_note = 'partial', false) as list_is_partial,
    v.known_on as edition_known_on,
    d.vintage_id,
    d.source_id
from listed as l
inner join source_wto_disputes as d on l.ds_number = d.ds_number and l.vintage_id = d.vintage_id
left join vintages as v on d.vintage_id = v.vintage_id
left join codelist_country_codes as m on m.publisher = 'wto' and l.code = m.code
