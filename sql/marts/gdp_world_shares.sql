-- One row per series of editions, economy and year that is no projection: the newest figure of each measure, and its share
-- of the world in the very edition that it comes from. The world is the publisher's own row where the edition has one, else
-- the sum of its economies (World Economic Outlook of April 2019).
with seen as (
    select
        s.series, g.iso3, c.kind, g.year, g.vintage_id, g.known_on, g.gdp_usd_bn, g.gdp_ppp_intl_bn, g.gdp_lcu_bn,
        g.real_gdp_lcu_bn, g.real_growth_pct
    from gdp as g
    inner join codelist_gdp_series as s
        on s.publisher = g.publisher and (s.vintage_id is null or s.vintage_id = g.vintage_id)
    inner join countries as c on c.iso3 = g.iso3 and (c.kind = 'economy' or c.iso3 = 'WLD')
    where not g.is_projection
),

worlds as (
    select
        series, vintage_id, year, bool_or(iso3 = 'WLD') as is_published,
        coalesce(max(gdp_usd_bn) filter (where iso3 = 'WLD'), sum(gdp_usd_bn)) as world_usd_bn,
        coalesce(max(gdp_ppp_intl_bn) filter (where iso3 = 'WLD'), sum(gdp_ppp_intl_bn)) as world_ppp_bn
    from seen
    group by series, vintage_id, year
),

newest as (
    select
        series, iso3, year,
        last(gdp_usd_bn order by known_on, vintage_id) filter (where gdp_usd_bn is not null) as gdp_usd_bn,
        last(vintage_id order by known_on, vintage_id) filter (where gdp_usd_bn is not null) as usd_vintage,
        last(gdp_ppp_intl_bn order by known_on, vintage_id) filter (where gdp_ppp_intl_bn is not null) as gdp_ppp_intl_bn,
        last(vintage_id order by known_on, vintage_id) filter (where gdp_ppp_intl_bn is not null) as ppp_vintage,
        last(gdp_lcu_bn order by known_on, vintage_id) filter (where gdp_lcu_bn is not null) as gdp_lcu_bn,
        last(real_gdp_lcu_bn order by known_on, vintage_id) filter (where real_gdp_lcu_bn is not null) as real_gdp_lcu_bn,
        last(real_growth_pct order by known_on, vintage_id) filter (where real_growth_pct is not null) as real_growth_pct,
        last(vintage_id order by known_on, vintage_id) filter (where real_growth_pct is not null) as growth_vintage
    from seen
    where kind = 'economy'
    group by series, iso3, year
)

select
    n.series, n.iso3, n.year, n.gdp_usd_bn,
    100 * n.gdp_usd_bn / u.world_usd_bn as gdp_usd_share_pct,
    n.usd_vintage, n.gdp_ppp_intl_bn,
    100 * n.gdp_ppp_intl_bn / p.world_ppp_bn as gdp_ppp_share_pct,
    n.ppp_vintage, n.gdp_lcu_bn, n.real_gdp_lcu_bn, n.real_growth_pct, n.growth_vintage,
    case when coalesce(u.is_published, p.is_published) then 'published' else 'sum of economies' end as world_total
from newest as n
left join worlds as u on u.series = n.series and u.vintage_id = n.usd_vintage and u.year = n.year
left join worlds as p on p.series = n.series and p.vintage_id = n.ppp_vintage and p.year = n.year
