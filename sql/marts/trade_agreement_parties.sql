-- One row per agreement and first signatory, from the newest edition; an agreement that is itself a party (ASEAN) is one
-- party by its own code. A name that the codelist does not know stays as it is, for the contract to refuse.
with newest as (
    select rta_id, name, is_accession, region, first_signed, first_notified, in_force_from, inactive_from, original_signatories
    from trade_agreements
    where original_signatories is not null
    qualify row_number() over (partition by rta_id order by edition_known_on desc, vintage_id desc) = 1
),

listed as (
    select *, trim(unnest(string_split(original_signatories, ';'))) as published_as from newest
)

select distinct
    l.rta_id,
    coalesce(c.iso3, l.published_as) as party,
    l.name,
    l.is_accession,
    l.region,
    l.first_signed,
    l.first_notified,
    l.in_force_from,
    l.inactive_from
from listed as l
left join codelist_country_codes as c on c.publisher = 'rta' and l.published_as = c.code
