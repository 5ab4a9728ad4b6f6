-- One row per economy or group, year and edition; an edition carries the measures it has. A figure of the World Economic
-- Outlook counts as projected when its year had not ended half a year before the edition: 2018 on in April 2019.
-- The outlook writes '--' for "too small to show", and its export pads some names with a space.
with sourced as (
    select
        'world_bank' as publisher, iso3 as area, year, gdp_usd_bn, gdp_ppp_intl_bn,
        null as gdp_lcu_bn, null as real_gdp_lcu_bn, null as real_growth_pct, null as ppp_world_share_pct,
        vintage_id, source_id
    from source_world_bank_gdp
    union all
    select
        'weo', trim(area), year, gdp_usd_bn, gdp_ppp_intl_bn,
        gdp_lcu_bn, real_gdp_lcu_bn, real_growth_pct, ppp_world_share_pct,
        vintage_id, source_id
    from source_weo_gdp
),

editions as (
    select vintage_id, known_on from source_world_bank_vintages
    union all
    select vintage_id, known_on from source_weo_vintages
)

select
    coalesce(m.iso3, s.area) as iso3,
    cast(s.year as integer) as year,
    s.vintage_id,
    s.source_id,
    s.publisher,
    nullif(s.gdp_usd_bn, '--') as gdp_usd_bn,
    nullif(s.gdp_ppp_intl_bn, '--') as gdp_ppp_intl_bn,
    nullif(s.gdp_lcu_bn, '--') as gdp_lcu_bn,
    nullif(s.real_gdp_lcu_bn, '--') as real_gdp_lcu_bn,
    nullif(s.real_growth_pct, '--') as real_growth_pct,
    nullif(s.ppp_world_share_pct, '--') as ppp_world_share_pct,
    s.publisher = 'weo'
        and make_date(cast(s.year as integer), 12, 31) > cast(e.known_on as date) - interval 6 month as is_projection,
    make_date(cast(s.year as integer), 12, 31) as period_end,
    e.known_on
from sourced as s
left join codelist_country_codes as m on m.publisher = s.publisher and m.code = s.area
left join editions as e on e.vintage_id = s.vintage_id
