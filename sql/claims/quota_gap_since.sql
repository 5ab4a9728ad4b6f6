-- The gap on each quota date since the talk, and what moved it: the quotas (a review) or the weight (the
-- world economy). A date compares with the last one in effect before it; a proposed review is nobody's
-- "before". Dates that cannot be seen give rows without a value. The last part pairs each quota data set with
-- the quotas of its day.
with figures as (
    select
        *, lower(group_code) as asia,
        max(case when status = 'in_effect' then quota_date end) over (
            partition by group_code, weight order by quota_date rows between unbounded preceding and 1 preceding
        ) as before
    from imf_quota_gaps
    where quota_date >= date '2001-02-28' and group_code in ('ASIA_10', 'ASIA_9', 'ASEAN_PLUS_3', 'JAPAN')
),

moves as (
    select
        f.asia || '_' || f.weight as definition, f.quota_date::varchar as period, f.quota_share_pct as quota,
        f.weight_share_pct as share, f.gap_points as gap,
        f.quota_share_pct - b.quota_share_pct as quota_moved, f.gap_points - b.gap_points as gap_moved,
        f.gap_points - first.gap_points as gap_since_2001,
        case
            when not f.is_listed then 'no full list of quotas for this date can be seen'
            when f.status = 'proposed' then 'proposed, not in effect'
            else f.review
        end as note
    from figures f
    left join figures b on b.quota_date = f.before and b.asia = f.asia and b.weight = f.weight
    left join figures first
        on first.quota_date = date '2001-02-28' and first.asia = f.asia and first.weight = f.weight
),

newest as (
    select data_set, kind, iso3, last(share_pct order by known_on, vintage_id) as share_pct
    from imf_calculated_quotas
    group by data_set, kind, iso3
),

paired as (
    select m.group_code, c.data_set, sum(a.share_pct) as quota, sum(c.share_pct) as share
    from newest c
    inner join newest a
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

shares as (
    select definition, period, quota, share, gap, note from moves
    union all
    select definition, period, quota, share, gap, note from data_sets
),

lines as (
    select definition, period, 'gap_points' as measure, gap as value, note from shares
    union all
    select definition, period, 'quota_share_pct', quota, note from shares
    union all
    select definition, period, 'weight_share_pct', share, note from shares
    union all
    select definition, period, 'break_even_quota_pct', share - 1, note from shares
    union all
    select definition, period, 'quota_moved_points', quota_moved, note from moves where period > '2001-02-28'
    union all
    select definition, period, 'gap_moved_points', gap_moved, note from moves where period > '2001-02-28'
    union all
    select definition, period, 'gap_since_2001_points', gap_since_2001, note from moves where period > '2001-02-28'
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
