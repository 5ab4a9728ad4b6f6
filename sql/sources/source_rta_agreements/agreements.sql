-- One row per agreement or accession of the export. (G) is goods, (S) services; the status is the one on the day of the
-- export, whatever month the bundled column is named after.
select
    cast("RTA ID" as varchar) as rta_id,
    trim("RTA Name") as rta_name,
    "Coverage" as coverage,
    "Type" as type,
    "Notification" as notification_basis,
    "Status" as status_2026_04,
    "Date of Signature (G)" as signature_goods,
    "Date of Signature (S)" as signature_services,
    "Date of Notification (G)" as notified_goods,
    "Date of Notification (S)" as notified_services,
    "Date of Entry into Force (G)" as in_force_goods,
    "Date of Entry into Force (S)" as in_force_services,
    "Inactive Date" as inactive_date,
    "Accession?" as accession,
    "RTA Composition" as composition,
    "Region" as region,
    trim("Cross-regional") as cross_regional,
    "Current signatories" as current_signatories,
    "Original signatories" as original_signatories
from live
