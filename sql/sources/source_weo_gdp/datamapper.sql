-- One row per area, by its name, and year. The export has billions, as the bundled edition that was read from it, and does
-- not say of which edition it is.
select
    area,
    year,
    max(value) filter (where indicator = 'NGDPD') as gdp_usd_bn,
    max(value) filter (where indicator = 'PPPGDP') as gdp_ppp_intl_bn,
    cast(null as varchar) as gdp_lcu_bn,
    cast(null as varchar) as real_gdp_lcu_bn,
    cast(null as varchar) as real_growth_pct,
    cast(null as varchar) as ppp_world_share_pct
from live
group by area, year
