-- One row per bloc and year: the newest figure of each measure, side by side; a share that belongs to the amounts goes before
-- a rounded one that was published. Shares of the world are empty where the world's total lacks a flow (1992), but for the
-- repaired edition's, which has it.
with newest as (
    select t.bloc, t.year, t.measure, coalesce(t.amount_usd_bn, t.share_pct) as figure, t.note
    from trade_by_bloc as t
    where t.measure <> 'intra_share_of_world_trade' or coalesce(t.note, '') not like 'world total short%'
    qualify row_number() over (
        partition by t.bloc, t.year, t.measure
        order by t.value_kind like 'published%', t.known_on desc, t.vintage_id, t.source_id
    ) = 1
),

wide as (
    select
        bloc, year,
        max(figure) filter (where measure = 'total_exports') as exports_usd_bn,
        max(figure) filter (where measure = 'total_imports_mirror') as imports_usd_bn,
        max(figure) filter (where measure = 'intra_exports') as intra_exports_usd_bn,
        max(figure) filter (where measure = 'intra_share_of_exports') as intra_share_of_exports_pct,
        max(figure) filter (where measure = 'intra_share_of_trade') as intra_share_of_trade_pct,
        max(figure) filter (where measure = 'intra_share_of_world_trade') as intra_share_of_world_pct,
        max(figure) filter (where measure = 'within_blocs_share_of_world') as within_share_of_world_pct,
        max(figure) filter (where measure = 'between_blocs_share_of_world') as between_share_of_world_pct,
        max(figure) filter (where measure = 'within_share_of_within_plus_between') as within_share_of_blocs_pct,
        string_agg(distinct note, '; ' order by note) as note
    from newest
    where bloc <> 'WORLD'
    group by bloc, year
)

select
    w.bloc, w.year, w.exports_usd_bn, w.imports_usd_bn, w.intra_exports_usd_bn, w.intra_share_of_exports_pct,
    w.intra_share_of_trade_pct, w.intra_share_of_world_pct, w.within_share_of_world_pct, w.between_share_of_world_pct,
    w.within_share_of_blocs_pct, f.figure as world_exports_usd_bn, w.note
from wide as w
left join newest as f on f.bloc = 'WORLD' and f.measure = 'total_exports_in_file' and f.year = w.year and f.note is null
