-- One row per bloc, year, measure and edition. Amounts and shares stand in two columns, as the measure's unit says. The rows of
-- 1992 that lack the trade between the United States and Canada are not among the bundled figures; those without that flaw
-- but with a world total short by it say so in their note.
select
    coalesce(b.bloc, s.bloc) as bloc,
    cast(s.year as integer) as year,
    s.measure,
    case when s.unit = 'USD bn' then s.value end as amount_usd_bn,
    case when s.unit = '%' then s.value end as share_pct,
    s.value_kind,
    s.note,
    make_date(cast(s.year as integer), 12, 31) as period_end,
    v.known_on,
    s.vintage_id,
    s.source_id
from source_comtrade_trade_by_bloc as s
left join codelist_trade_blocs as b on b.published_as = s.bloc
left join source_comtrade_vintages as v on v.vintage_id = s.vintage_id
