-- China's shares year by year beside those of 1980: its imports and trade as shares of its own GDP, and its part of the
-- world's imports, output and reserves. For the first, the world's own imports as a share of its GDP, both from one publisher.
with trade as (
    select iso3, year, imports_gdp_pct, trade_gdp_pct, imports_usd_bn
    from trade_in_goods_and_services
    where iso3 in ('CHN', 'WLD')
    qualify row_number() over (partition by iso3, year order by known_on desc, vintage_id desc) = 1
),

world as (
    select t.year, t.imports_usd_bn, 100 * t.imports_usd_bn / g.gdp_usd_bn as imports_gdp_pct
    from trade as t
    left join gdp as g on g.iso3 = 'WLD' and g.year = t.year and g.publisher = 'world_bank' and g.gdp_usd_bn is not null
    where t.iso3 = 'WLD'
    qualify row_number() over (partition by t.year order by g.known_on desc, g.vintage_id desc) = 1
),

shares as (
    select 'imports_of_gdp' as definition, year, imports_gdp_pct as share from trade where iso3 = 'CHN'
    union all
    select 'trade_of_gdp', year, trade_gdp_pct from trade where iso3 = 'CHN'
    union all
    select 'share_of_world_imports', c.year, 100 * c.imports_usd_bn / w.imports_usd_bn
    from trade as c
    inner join world as w on w.year = c.year
    where c.iso3 = 'CHN'
    union all
    select 'market_share_' || series, year, gdp_usd_share_pct from gdp_world_shares where iso3 = 'CHN'
    union all
    select 'ppp_share_' || series, year, gdp_ppp_share_pct
    from gdp_world_shares
    where iso3 = 'CHN' and series <> 'world_bank'
    union all
    select 'reserves_' || reserve_series, year, share_pct
    from reserves_by_economy
    where iso3 = 'CHN' and reserve_series <> 'without_gold_wdi'
),

compared as (
    select
        s.definition, s.year, s.share, b.share as base,
        case when s.definition = 'imports_of_gdp' then w.imports_gdp_pct end as world_share,
        case when s.definition = 'imports_of_gdp' then e.imports_gdp_pct end as world_base
    from shares as s
    inner join shares as b on b.definition = s.definition and b.year = 1980
    left join world as w on w.year = s.year
    left join world as e on e.year = 1980
    where s.share is not null and s.year >= 1980
)

select
    c.definition, m.measure, c.year::varchar as period, m.value, m.unit,
    null::decimal(12, 6) as claimed_value, null::varchar as note
from compared as c
cross join lateral (
    values
        ('share_pct', c.share, 'percent'),
        ('times_1980', c.share / nullif(c.base, 0), 'times the share of 1980'),
        ('break_even_share_pct', 2 * c.base, 'percent'),
        ('world_share_pct', c.world_share, 'percent'),
        ('world_times_1980', c.world_share / c.world_base, 'times the share of 1980')
) as m (measure, value, unit)
where m.value is not null
