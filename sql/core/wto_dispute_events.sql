-- One row per dispute, stage and date. Five stages come from the dispute's dates, the rest from the dates of its status
-- codes (codelist wto_status_codes says which code marks a stage that the dates do not already have).
-- Where two WTO texts disagree both dates stand here: is_kept marks the one that wto_disputes uses. Which texts those are, and
-- which of them is wrong, is a correction; an error of the file of all disputes is a slip and no second date.
with dated as (
    select
        ds_number, 'consultations_requested' as stage, consultations_requested as event_date, date_sources, vintage_id,
        source_id
    from source_wto_disputes
    union all
    select
        ds_number, 'panel_established' as stage, panel_established as event_date, date_sources, vintage_id,
        source_id
    from source_wto_disputes
    union all
    select
        ds_number, 'panel_report_circulated' as stage, panel_report_circulated as event_date, date_sources, vintage_id,
        source_id
    from source_wto_disputes
    union all
    select
        ds_number, 'ab_report_circulated' as stage, ab_report_circulated as event_date, date_sources, vintage_id,
        source_id
    from source_wto_disputes
    union all
    select ds_number, 'adopted' as stage, adopted as event_date, date_sources, vintage_id, source_id
    from source_wto_disputes
),

compared as (
    select
        k.ds_number,
        k.stage,
        k.event_date,
        case
            when c.document = 'dispute_file' then null
            when k.event_date = c.as_published then c.corrected
            else c.as_published
        end as other_date,
        case
            when k.event_date = c.as_published then c.document
            when k.event_date = c.corrected and c.document = 'case_page_narrative' then 'one_page_summary'
            when k.event_date = c.corrected then 'case_page_narrative'
            when not starts_with(k.source_id, 'wto-dispute-file') then 'other_document'
            when k.stage = 'consultations_requested' then 'dispute_file'
            when regexp_extract(k.date_sources, k.stage || '=([^;]*)', 1) like 'one-page summary%' then 'one_page_summary'
            else 'case_page_narrative'
        end as text_source,
        k.vintage_id,
        k.source_id
    from dated as k
    left join corrections as c
        on
            c.source_table = 'source_wto_disputes'
            and c.row_key = 'ds_number=' || k.ds_number
            and c.column_name = k.stage
    where k.event_date is not null
)

select ds_number, stage, event_date, true as is_kept, text_source, other_date, null as status_code, vintage_id, source_id
from compared
union all
select
    ds_number,
    stage,
    other_date as event_date,
    false as is_kept,
    if(text_source = 'one_page_summary', 'case_page_narrative', 'one_page_summary') as text_source,
    event_date as other_date,
    null as status_code,
    vintage_id,
    source_id
from compared
where other_date is not null
union all
select
    p.ds_number,
    s.stage,
    replace(split_part(p.pair, '#', 2), '_', '-') as event_date,
    true as is_kept,
    'dispute_file' as text_source,
    null as other_date,
    s.status_code,
    p.vintage_id,
    p.source_id
from (
    select ds_number, unnest(string_split(status_code, '|')) as pair, vintage_id, source_id from source_wto_disputes
) as p
inner join codelist_wto_status_codes as s on split_part(p.pair, '#', 1) = s.status_code
where s.stage is not null
