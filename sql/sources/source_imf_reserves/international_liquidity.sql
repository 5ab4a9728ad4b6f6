-- Reserves in billions of dollars to four decimals, as those of other compilers here. The service gives units of dollars,
-- whatever its scale says. With gold is gold at the market's price, as at the World Bank.
select
    coalesce(m.iso3, l.COUNTRY) as iso3,
    l.TIME_PERIOD as year,
    case l.INDICATOR when 'TRGMV_REVS' then 'with_gold' when 'RXF11_REVS' then 'without_gold' end as basis,
    rtrim(rtrim(cast(round_even(cast(l.OBS_VALUE as decimal(28, 10)) * 0.000000001, 4) as varchar), '0'), '.')
        as reserves_usd_bn,
    nullif(
        concat_ws(
            '; ',
            if(coalesce(l.STATUS, 'A') = 'A', null, 'status ' || l.STATUS),
            if(l.VALUATION is null, null, 'valuation ' || l.VALUATION)
        ),
        ''
    ) as note
from live as l
left join codelist_country_codes as m on m.publisher = 'imf' and m.code = l.COUNTRY
