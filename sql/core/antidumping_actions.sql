-- One row per published figure. The same period stands here once for each compiler that counted it: choose one, never add
-- two. A missing exporter means all exporters (WLD). Orders in force are a state on the day that their series names.
with published as (
    select 'wto' as publisher, series, compiled_by, reporter, exporter, period, period_start, period_end, value, alignment,
        vintage_id, source_id
    from source_wto_antidumping
    union all
    select 'gad' as publisher, series, compiled_by, reporter, exporter, period, period_start, period_end, value, alignment,
        vintage_id, source_id
    from source_gad_antidumping
    union all
    select 'trade_press' as publisher, series, compiled_by, reporter, exporter, period, period_start, period_end, value,
        alignment, vintage_id, source_id
    from source_trade_press_antidumping
)

select
    coalesce(s.series, p.series) as series,
    coalesce(c.compiler, p.compiled_by) as compiler,
    coalesce(r.iso3, p.reporter) as reporter,
    coalesce(x.iso3, p.exporter, 'WLD') as exporter,
    coalesce(p.exporter, 'WLD') as exporter_code,
    p.period,
    coalesce(nullif(regexp_extract(p.series, 'on (\d{4}-\d{2}-\d{2})$', 1), ''), p.period_start) as period_start,
    coalesce(nullif(regexp_extract(p.series, 'on (\d{4}-\d{2}-\d{2})$', 1), ''), p.period_end) as period_end,
    case when s.unit <> 'percent' then p.value end as actions,
    case when s.unit = 'percent' then p.value end as share_pct,
    p.alignment,
    v.known_on,
    p.vintage_id,
    p.source_id
from published as p
left join codelist_antidumping_series as s on p.series = s.published_as
left join codelist_antidumping_compilers as c on p.compiled_by = c.published_as
left join codelist_country_codes as r on p.publisher = r.publisher and p.reporter = r.code
left join codelist_country_codes as x on p.publisher = x.publisher and p.exporter = x.code
left join vintages as v on p.vintage_id = v.vintage_id
