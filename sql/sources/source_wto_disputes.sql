-- Disputes in doubt. Left out is one that a core table could not take or that would hide what is known of it: the edition
-- known before stays its newest. Pages misprint days now and then, or tell one in words that are not understood.
with statuses as (
    select
        d.ds_number,
        string_agg(d.code, ', ' order by d.code) as codes
    from (
        select distinct ds_number, split_part(unnest(string_split(status_code, '|')), '#', 1) as code from mapped
    ) as d
    left join codelist_wto_status_codes as s on s.status_code = d.code
    where s.status_code is null
    group by d.ds_number
),

members as (
    select
        d.ds_number,
        string_agg(d.code, ', ' order by d.code) as codes
    from (
        select distinct ds_number, unnest(string_split(concat_ws(';', complainant, respondent, third_parties), ';')) as code
        from mapped
    ) as d
    left join codelist_countries as c on c.iso3 = d.code
    where c.iso3 is null
    group by d.ds_number
)

select
    m.ds_number,
    case
        when s.codes is not null then 'nothing says what the status ' || s.codes || ' means (codelist wto_status_codes)'
        when c.codes is not null then 'nothing says who the member ' || c.codes || ' is (codelist country_codes)'
        when regexp_matches(m.date_sources, '^[a-z ]+ missing')
            then 'its ' || regexp_extract(m.date_sources, '^([a-z ]+) missing', 1) || ' did not come or was not understood'
        when
            m.consultations_requested >= m.panel_established
            or m.panel_established >= m.panel_report_circulated
            or m.panel_report_circulated >= m.ab_report_circulated
            or greatest(m.panel_report_circulated, m.ab_report_circulated) >= m.adopted
            then 'its days do not follow each other'
        when
            (m.adopted is not null or m.outcome = 'panel_report_circulated') and m.panel_report_circulated is null
            then 'no day of its panel report was understood'
        when
            m.outcome in ('complainant_prevailed', 'respondent_prevailed', 'ambiguous') and m.adopted is null
            then 'no day of adoption was understood'
    end as left_out,
    case
        when m.outcome = 'ambiguous' and t.ds_number is null
            then 'its status does not tell who prevailed: it counts as ambiguous until its report is read and named in the '
                || 'codelist wto_texts_read'
    end as remark
from mapped as m
left join statuses as s on s.ds_number = m.ds_number
left join members as c on c.ds_number = m.ds_number
left join codelist_wto_texts_read as t on t.ds_number = m.ds_number
where left_out is not null or remark is not null
