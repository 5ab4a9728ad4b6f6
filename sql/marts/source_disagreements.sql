-- One row per cell that a bundled and a live edition of the same publisher both give and do not agree on: the newest bundled
-- edition beside the newest of each live source. Each is as exact as its source's most exact figure in that column; what
-- half a unit of the coarser one explains is no disagreement.
with cells as (
    select 'bis_fx_turnover' as table_name, concat_ws('|', survey_year, instrument, basis) as figure, vintage_id, source_id,
        unnest(['turnover_usd_bn', 'share_pct']) as column_name,
        unnest([turnover_usd_bn::varchar, share_pct::varchar]) as cell
    from bis_fx_turnover
    union all
    select 'bis_fx_turnover_by_country', concat_ws('|', survey_year, iso3, basis), vintage_id, source_id,
        unnest(['turnover_usd_bn', 'share_pct']), unnest([turnover_usd_bn::varchar, share_pct::varchar])
    from bis_fx_turnover_by_country
    union all
    select 'bis_fx_turnover_by_currency', concat_ws('|', survey_year, currency, basis), vintage_id, source_id,
        unnest(['turnover_usd_bn', 'share_of_200_pct']), unnest([turnover_usd_bn::varchar, share_of_200_pct::varchar])
    from bis_fx_turnover_by_currency
    union all
    select 'imf_quotas', concat_ws('|', iso3, review), vintage_id, source_id,
        unnest(['quota_sdr_mn']), unnest([quota_sdr_mn::varchar])
    from imf_quotas
    union all
    select 'imf_calculated_quotas', concat_ws('|', data_set, kind, iso3), vintage_id, source_id,
        unnest(['share_pct']), unnest([share_pct::varchar])
    from imf_calculated_quotas
    union all
    select 'reserves', concat_ws('|', iso3, year, basis), vintage_id, source_id,
        unnest(['reserves_usd_bn']), unnest([reserves_usd_bn::varchar])
    from reserves
    union all
    select 'gdp', concat_ws('|', iso3, year), vintage_id, source_id,
        unnest(['gdp_usd_bn', 'gdp_ppp_intl_bn', 'gdp_lcu_bn', 'real_gdp_lcu_bn', 'real_growth_pct', 'ppp_world_share_pct']),
        unnest([gdp_usd_bn::varchar, gdp_ppp_intl_bn::varchar, gdp_lcu_bn::varchar, real_gdp_lcu_bn::varchar,
            real_growth_pct::varchar, ppp_world_share_pct::varchar])
    from gdp
    union all
    select 'trade_in_goods_and_services', concat_ws('|', iso3, year), vintage_id, source_id,
        unnest(['exports_gdp_pct', 'imports_gdp_pct', 'trade_gdp_pct', 'imports_usd_bn', 'exports_from_balance_usd_bn',
            'exports_from_share_usd_bn']),
        unnest([exports_gdp_pct::varchar, imports_gdp_pct::varchar, trade_gdp_pct::varchar, imports_usd_bn::varchar,
            exports_from_balance_usd_bn::varchar, exports_from_share_usd_bn::varchar])
    from trade_in_goods_and_services
    union all
    select 'wto_disputes', ds_number::varchar, vintage_id, source_id,
        unnest(['complainants', 'respondents', 'consultations_requested', 'panel_established', 'panel_report_circulated',
            'ab_report_circulated', 'adopted', 'agreements_cited', 'status_code']),
        unnest([complainants, respondents, consultations_requested::varchar, panel_established::varchar,
            panel_report_circulated::varchar, ab_report_circulated::varchar, adopted::varchar, agreements_cited,
            status_code])
    from wto_disputes
    union all
    select 'antidumping_actions', concat_ws('|', series, compiler, reporter, exporter_code, period_start, period_end),
        vintage_id, source_id, unnest(['actions', 'share_pct']), unnest([actions::varchar, share_pct::varchar])
    from antidumping_actions
    union all
    select 'trade_agreements', rta_id::varchar, vintage_id, source_id,
        unnest(['status', 'signed_goods', 'signed_services', 'notified_goods', 'notified_services', 'in_force_goods',
            'in_force_services', 'inactive_from']),
        unnest([status, signed_goods::varchar, signed_services::varchar, notified_goods::varchar, notified_services::varchar,
            in_force_goods::varchar, in_force_services::varchar, inactive_from::varchar])
    from trade_agreements
),

told as (
    select
        c.table_name, c.figure, c.column_name, c.cell, c.vintage_id, c.source_id, v.publisher, v.origin, v.known_on,
        max(length(rtrim(split_part(c.cell, '.', 2), '0'))) over (
            partition by c.table_name, c.column_name, c.vintage_id, c.source_id
        ) as places
    from cells as c
    inner join vintages as v on v.vintage_id = c.vintage_id
    where c.cell is not null
),

newest as (
    select *
    from told
    qualify row_number() over (
        partition by table_name, figure, column_name, publisher, origin, case when origin = 'live' then source_id end
        order by known_on desc, vintage_id desc, source_id
    ) = 1
),

compared as (
    select
        b.table_name, b.figure, b.column_name, b.publisher,
        b.cell as bundled_value, b.source_id as bundled_source, b.vintage_id as bundled_vintage, b.known_on as bundled_known_on,
        l.cell as live_value, l.source_id as live_source, l.vintage_id as live_vintage, l.known_on as live_known_on,
        coalesce(
            try_cast(l.cell as decimal(28, 6)) - try_cast(b.cell as decimal(28, 6)),
            date_diff('day', try_cast(b.cell as date), try_cast(l.cell as date))
        ) as difference,
        try_cast(b.cell as decimal(28, 6)) as base,
        cast(power(10, -1 - least(b.places, l.places)) * 5 as decimal(18, 10)) as explained_by_rounding
    from newest as b
    inner join newest as l
        on l.table_name = b.table_name and l.figure = b.figure and l.column_name = b.column_name
        and l.publisher = b.publisher and l.origin = 'live'
    where b.origin = 'bundled' and l.cell <> b.cell
)

select
    table_name,
    figure,
    column_name,
    publisher,
    bundled_value,
    bundled_source,
    bundled_vintage,
    bundled_known_on,
    live_value,
    live_source,
    live_vintage,
    live_known_on,
    difference,
    100 * difference / nullif(abs(base), 0) as relative_difference_pct
from compared
where difference is null or base is null or abs(difference) > explained_by_rounding
