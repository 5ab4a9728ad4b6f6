-- One row per economy or group and year: shares of GDP to three decimals, dollars in billions to four, as the bundled
-- figures have them. Exports as published are by definition imports plus the balance of trade, so they stand in that
-- column; the other one is their unrounded share of GDP times GDP. Years that have GDP but no trade are left out.
with figures as (
    select
        coalesce(l.countryiso3code, c.iso3, l."country.value") as iso3,
        l.date as year,
        l."indicator.id" as indicator,
        cast(l.value as decimal(28, 10)) as value,
        max(l.lastupdated) over () as known_on
    from live as l
    left join codelist_countries as c on l.countryiso3code is null and c.name = l."country.value"
),

economies as (
    select
        iso3,
        year,
        max(value) filter (where indicator = 'NE.EXP.GNFS.ZS') as exports_pct,
        max(value) filter (where indicator = 'NE.IMP.GNFS.ZS') as imports_pct,
        max(value) filter (where indicator = 'NE.TRD.GNFS.ZS') as trade_pct,
        max(value) filter (where indicator = 'NE.IMP.GNFS.CD') * 0.000000001 as imports_usd_bn,
        max(value) filter (where indicator = 'NE.EXP.GNFS.CD') * 0.000000001 as exports_usd_bn,
        max(value) filter (where indicator = 'NY.GDP.MKTP.CD') * 0.000000001 as gdp_usd_bn,
        max(known_on) as known_on
    from figures
    group by iso3, year
    having count(*) filter (where indicator <> 'NY.GDP.MKTP.CD') > 0
),

rounded as (
    select
        iso3, year, known_on,
        round_even(exports_pct, 3) as exports_pct,
        round_even(imports_pct, 3) as imports_pct,
        round_even(trade_pct, 3) as trade_pct,
        round_even(imports_usd_bn, 4) as imports_usd_bn,
        round_even(exports_usd_bn, 4) as exports_usd_bn,
        round_even(
            cast(exports_pct as decimal(19, 10)) * cast(gdp_usd_bn as decimal(16, 9)) * 0.01, 4
        ) as exports_from_share_usd_bn
    from economies
)

select
    iso3,
    year,
    rtrim(rtrim(cast(exports_pct as varchar), '0'), '.') as exports_pct,
    rtrim(rtrim(cast(imports_pct as varchar), '0'), '.') as imports_pct,
    rtrim(rtrim(cast(trade_pct as varchar), '0'), '.') as trade_pct,
    rtrim(rtrim(cast(imports_usd_bn as varchar), '0'), '.') as imports_usd_bn,
    rtrim(rtrim(cast(exports_usd_bn as varchar), '0'), '.') as exports_from_balance_usd_bn,
    rtrim(rtrim(cast(exports_from_share_usd_bn as varchar), '0'), '.') as exports_from_share_usd_bn,
    known_on
from rounded
