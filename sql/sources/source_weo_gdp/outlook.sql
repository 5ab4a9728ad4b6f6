-- One row per area and year. The service gives units of currency, the bundled editions billions; growth and shares are
-- percent in both. Of the groups those whose code is known to be the same group get its name; the edition is told by the
-- publication date.
with figures as (
    select
        case l.COUNTRY
            when 'G001' then 'WLD'
            when 'G110' then 'WEO_ADVANCED_ECONOMIES'
            when 'G119' then 'WEO_G7'
            when 'G163' then 'EMU'
            else coalesce(m.iso3, l.COUNTRY)
        end as area,
        l.TIME_PERIOD as year,
        l.INDICATOR as indicator,
        l.OBS_VALUE as value,
        rtrim(rtrim(cast(cast(l.OBS_VALUE as decimal(28, 10)) * 0.000000001 as varchar), '0'), '.') as billions,
        left(l.PUBLICATION_DATE, 10) as known_on
    from live as l
    left join codelist_country_codes as m on m.publisher = 'imf' and m.code = l.COUNTRY
)

select
    area,
    year,
    max(billions) filter (where indicator = 'NGDPD') as gdp_usd_bn,
    max(billions) filter (where indicator = 'PPPGDP') as gdp_ppp_intl_bn,
    max(billions) filter (where indicator = 'NGDP') as gdp_lcu_bn,
    max(billions) filter (where indicator = 'NGDP_R') as real_gdp_lcu_bn,
    max(value) filter (where indicator = 'NGDP_RPCH') as real_growth_pct,
    max(value) filter (where indicator = 'PPPSH') as ppp_world_share_pct,
    max(known_on) as known_on
from figures
group by area, year
