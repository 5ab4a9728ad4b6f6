-- Reserves in billions of dollars, to four decimals as the bundled figures have them. The API gives some groups no code;
-- those are found by name. Every row is of the edition of the newest update.
select
    coalesce(l.countryiso3code, c.iso3, l."country.value") as iso3,
    l.date as year,
    case l."indicator.id" when 'FI.RES.TOTL.CD' then 'with_gold' when 'FI.RES.XGLD.CD' then 'without_gold' end as basis,
    rtrim(rtrim(cast(round_even(cast(l.value as decimal(28, 10)) * 0.000000001, 4) as varchar), '0'), '.')
        as reserves_usd_bn,
    cast(null as varchar) as note,
    max(l.lastupdated) over () as known_on
from live as l
left join codelist_countries as c on l.countryiso3code is null and c.name = l."country.value"
