-- One row per series of reserves, economy and year end: the newest figure, and its share of all economies that the series
-- has a figure of in that year. Currency unions and other groups hold nothing of their own and are left out.
with newest as (
    select r.iso3, r.year, s.reserve_series, r.reserves_usd_bn, r.vintage_id
    from reserves as r
    inner join countries as c on c.iso3 = r.iso3 and c.kind = 'economy'
    inner join codelist_reserve_series as s on s.basis = r.basis
    inner join codelist_reserve_series_publishers as p
        on p.reserve_series = s.reserve_series and p.publisher = r.publisher
    qualify row_number() over (
        partition by r.iso3, r.year, s.reserve_series order by r.known_on desc, r.vintage_id desc, r.source_id
    ) = 1
)

select
    reserve_series,
    iso3,
    year,
    reserves_usd_bn,
    100 * reserves_usd_bn / nullif(sum(reserves_usd_bn) over (partition by reserve_series, year), 0) as share_pct,
    count(*) over (partition by reserve_series, year) as economies,
    vintage_id
from newest
