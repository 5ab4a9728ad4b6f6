-- Asia's share of Japan's outward investment, as notified to the Ministry of Finance, beside North America's, Europe's, and
-- Asia's share of the world's output outside Japan in the same year. The bases of other documents are not mixed in; net
-- outflows to all destinations stand apart.
with notified as (
    select period, region, share_pct
    from japan_outward_investment
    where basis = 'mof_report' and share_pct is not null
    qualify row_number() over (partition by period, region order by known_on desc, vintage_id desc) = 1
),

output as (
    select iso3, year, gdp_usd_bn
    from gdp
    where publisher = 'weo' and not is_projection and gdp_usd_bn is not null
    qualify row_number() over (partition by iso3, year order by known_on desc, vintage_id desc) = 1
),

weights as (
    select
        year,
        100 * sum(case iso3 when 'WLD' then 0 when 'WEO_ASIA_AND_PACIFIC' then gdp_usd_bn else -gdp_usd_bn end)
        / sum(case iso3 when 'WLD' then gdp_usd_bn when 'JPN' then -gdp_usd_bn else 0 end) as asia
    from output
    where iso3 in ('WLD', 'WEO_ASIA_AND_PACIFIC', 'WEO_AUSTRALIA_AND_NEW_ZEALAND', 'WEO_PACIFIC_ISLANDS', 'JPN')
    group by year
    having count(*) = 5
),

shares as (
    select
        n.period,
        max(n.share_pct) filter (where n.region = 'asia') as asia,
        max(n.share_pct) filter (where n.region = 'north_america') as north_america,
        max(n.share_pct) filter (where n.region = 'europe') as europe,
        max(w.asia)::decimal(12, 6) as weight
    from notified as n
    left join weights as w on 'FY' || w.year = n.period
    group by n.period
    having asia is not null
)

select
    m.definition, m.measure, s.period, m.value, m.unit, null::decimal(12, 6) as claimed_value,
    case when m.value is null then 'not at hand for this year' end as note
from shares as s
cross join lateral (
    values
        ('against_north_america', 'asia_share_pct', s.asia, 'percent of notified investment'),
        ('against_north_america', 'benchmark_pct', s.north_america, 'percent of notified investment'),
        ('against_north_america', 'gap_points', s.asia - s.north_america, 'percentage points'),
        ('against_europe', 'asia_share_pct', s.asia, 'percent of notified investment'),
        ('against_europe', 'benchmark_pct', s.europe, 'percent of notified investment'),
        ('against_europe', 'gap_points', s.asia - s.europe, 'percentage points'),
        ('against_weight', 'asia_share_pct', s.asia, 'percent of notified investment'),
        ('against_weight', 'benchmark_pct', s.weight, 'percent of world GDP outside Japan'),
        ('against_weight', 'gap_points', s.asia - s.weight, 'percentage points')
) as m (definition, measure, value, unit)
union all
select
    'all_destinations', 'outflow_gdp_pct', period, investment_gdp_pct, 'percent of GDP', null, 'no destinations are at hand'
from japan_outward_investment
where basis = 'net_outflows' and region = 'world'
qualify row_number() over (partition by period order by known_on desc, vintage_id desc) = 1
