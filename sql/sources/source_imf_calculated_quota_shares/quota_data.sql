-- Shares by member and column of the workbook. Which data set a column is of, and what kind of share, its name says only
-- in part; the first two pairs are identified by the actual shares that they stand beside. Members are found by name.
with columns as (
    select *
    from (
        values
            ('actual_before', '2008_reform', '2008 reform', 'actual'),
            ('cal_before', '2008_reform', '2008 reform data set (inferred)', 'calculated'),
            ('actual_review', '14th_review', '14th review', 'actual (agreed)'),
            ('cal_review', '14th_review', '14th review data set (inferred)', 'calculated'),
            ('cal_previous', '2017_update', '2017 update (data 2003-2015)', 'calculated'),
            ('cal_current', '2018_update', '2018 update (data 2004-2016)', 'calculated')
    ) as t (source_column, data_set, data_set_as_named, kind)
),

names as (
    select name, iso3
    from codelist_countries
    union
    select code, iso3
    from codelist_country_codes
    where publisher = 'weo'
    union
    select *
    from (
        values
            ('Congo, Dem. Rep.', 'COD'), ('Congo, Rep.', 'COG'), ('Egypt, Arab Rep.', 'EGY'),
            ('Iran, Islamic Rep.', 'IRN'), ('Korea, Rep.', 'KOR'), ('Micronesia, FS of', 'FSM'), ('St. Kitts', 'KNA'),
            ('St. Lucia', 'LCA'), ('St. Vincent', 'VCT'), ('Swaziland', 'SWZ'), ('Syrian Arab Republic', 'SYR'),
            ('Turkey', 'TUR'), ('Venezuela, RB', 'VEN'), ('Yemen, Rep.', 'YEM')
    ) as t (name, iso3)
)

select
    coalesce(n.iso3, l.country) as iso3,
    l.country as member,
    c.data_set,
    c.data_set_as_named,
    c.kind,
    l.share as share_pct,
    l."column" as source_column
from live as l
left join columns as c on c.source_column = l."column"
left join names as n on n.name = l.country
