-- One row per cell of a core table and edition, where one publisher gave that cell in two or more editions.
-- `decimals` is taken over all cells of the column in that edition and source, also those with no other edition: a
-- publisher that prints 101.0 among 101.4 and 99.7 gives tenths.
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
    -- an edition that dates one review's quota twice
    qualify row_number() over (partition by iso3, review, vintage_id, source_id order by quota_date desc) = 1
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
    union all
    select 'japan_outward_investment', concat_ws('|', basis, period, region), vintage_id, source_id,
        unnest(['investment_usd_mn', 'investment_jpy_bn', 'investment_gdp_pct', 'share_pct']),
        unnest([investment_usd_mn::varchar, investment_jpy_bn::varchar, investment_gdp_pct::varchar, share_pct::varchar])
    from japan_outward_investment
    union all
    select 'trade_by_bloc', concat_ws('|', bloc, year, measure), vintage_id, source_id,
        unnest(['amount_usd_bn', 'share_pct']), unnest([amount_usd_bn::varchar, share_pct::varchar])
    from trade_by_bloc
),

told as (
    select
        c.table_name, c.figure, c.column_name, c.cell, c.vintage_id, c.source_id, v.publisher, v.origin, v.known_on,
        max(length(rtrim(split_part(c.cell, '.', 2), '0'))) over (
            partition by c.table_name, c.column_name, c.vintage_id, c.source_id
        ) as decimals
    from cells as c
    inner join vintages as v on v.vintage_id = c.vintage_id
    where c.cell is not null
),

counted as (
    select
        *,
        min(vintage_id) over figure_of_publisher as one_edition,
        max(vintage_id) over figure_of_publisher as another_edition
    from told
    window figure_of_publisher as (partition by table_name, figure, column_name, publisher)
)

select
    table_name,
    figure,
    column_name,
    publisher,
    vintage_id,
    source_id,
    origin,
    known_on,
    cell as value,
    decimals
from counted
where one_edition <> another_edition
