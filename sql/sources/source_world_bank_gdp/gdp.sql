-- One row per economy or group and year, both measures beside each other, in billions to four decimals as the bundled
-- figures have them. The API gives some groups no code; those are found by name.
with figures as (
    select
        coalesce(l.countryiso3code, c.iso3, l."country.value") as iso3,
        l.date as year,
        l."indicator.id" as indicator,
        rtrim(rtrim(cast(round_even(cast(l.value as decimal(28, 10)) * 0.000000001, 4) as varchar), '0'), '.') as billions,
        max(l.lastupdated) over () as known_on
    from live as l
    left join codelist_countries as c on l.countryiso3code is null and c.name = l."country.value"
)

select
    iso3,
    year,
    max(billions) filter (where indicator = 'NY.GDP.MKTP.CD') as gdp_usd_bn,
    max(billions) filter (where indicator = 'NY.GDP.MKTP.PP.CD') as gdp_ppp_intl_bn,
    max(known_on) as known_on
from figures
group by iso3, year
