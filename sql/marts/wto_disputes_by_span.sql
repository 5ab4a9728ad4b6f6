-- One row per direction (who complained of whom), way of counting and span of five calendar years, none left out because it
-- is zero. The spans end with 2001 and every fifth year after; 1995 and 1996 are a short one before. The last span has not
-- ended: it counts to the newest dispute at hand, and years_covered says how much of it that is.
with horizon as (
    select max(known_on) as newest_day from wto_disputes
),

spans as (
    select
        greatest(k.last_year - 4, 1995) as first_year,
        k.last_year,
        h.newest_day >= make_date(k.last_year::integer, 12, 31) as is_whole,
        if(
            h.newest_day >= make_date(k.last_year::integer, 12, 31),
            k.last_year - greatest(k.last_year - 4, 1995) + 1,
            (h.newest_day - make_date(greatest(k.last_year - 4, 1995)::integer, 1, 1) + 1) / 365.25
        ) as years_covered
    from horizon as h
    inner join generate_series(1996, 2096, 5) as k (last_year) on k.last_year - 4 <= year(h.newest_day)
),

counted as (
    select d.direction, d.pair, w.year, c.counting, c.n
    from codelist_dispute_directions as d
    inner join wto_disputes_by_pair as w on d.member = w.member and d.respondent = w.respondent
    cross join lateral (
        values
            ('ds_number', if(w.role = 'complainant', w.disputes, 0)),
            ('occasion', if(w.role = 'complainant', w.occasions, 0)),
            ('brought_alone', if(w.role = 'complainant', w.disputes - w.joint_disputes, 0)),
            ('with_panel', if(w.role = 'complainant', w.panels, 0)),
            ('third_party_too', w.disputes)
    ) as c (counting, n)
),

unknown as (
    select year(known_on) as year, count(distinct ds_number) as n
    from wto_disputes
    where complainants is null
    group by year(known_on)
),

everyone as (
    select year, disputes as n from wto_disputes_by_pair
    where role = 'complainant' and member = 'WLD' and respondent = 'WLD'
)

select
    d.direction,
    d.pair,
    c.counting,
    s.first_year,
    s.last_year,
    s.years_covered,
    s.is_whole,
    coalesce((
        select sum(n.n) from counted as n
        where n.direction = d.direction and n.counting = c.counting and n.year between s.first_year and s.last_year
    ), 0) as disputes,
    coalesce((select sum(e.n) from everyone as e where e.year between s.first_year and s.last_year), 0) as all_disputes,
    coalesce((select sum(u.n) from unknown as u where u.year between s.first_year and s.last_year), 0) as unknown_parties
from codelist_dispute_directions as d
cross join (values ('ds_number'), ('occasion'), ('brought_alone'), ('with_panel'), ('third_party_too')) as c (counting)
cross join spans as s
where d.member <> 'WLD' or c.counting <> 'third_party_too'
