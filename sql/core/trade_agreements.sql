-- One row per agreement or accession and edition. An agreement is known from the first day that the WTO dates (signature,
-- notification or entry into force), one with no date from the edition's day. In force on a day: in_force_from has come,
-- inactive_from has not.
select
    a.rta_id,
    trim(a.rta_name) as name,
    coalesce(t.agreement_type, a.type) as agreement_type,
    coalesce(c.coverage, a.coverage) as coverage,
    a.notification_basis,
    coalesce(s.status, a.status_2026_04) as status,
    case a.accession when 'Yes' then 'true' when 'No' then 'false' else a.accession end as is_accession,
    a.composition,
    a.region,
    case a.cross_regional when 'Yes' then 'true' when 'No' then 'false' else a.cross_regional end as is_cross_regional,
    a.signature_goods as signed_goods,
    a.signature_services as signed_services,
    a.notified_goods as notified_goods,
    a.notified_services as notified_services,
    a.in_force_goods as in_force_goods,
    a.in_force_services as in_force_services,
    least(a.signature_goods, a.signature_services) as first_signed,
    least(a.notified_goods, a.notified_services) as first_notified,
    least(a.in_force_goods, a.in_force_services) as in_force_from,
    a.inactive_date as inactive_from,
    a.original_signatories,
    a.current_signatories,
    coalesce(
        least(
            a.signature_goods, a.signature_services, a.notified_goods, a.notified_services,
            a.in_force_goods, a.in_force_services
        ),
        v.known_on::varchar
    ) as known_on,
    v.known_on as edition_known_on,
    a.vintage_id,
    a.source_id
from source_rta_agreements as a
left join codelist_agreement_types as t on a.type = t.published_as
left join codelist_agreement_coverages as c on a.coverage = c.published_as
left join codelist_agreement_statuses as s on a.status_2026_04 = s.published_as
left join vintages as v on a.vintage_id = v.vintage_id
