-- One row per group and quota date. A gap is the sum of the members' gaps, so a member without a figure on
-- one side counts on neither. A group appears from its first member's accession on.
select
    a.quota_date,
    m.group_code,
    a.review,
    a.status,
    count(a.iso3) as members,
    sum(a.quota_sdr_mn) as quota_sdr_mn,
    sum(a.quota_share_pct) as quota_share_pct,
    sum(a.quota_share_of_all_pct) as quota_share_of_all_pct,
    count(a.gap_market_points) as members_with_gdp,
    a.gdp_compiler,
    a.gdp_year,
    sum(a.gdp_market_share_pct) as gdp_market_share_pct,
    sum(a.gdp_ppp_share_pct) as gdp_ppp_share_pct,
    sum(a.gdp_blend_share_pct) as gdp_blend_share_pct,
    sum(a.calculated_share_pct) as calculated_share_pct,
    sum(a.newest_calculated_share_pct) as newest_calculated_share_pct,
    sum(a.gap_market_points) as gap_market_points,
    sum(a.gap_ppp_points) as gap_ppp_points,
    sum(a.gap_blend_points) as gap_blend_points,
    sum(a.gap_calculated_points) as gap_calculated_points,
    sum(a.gap_newest_calculated_points) as gap_newest_calculated_points
from imf_quota_alignment a
inner join country_memberships m
    on m.iso3 = a.iso3
    and (m.member_from is null or m.member_from <= a.quota_date)
    and (m.member_to is null or m.member_to >= a.quota_date)
group by a.quota_date, m.group_code, a.review, a.status, a.gdp_compiler, a.gdp_year
