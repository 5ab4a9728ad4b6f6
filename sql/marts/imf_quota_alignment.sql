-- One row per member and quota date. GDP of a date comes from one compiler and one year, so that shares have
-- one universe: the newest year up to the quota's own that gives four in five members a figure, and of the
-- compilers the one with most members in both measures. World GDP is the sum over members with a figure; a
-- member without one has no gap, not zero.
with editions as (
    select
        g.iso3, g.year, g.publisher as compiler,
        last(g.gdp_usd_bn order by g.known_on, g.vintage_id) filter (where g.gdp_usd_bn is not null) as usd,
        last(g.gdp_ppp_intl_bn order by g.known_on, g.vintage_id) filter (where g.gdp_ppp_intl_bn is not null) as ppp
    from gdp g
    where not g.is_projection
    group by g.iso3, g.year, g.publisher
),

sizes as (
    select quota_date, count(*) as members
    from imf_quotas_in_effect
    group by quota_date
),

candidates as (
    select
        q.quota_date, e.compiler, e.year, sum(e.usd) as world_usd, sum(e.ppp) as world_ppp,
        row_number() over (
            partition by q.quota_date
            order by
                e.year desc, count(case when e.usd is not null then e.ppp end) desc, count(e.usd) desc, e.compiler
        ) as place
    from imf_quotas_in_effect q
    inner join sizes s on s.quota_date = q.quota_date
    inner join editions e on e.iso3 = q.iso3 and e.year <= year(q.quota_date)
    group by q.quota_date, e.compiler, e.year, s.members
    having count(e.usd) >= 0.8 * s.members
),

calculated as (
    select data_set, iso3, last(share_pct order by known_on, vintage_id) as share_pct
    from imf_calculated_quotas
    where kind = 'calculated'
    group by data_set, iso3
),

shares as (
    select
        q.quota_date, q.iso3, q.review, q.status, q.quota_sdr_mn, q.value_kind, q.quota_share_pct,
        q.quota_share_of_all_pct, c.compiler as gdp_compiler, c.year as gdp_year,
        (100 * e.usd / c.world_usd)::decimal(9, 6) as gdp_market_share_pct,
        (100 * e.ppp / c.world_ppp)::decimal(9, 6) as gdp_ppp_share_pct,
        own.share_pct as calculated_share_pct,
        newest.share_pct as newest_calculated_share_pct
    from imf_quotas_in_effect q
    left join candidates c on c.quota_date = q.quota_date and c.place = 1
    left join editions e on e.iso3 = q.iso3 and e.compiler = c.compiler and e.year = c.year
    left join codelist_imf_quota_dates d on d.quota_date::date = q.quota_date
    left join calculated own on own.data_set = d.calculated_data_set and own.iso3 = q.iso3
    left join calculated newest on newest.data_set = d.newest_calculated_data_set and newest.iso3 = q.iso3
),

gaps as (
    select
        *,
        0.6 * gdp_market_share_pct + 0.4 * gdp_ppp_share_pct as gdp_blend_share_pct,
        quota_share_pct - gdp_market_share_pct as gap_market_points,
        quota_share_pct - gdp_ppp_share_pct as gap_ppp_points,
        quota_share_pct - 0.6 * gdp_market_share_pct - 0.4 * gdp_ppp_share_pct as gap_blend_points,
        quota_share_pct - calculated_share_pct as gap_calculated_points,
        quota_share_pct - newest_calculated_share_pct as gap_newest_calculated_points
    from shares
)

select
    quota_date, iso3, review, status, quota_sdr_mn, value_kind, quota_share_pct, quota_share_of_all_pct,
    gdp_compiler, gdp_year, gdp_market_share_pct, gdp_ppp_share_pct, gdp_blend_share_pct,
    calculated_share_pct, newest_calculated_share_pct,
    gap_market_points, gap_ppp_points, gap_blend_points, gap_calculated_points, gap_newest_calculated_points,
    case when gap_blend_points is not null
        then rank() over (partition by quota_date order by gap_blend_points) end as rank_blend,
    case when gap_market_points is not null
        then rank() over (partition by quota_date order by gap_market_points) end as rank_market,
    case when gap_ppp_points is not null
        then rank() over (partition by quota_date order by gap_ppp_points) end as rank_ppp,
    case when gap_newest_calculated_points is not null
        then rank() over (partition by quota_date order by gap_newest_calculated_points) end as rank_newest_calculated
from gaps
