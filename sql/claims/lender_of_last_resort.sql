-- What the United States, Asia and the IMF could lay out, in days of the world's foreign exchange trading. Reserves are those
-- at the end of the year before the survey, so that they were known when its trading took place. A group that lacks a large
-- holder has no sum: all ten of Asia's ten, thirteen of East Asia's sixteen must have a figure.
with trading as (
    select
        survey_year, turnover_usd_bn,
        case turnover_definition when 'world_traditional' then '_traditional' else '_all_instruments' end as trading
    from fx_turnover_by_definition
    where turnover_definition in ('world_traditional', 'world_all_net_net') and turnover_usd_bn is not null
),

holders (holder, group_code, needed) as (
    values ('asia_10', 'ASIA_10', 10), ('east_asia', 'EAST_ASIA', 13)
),

held as (
    select
        'us' as holder, year, reserve_series, reserves_usd_bn, 'reserves at the end of ' || year as note
    from reserves_by_economy
    where iso3 = 'USA'
    union all
    select
        h.holder, r.year, r.reserve_series, sum(r.reserves_usd_bn),
        'reserves at the end of ' || r.year || ', ' || count(*) || ' economies'
    from holders as h
    inner join country_memberships as m on m.group_code = h.group_code
    inner join reserves_by_economy as r on r.iso3 = m.iso3
    group by h.holder, h.needed, r.year, r.reserve_series
    having count(*) >= h.needed
    union all
    select
        'all_economies', year, reserve_series, sum(reserves_usd_bn),
        'reserves at the end of ' || year || ', ' || count(*) || ' economies'
    from reserves_by_economy
    group by year, reserve_series
),

covered as (
    select
        h.holder || case h.reserve_series when 'with_gold_wdi' then '_with_gold' else '_without_gold' end || t.trading
            as definition,
        t.survey_year, t.turnover_usd_bn, h.reserves_usd_bn, h.note
    from trading as t
    inner join held as h on h.year = t.survey_year - 1 and h.reserve_series in ('with_gold_wdi', 'without_gold_ewn')
),

quotas as (
    select t.trading, t.survey_year, t.turnover_usd_bn, q.quota_date, sum(q.quota_sdr_mn) / 1000 as quotas_sdr_bn
    from trading as t
    inner join imf_quotas_in_effect as q on q.status = 'in_effect' and year(q.quota_date) <= t.survey_year
    group by t.trading, t.survey_year, t.turnover_usd_bn, q.quota_date
    qualify row_number() over (partition by t.trading, t.survey_year order by q.quota_date desc) = 1
)

select
    c.definition, m.measure, c.survey_year::varchar as period, m.value, m.unit, m.claimed as claimed_value, c.note
from covered as c
cross join lateral (
    values
        ('days_of_turnover', c.reserves_usd_bn / c.turnover_usd_bn, 'days of turnover', 1),
        ('reserves_usd_bn', c.reserves_usd_bn, 'billions of US dollars', null),
        ('break_even_turnover_usd_bn', c.reserves_usd_bn, 'billions of US dollars a day', null)
) as m (measure, value, unit, claimed)
union all
select
    'imf_quotas' || q.trading, m.measure, q.survey_year::varchar, m.value, m.unit, null, m.note
from quotas as q
cross join lateral (
    values
        ('days_of_turnover', null, 'days of turnover', 'no dollar rate of the SDR is at hand'),
        ('quotas_sdr_bn', q.quotas_sdr_bn, 'billions of SDR', 'quotas on ' || q.quota_date),
        ('break_even_usd_per_sdr', q.turnover_usd_bn / q.quotas_sdr_bn, 'US dollars for an SDR', 'quotas on ' || q.quota_date)
) as m (measure, value, unit, note)
