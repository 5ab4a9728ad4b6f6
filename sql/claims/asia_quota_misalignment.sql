-- Quota share minus weight, in points, for four readings of "Asia" and five of "weight": on 28 February 2001, the last quotas
-- before the talk, and on every other date in effect whose full list is at hand. A date whose full list cannot be seen gives
-- rows without a value.
with dates as (
    select date '2001-02-28' as quota_date
    union
    select quota_date from imf_quota_gaps where status = 'in_effect' and is_listed
),

figures as (
    select
        lower(f.group_code) as asia, f.weight, f.quota_date, f.quota_share_pct, f.weight_share_pct, f.gap_points,
        case
            when f.weight = 'calculated' and f.weight_share_pct is null
                then 'no calculated quota shares of this date or before are at hand'
            when f.weight = 'calculated' then null
            when not f.is_listed then 'no full list of quotas for this date can be seen'
            else 'GDP of ' || f.gdp_year || ' from ' || f.gdp_compiler
        end as note
    from imf_quota_gaps as f
    inner join dates as d on d.quota_date = f.quota_date
    where f.group_code in ('ASIA_10', 'ASIA_9', 'ASEAN_PLUS_3', 'JAPAN') and f.weight <> 'calculated_own'
),

first_calculated as (
    select iso3, last(share_pct order by known_on, vintage_id) as share_pct
    from imf_calculated_quotas
    where data_set = '2008_reform' and kind = 'calculated'
    group by iso3
),

first_data_set as (
    select lower(m.group_code) as asia, sum(c.share_pct) as share_pct
    from first_calculated c
    inner join country_memberships m on m.iso3 = c.iso3 and coalesce(m.member_from <= date '2001-02-28', true)
    group by m.group_code
),

gaps as (
    select asia || '_' || weight as definition, quota_date, quota_share_pct as quota, weight_share_pct as weight,
        gap_points as gap, note
    from figures
    union all
    select f.asia || '_calculated_2008', f.quota_date, f.quota_share_pct, s.share_pct, f.quota_share_pct - s.share_pct,
        case
            when f.quota_share_pct - s.share_pct is null then 'no calculated quota shares can be seen'
            else 'the oldest calculated shares at hand, of the 2008 reform; share of all quotas'
        end
    from figures f
    left join first_data_set s on s.asia = f.asia
    where f.quota_date = date '2001-02-28' and f.weight = 'all_quotas'
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
)

select definition, 'gap_points' as measure, quota_date::varchar as period, gap as value, 'percentage points' as unit,
    null::decimal(12, 6) as claimed_value, note
from gaps
union all
select definition, 'quota_share_pct', quota_date::varchar, quota, 'percent of quotas', null, note from gaps
union all
select definition, 'weight_share_pct', quota_date::varchar, weight, 'percent of the weight', null, note from gaps
union all
select definition, 'break_even_weight_pct', quota_date::varchar, quota + 1, 'percent of the weight', null, note from gaps
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
