-- One row per economy, year and edition. Exports in dollars are computed two ways, both kept: imports plus the trade
-- balance, and the exports' share of GDP times GDP. The shares were republished under other codes for Kosovo and Curacao
-- (KOS, NLD_CURACAO), so the shares and the dollars of one economy can stand in two rows of the source; here they are one.
with mapped as (
    select
        coalesce(m.iso3, s.iso3) as iso3, s.year, s.vintage_id, s.source_id, s.exports_pct, s.imports_pct, s.trade_pct,
        s.imports_usd_bn, s.exports_from_balance_usd_bn, s.exports_from_share_usd_bn
    from source_world_bank_trade_in_goods_and_services as s
    left join codelist_country_codes as m on m.publisher = 'world_bank' and m.code = s.iso3
),

shares as (
    select iso3, year, vintage_id, source_id, exports_pct, imports_pct, trade_pct
    from mapped
    where coalesce(exports_pct, imports_pct, trade_pct) is not null
),

dollars as (
    select
        iso3, year, vintage_id, source_id, imports_usd_bn, exports_from_balance_usd_bn, exports_from_share_usd_bn
    from mapped
    where coalesce(imports_usd_bn, exports_from_balance_usd_bn, exports_from_share_usd_bn) is not null
)

select
    coalesce(s.iso3, d.iso3) as iso3,
    cast(coalesce(s.year, d.year) as integer) as year,
    coalesce(s.vintage_id, d.vintage_id) as vintage_id,
    coalesce(s.source_id, d.source_id) as source_id,
    s.exports_pct as exports_gdp_pct,
    s.imports_pct as imports_gdp_pct,
    s.trade_pct as trade_gdp_pct,
    d.imports_usd_bn,
    d.exports_from_balance_usd_bn,
    d.exports_from_share_usd_bn,
    make_date(cast(coalesce(s.year, d.year) as integer), 12, 31) as period_end,
    v.known_on
from shares as s
full join dollars as d
    on d.iso3 = s.iso3 and d.year = s.year and d.vintage_id = s.vintage_id and d.source_id = s.source_id
left join source_world_bank_vintages as v on v.vintage_id = coalesce(s.vintage_id, d.vintage_id)
