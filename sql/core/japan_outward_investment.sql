-- One row per basis, period, destination and edition. A fiscal year (FY) begins in April and ends in March of the next year.
-- Amounts stand in the unit that their document uses; no amount is converted.
select
    coalesce(b.basis, s.basis) as basis,
    s.period,
    coalesce(r.region, s.region) as region,
    case when s.unit = 'USD mn' then s.value end as investment_usd_mn,
    case when s.unit = 'JPY bn' then s.value end as investment_jpy_bn,
    case when s.unit = '% of GDP' then s.value end as investment_gdp_pct,
    s.share_pct,
    s.note,
    case
        when s.period like 'FY%' then make_date(cast(substr(s.period, 3) as integer) + 1, 3, 31)
        else make_date(cast(s.period as integer), 12, 31)
    end as period_end,
    v.known_on,
    s.vintage_id,
    s.source_id
from source_japan_fdi_outward_investment as s
left join codelist_investment_bases as b on b.published_as = s.basis
left join codelist_investment_regions as r on r.published_as = s.region
left join source_japan_fdi_vintages as v on v.vintage_id = s.vintage_id
