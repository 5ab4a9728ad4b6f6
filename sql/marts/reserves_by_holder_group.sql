-- One row per year, group of five holders and series of reserves. Currency unions and other groups of economies hold
-- nothing of their own and are left out. A group with a member missing has no sum, and the five largest are only told where
-- the series covers enough economies (see the codelist) for them to be the five largest of the world.
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
),

ranked as (
    select
        iso3, year, reserve_series, reserves_usd_bn, vintage_id,
        row_number() over (partition by year, reserve_series order by reserves_usd_bn desc, iso3) as place,
        count(*) over (partition by year, reserve_series) as economies
    from newest
),

chosen as (
    select g.holders, r.year, r.reserve_series, r.iso3, r.reserves_usd_bn, r.vintage_id
    from ranked as r
    inner join codelist_reserve_holder_groups as g on r.economies >= cast(g.economies_needed as integer)
    left join codelist_reserve_holder_group_members as m on m.holders = g.holders and m.iso3 = r.iso3
    where m.iso3 is not null or (g.holders = 'five_largest' and r.place <= 5)
),

summed as (
    select
        holders, year, reserve_series,
        string_agg(iso3, ' ' order by reserves_usd_bn desc, iso3) as members,
        sum(reserves_usd_bn) as reserves_usd_bn,
        string_agg(distinct vintage_id, ' ' order by vintage_id) as vintages
    from chosen
    group by holders, year, reserve_series
    having count(*) = 5
)

select
    g.holders,
    y.year,
    y.reserve_series,
    y.economies,
    s.members,
    s.reserves_usd_bn,
    s.vintages
from (select distinct year, reserve_series, economies from ranked) as y
cross join codelist_reserve_holder_groups as g
left join summed as s on s.holders = g.holders and s.year = y.year and s.reserve_series = y.reserve_series
