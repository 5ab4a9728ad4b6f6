-- One row per economy (or currency union), year, basis, vintage and source: reserves at the end of the year. The gold that
-- a difference of the two bases would imply is not here: the bases come from compilers who disagree by more than it.
with sourced as (
    select 'world_bank' as publisher, iso3, year, basis, reserves_usd_bn, note, vintage_id, source_id
    from source_world_bank_reserves
    union all
    select 'ewn', iso3, year, basis, reserves_usd_bn, note, vintage_id, source_id from source_ewn_reserves
    union all
    select 'cbc', iso3, year, basis, reserves_usd_bn, note, vintage_id, source_id from source_cbc_reserves
    union all
    select 'imf', iso3, year, basis, reserves_usd_bn, note, vintage_id, source_id from source_imf_reserves
),

editions as (
    select vintage_id, known_on from source_world_bank_vintages
    union all
    select vintage_id, known_on from source_ewn_vintages
    union all
    select vintage_id, known_on from source_cbc_vintages
    union all
    select vintage_id, known_on from source_imf_vintages
)

select
    coalesce(m.iso3, s.iso3) as iso3,
    cast(s.year as integer) as year,
    s.basis,
    s.vintage_id,
    s.source_id,
    s.publisher,
    s.reserves_usd_bn,
    s.note,
    make_date(cast(s.year as integer), 12, 31) as period_end,
    e.known_on
from sourced as s
left join codelist_country_codes as m on m.publisher = s.publisher and m.code = s.iso3
left join editions as e on e.vintage_id = s.vintage_id
