-- The gap on each quota date since the talk, and what moved it: the quotas (a review) or the weight (the
-- world economy). A date compares with the last one in effect before it; a proposed review is nobody's
-- "before". Dates that cannot be seen give rows without a value. The last part pairs each quota data set with
-- the quotas of its day.
with dates as (
    select quota_date::date as quota_date, lag(quota_date::date) over (order by quota_date) as before
    from codelist_imf_quota_dates d
    inner join codelist_imf_reviews r on r.review = d.review
    where r.status = 'in_effect' and d.quota_date >= '2001-02-28'
    union all
    select
        d.quota_date::date,
        (
            select max(e.quota_date::date)
            from codelist_imf_quota_dates e
            inner join codelist_imf_reviews q on q.review = e.review
            where q.status = 'in_effect' and e.quota_date < d.quota_date
        )
    from codelist_imf_quota_dates d
    inner join codelist_imf_reviews r on r.review = d.review
    where r.status = 'proposed'
),

weights as (
    select unnest(['market', 'ppp', 'blend', 'all_quotas', 'calculated', 'calculated_own']) as weight
),

figures as (
    select
        a.quota_date, lower(a.group_code) as asia, w.weight, a.review, a.status,
        -- where no total is published the list is complete, so its share is the share of all quotas
        case when w.weight = 'all_quotas' then coalesce(a.quota_share_of_all_pct, a.quota_share_pct)
            else a.quota_share_pct end as quota,
        case w.weight
            when 'market' then a.gdp_market_share_pct
            when 'ppp' then a.gdp_ppp_share_pct
            when 'blend' then a.gdp_blend_share_pct
            when 'all_quotas' then a.gdp_blend_share_pct
            when 'calculated' then a.newest_calculated_share_pct
            else a.calculated_share_pct
        end as share,
        case w.weight
            when 'market' then a.gap_market_points
            when 'ppp' then a.gap_ppp_points
            when 'blend' then a.gap_blend_points
            when 'all_quotas' then coalesce(a.quota_share_of_all_pct, a.quota_share_pct) - a.gdp_blend_share_pct
            when 'calculated' then a.gap_newest_calculated_points
            else a.gap_calculated_points
        end as gap
    from imf_quota_alignment_by_group a
    cross join weights w
),

grid as (
    select lower(g.group_code) as asia, w.weight, d.quota_date, d.before
    from dates d
    cross join codelist_country_groups g
    cross join weights w
    where g.group_code in ('ASIA_10', 'ASIA_9', 'ASEAN_PLUS_3', 'JAPAN')
),

moves as (
    select
        g.asia || '_' || g.weight as definition, g.quota_date::varchar as period, f.quota, f.share, f.gap,
        f.quota - b.quota as quota_moved, f.gap - b.gap as gap_moved,
        case when g.quota_date > first.quota_date then f.gap - first.gap end as gap_since_2001,
        case
            when f.quota_date is null then 'no full list of quotas for this date can be seen'
            when f.status = 'proposed' then 'proposed, not in effect'
            else f.review
        end as note
    from grid g
    left join figures f on f.quota_date = g.quota_date and f.asia = g.asia and f.weight = g.weight
    left join figures b on b.quota_date = g.before and b.asia = g.asia and b.weight = g.weight
    left join figures first
        on first.quota_date = date '2001-02-28' and first.asia = g.asia and first.weight = g.weight
),

paired as (
    select m.group_code, c.data_set, sum(a.share_pct) as quota, sum(c.share_pct) as share
    from imf_calculated_quotas c
    inner join imf_calculated_quotas a
        on a.iso3 = c.iso3
        and a.kind = case c.data_set when '2008_reform' then 'actual' else 'actual_agreed' end
    inner join country_memberships m on m.iso3 = c.iso3
    where c.kind = 'calculated'
    group by m.group_code, c.data_set
),

data_sets as (
    select
        lower(g.group_code) || '_by_data_set' as definition, d.data_set as period, p.quota, p.share,
        p.quota - p.share as gap,
        case
            when p.data_set is null then 'no calculated quota shares can be seen'
            else 'shares of all quotas as the data set''s own page gives them'
        end as note
    from codelist_imf_calculated_data_sets d
    cross join codelist_country_groups g
    left join paired p on p.data_set = d.data_set and p.group_code = g.group_code
    where g.group_code in ('ASIA_10', 'ASIA_9', 'ASEAN_PLUS_3', 'JAPAN')
),

lines as (
    select definition, period, 'gap_points' as measure, gap as value, note from moves
    union all
    select definition, period, 'quota_share_pct', quota, note from moves
    union all
    select definition, period, 'weight_share_pct', share, note from moves
    union all
    select definition, period, 'quota_moved_points', quota_moved, note from moves where period > '2001-02-28'
    union all
    select definition, period, 'gap_moved_points', gap_moved, note from moves where period > '2001-02-28'
    union all
    select definition, period, 'gap_since_2001_points', gap_since_2001, note from moves where period > '2001-02-28'
    union all
    select definition, period, 'gap_points', gap, note from data_sets
    union all
    select definition, period, 'quota_share_pct', quota, note from data_sets
    union all
    select definition, period, 'weight_share_pct', share, note from data_sets
)

select
    definition, measure, period, value,
    case when measure like '%_pct' then 'percent' else 'percentage points' end as unit,
    null::decimal(12, 6) as claimed_value,
    case
        when value is null and note not like 'no %' then 'nothing to compare with is at hand for this date'
        else note
    end as note
from lines
