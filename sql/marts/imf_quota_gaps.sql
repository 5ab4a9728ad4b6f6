-- One row per quota date, group and weight that quotas are set beside. Every date and group of the codelists has its rows;
-- they are empty where no full list of quotas can be seen. A gap is the sum of the members' gaps, so it is not always the
-- difference of the two shares beside it.
with weights (weight) as (
    values ('market'), ('ppp'), ('blend'), ('all_quotas'), ('calculated'), ('calculated_own')
),

figures as (
    select
        d.quota_date::date as quota_date, g.group_code, w.weight, d.review, r.status, a.quota_date is not null as is_listed,
        a.quota_share_pct, a.gdp_market_share_pct, a.gdp_ppp_share_pct, a.gdp_blend_share_pct, a.calculated_share_pct,
        a.newest_calculated_share_pct, a.gap_market_points, a.gap_ppp_points, a.gap_blend_points, a.gap_calculated_points,
        a.gap_newest_calculated_points, a.gdp_compiler, a.gdp_year,
        -- where no total is published the list is complete, so its share is the share of all quotas
        coalesce(a.quota_share_of_all_pct, a.quota_share_pct) as quota_share_of_all_pct
    from codelist_imf_quota_dates as d
    inner join codelist_imf_reviews as r on r.review = d.review
    cross join codelist_country_groups as g
    cross join weights as w
    left join imf_quota_alignment_by_group as a on a.quota_date = d.quota_date::date and a.group_code = g.group_code
)

select
    quota_date,
    group_code,
    weight,
    review,
    status,
    is_listed,
    case when weight = 'all_quotas' then quota_share_of_all_pct else quota_share_pct end as quota_share_pct,
    case weight
        when 'market' then gdp_market_share_pct
        when 'ppp' then gdp_ppp_share_pct
        when 'blend' then gdp_blend_share_pct
        when 'all_quotas' then gdp_blend_share_pct
        when 'calculated' then newest_calculated_share_pct
        else calculated_share_pct
    end as weight_share_pct,
    case weight
        when 'market' then gap_market_points
        when 'ppp' then gap_ppp_points
        when 'blend' then gap_blend_points
        when 'all_quotas' then quota_share_of_all_pct - gdp_blend_share_pct
        when 'calculated' then gap_newest_calculated_points
        else gap_calculated_points
    end as gap_points,
    gdp_compiler,
    gdp_year
from figures
