-- One row per member and quota date. A member's quota on a date is its newest one of that date's review; a
-- published figure comes before a derived one. A date is shown only once its full list can be seen: shares of
-- a few members would mislead.
with listed as (
    select
        d.quota_date::date as quota_date, d.review, d.members_min::integer as members_min,
        q.iso3, q.status, q.quota_sdr_mn, q.value_kind, q.vintage_id, q.source_id,
        -- a total stated for an earlier date is not this date's
        case when q.quota_date = d.quota_date::date then q.all_quotas_published_sdr_mn end as total_sdr_mn,
        row_number() over (
            partition by d.quota_date, q.iso3
            order by
                q.review = d.review desc, q.value_kind = 'published' desc, q.quota_date desc, q.known_on desc,
                q.vintage_id desc
        ) as place
    from codelist_imf_quota_dates d
    inner join imf_quotas q on q.review in (d.review, d.base_review) and q.quota_date <= d.quota_date::date
),

totals as (
    select quota_date, sum(quota_sdr_mn) as listed_sdr_mn, max(total_sdr_mn) as all_sdr_mn
    from listed
    where place = 1
    group by quota_date, members_min
    having count(*) >= members_min
)

select
    l.quota_date,
    l.iso3,
    l.review,
    l.status,
    l.quota_sdr_mn,
    100 * l.quota_sdr_mn / t.listed_sdr_mn as quota_share_pct,
    100 * l.quota_sdr_mn / t.all_sdr_mn as quota_share_of_all_pct,
    l.value_kind,
    l.vintage_id,
    l.source_id
from listed l
inner join totals t on t.quota_date = l.quota_date
where l.place = 1
