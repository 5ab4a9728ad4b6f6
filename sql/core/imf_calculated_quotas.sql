-- One row per member, data set and kind of share. A share that its source gives as n.a. is a row without a value.
select
    coalesce(c.iso3, s.iso3) as iso3,
    s.data_set,
    case s.kind when 'actual (agreed)' then 'actual_agreed' else s.kind end as kind,
    s.share_pct,
    d.identified as data_set_identified,
    s.vintage_id,
    s.source_id,
    v.known_on,
    d.data_to as period_end
from source_imf_calculated_quota_shares s
left join codelist_country_codes c on c.publisher = 'imf' and c.code = s.iso3
left join codelist_imf_calculated_data_sets d on d.data_set = s.data_set
left join vintages v on v.vintage_id = s.vintage_id
