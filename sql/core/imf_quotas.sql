-- One row per member, date and edition. How a date of the source becomes a day:
--   a day stays itself; a month becomes its last day; "proposed" becomes the day the review was agreed on;
--   a year becomes its 30 June, because year-end would put the list of 1980 after the increase of 30 December 1980
--   and a January date the list of 2011 before the reform took effect.
-- A published quota is public from the day it is in effect; a derived one only from the edition that it comes from.
with dated as (
    select
        q.iso3,
        coalesce(n.review, q.review) as review,
        r.status,
        case
            when q.as_of = 'proposed' then r.agreed_on::date
            when length(q.as_of) = 4 then (q.as_of || '-06-30')::date
            when length(q.as_of) = 7 then last_day((q.as_of || '-01')::date)
            else q.as_of::date
        end as quota_date,
        case length(q.as_of) when 10 then 'day' when 4 then 'year' else 'month' end as quota_date_precision,
        q.quota_sdr_mn,
        q.rounding_error_sdr_mn,
        q.share_published_pct,
        t.total_sdr_mn,
        q.value_kind,
        q.note,
        q.vintage_id,
        q.source_id
    from source_imf_quotas q
    left join codelist_imf_review_names n on n.name_in_source = q.review
    left join codelist_imf_reviews r on r.review = n.review
    left join source_imf_quota_totals t on t.as_of = q.as_of
)

select
    coalesce(c.iso3, d.iso3) as iso3,
    d.review,
    d.status,
    d.quota_date,
    d.quota_date_precision,
    d.quota_sdr_mn,
    d.rounding_error_sdr_mn,
    -- "about 3.0" is how one source puts it
    replace(d.share_published_pct, 'about ', '') as share_published_pct,
    d.total_sdr_mn as all_quotas_published_sdr_mn,
    d.value_kind,
    d.note,
    d.vintage_id,
    d.source_id,
    case when d.value_kind = 'published' then d.quota_date else v.known_on end as known_on,
    d.quota_date as period_end
from dated d
left join codelist_country_codes c on c.publisher = 'imf' and c.code = d.iso3
left join vintages v on v.vintage_id = d.vintage_id
