-- Quota share minus weight, in points, for four readings of "Asia" and five of "weight": on 28 February 2001,
-- the last quotas before the talk, and on the newest date in effect. A date whose full list cannot be seen
-- gives rows without a value.
with dates as (
    select date '2001-02-28' as quota_date
    union
    select max(quota_date) from imf_quota_alignment_by_group
    where status = 'in_effect' and quota_date > date '2001-02-28'
),

figures as (
    select
        d.quota_date, lower(g.group_code) as asia, g.group_code, a.quota_share_pct, a.quota_share_of_all_pct,
        a.gdp_market_share_pct, a.gdp_ppp_share_pct, a.gdp_blend_share_pct, a.newest_calculated_share_pct,
        a.gap_market_points, a.gap_ppp_points, a.gap_blend_points, a.gap_newest_calculated_points,
        case
            when a.quota_date is null then 'no full list of quotas for this date can be seen'
            else 'GDP of ' || a.gdp_year || ' from ' || a.gdp_compiler
        end as gdp_note
    from dates d
    cross join codelist_country_groups g
    left join imf_quota_alignment_by_group a on a.quota_date = d.quota_date and a.group_code = g.group_code
    where d.quota_date is not null and g.group_code in ('ASIA_10', 'ASIA_9', 'ASEAN_PLUS_3', 'JAPAN')
),

first_data_set as (
    select lower(m.group_code) as asia, sum(c.share_pct) as share_pct
    from imf_calculated_quotas c
    inner join country_memberships m on m.iso3 = c.iso3 and coalesce(m.member_from <= date '2001-02-28', true)
    where c.data_set = '2008_reform' and c.kind = 'calculated'
    group by m.group_code
),

gaps as (
    select asia || '_market' as definition, quota_date, quota_share_pct as quota, gdp_market_share_pct as weight,
        gap_market_points as gap, gdp_note as note
    from figures
    union all
    select asia || '_ppp', quota_date, quota_share_pct, gdp_ppp_share_pct, gap_ppp_points, gdp_note from figures
    union all
    select asia || '_blend', quota_date, quota_share_pct, gdp_blend_share_pct, gap_blend_points, gdp_note from figures
    union all
    select asia || '_all_quotas', quota_date, quota_share_of_all_pct, gdp_blend_share_pct,
        quota_share_of_all_pct - gdp_blend_share_pct, gdp_note
    from figures
    union all
    select asia || '_calculated', quota_date, quota_share_pct, newest_calculated_share_pct,
        gap_newest_calculated_points,
        case
            when newest_calculated_share_pct is null then 'no calculated quota shares of this date or before are at hand'
        end
    from figures
    union all
    select f.asia || '_calculated_2008', f.quota_date, f.quota_share_of_all_pct, s.share_pct,
        f.quota_share_of_all_pct - s.share_pct,
        case
            when f.quota_share_of_all_pct - s.share_pct is null then 'no calculated quota shares can be seen'
            else 'the oldest calculated shares at hand, of the 2008 reform; share of all quotas'
        end
    from figures f
    left join first_data_set s on s.asia = f.asia
    where f.quota_date = date '2001-02-28'
),

ranks as (
    select
        d.quota_date, w.weight, a.iso3, m.iso3 is not null as asian,
        case w.weight
            when 'market' then a.rank_market
            when 'ppp' then a.rank_ppp
            when 'blend' then a.rank_blend
            else a.rank_newest_calculated
        end as rank
    from dates d
    cross join (select unnest(['market', 'ppp', 'blend', 'calculated']) as weight) w
    left join imf_quota_alignment a on a.quota_date = d.quota_date
    left join country_memberships m on m.group_code = 'ASIA_10' and m.iso3 = a.iso3
    where d.quota_date is not null
)

select definition, 'gap_points' as measure, quota_date::varchar as period, gap as value, 'percentage points' as unit,
    null::decimal(12, 6) as claimed_value, note
from gaps
union all
select definition, 'quota_share_pct', quota_date::varchar, quota, 'percent of quotas', null, note from gaps
union all
select definition, 'weight_share_pct', quota_date::varchar, weight, 'percent of the weight', null, note from gaps
union all
select 'ranked_' || r.weight, lower(e.iso3) || '_rank', r.quota_date::varchar,
    max(r.rank) filter (where r.iso3 = e.iso3), 'rank; 1 is the most under-represented', null, null
from ranks r
cross join (select unnest(['CHN', 'IND', 'JPN', 'KOR']) as iso3) e
group by r.weight, r.quota_date, e.iso3
union all
select 'ranked_' || weight, 'asian_in_lowest_ten', quota_date::varchar,
    case when count(rank) > 0 then count(*) filter (where asian and rank <= 10) end, 'members', null,
    'of the ten most under-represented members, how many are among the ten largest of Asia'
from ranks
group by weight, quota_date
union all
select 'ranked_' || weight, 'members_ranked', quota_date::varchar, nullif(count(rank), 0), 'members', null,
    case when count(rank) = 0 then 'no full list of quotas, or no weight, can be seen for this date' end
from ranks
group by weight, quota_date
