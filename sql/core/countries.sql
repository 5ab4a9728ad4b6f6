-- One row per code. `NA` in iso2 is Namibia.
select
    iso3,
    name,
    iso2,
    kind,
    note
from codelist_countries
