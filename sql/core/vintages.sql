-- Every publisher's editions, one below the other. Those that figures were first seen in when publishers were asked are live.
with editions as (
    select vintage_id, publisher, label, known_on, known_on_rule, note from source_bis_vintages
    union all
    select vintage_id, publisher, label, known_on, known_on_rule, note from source_cbc_vintages
    union all
    select vintage_id, publisher, label, known_on, known_on_rule, note from source_comtrade_vintages
    union all
    select vintage_id, publisher, label, known_on, known_on_rule, note from source_ewn_vintages
    union all
    select vintage_id, publisher, label, known_on, known_on_rule, note from source_gad_vintages
    union all
    select vintage_id, publisher, label, known_on, known_on_rule, note from source_imf_vintages
    union all
    select vintage_id, publisher, label, known_on, known_on_rule, note from source_japan_fdi_vintages
    union all
    select vintage_id, publisher, label, known_on, known_on_rule, note from source_rta_vintages
    union all
    select vintage_id, publisher, label, known_on, known_on_rule, note from source_trade_press_vintages
    union all
    select vintage_id, publisher, label, known_on, known_on_rule, note from source_weo_vintages
    union all
    select vintage_id, publisher, label, known_on, known_on_rule, note from source_world_bank_vintages
    union all
    select vintage_id, publisher, label, known_on, known_on_rule, note from source_wto_vintages
),

live as (
    select distinct vintage_id from archive_sightings
)

select
    e.vintage_id,
    e.publisher,
    e.label,
    e.known_on,
    e.known_on_rule,
    case when l.vintage_id is null then 'bundled' else 'live' end as origin,
    e.note
from editions as e
left join live as l on l.vintage_id = e.vintage_id
