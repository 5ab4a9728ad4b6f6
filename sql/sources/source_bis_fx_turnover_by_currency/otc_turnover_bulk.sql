-- One row per currency and survey, net-net, all instruments. Shares are of the world's turnover, so they add up to 200; to
-- one decimal where the amounts are whole billions. The total TO1 is no currency. Exact: millions become billions by moving
-- the point.
with figures as (
    select
        l.DER_CURR_LEG1 as currency,
        l.TIME_PERIOD as survey_year,
        l.UNIT_MULT as multiplier,
        l.PERCENT as as_printed,
        concat_ws(
            '.', l.FREQ, l.DER_TYPE, l.DER_INSTR, l.DER_RISK, l.DER_REP_CTY, l.DER_SECTOR_CPY, l.DER_CPC, l.DER_SECTOR_UDL,
            l.DER_CURR_LEG1, l.DER_CURR_LEG2, l.DER_ISSUE_MAT, l.DER_RATING, l.DER_EX_METHOD, l.DER_BASIS
        ) as series_key,
        cast(l.OBS_VALUE as decimal(28, 9)) * case l.UNIT_MULT
            when '6' then 0.001
            when '9' then 1.000
            else error('UNIT_MULT is ' || coalesce(l.UNIT_MULT, 'missing'))
        end as usd_bn
    from live as l
),

shares as (
    select
        f.currency,
        f.survey_year,
        f.usd_bn,
        f.multiplier,
        f.as_printed,
        100 * f.usd_bn / nullif(w.usd_bn, 0) as share
    from figures as f
    left join figures as w
        on w.survey_year = f.survey_year and w.series_key = 'A.U.A.B.5J.A.5J.A.TO1.TO1.A.A.3.C'
    where f.series_key like 'A.U.A.B.5J.A.5J.A.___.TO1.A.A.3.C' and f.currency <> 'TO1'
)

select
    s.currency,
    s.survey_year,
    case s.survey_year when '1986' then 'March' else 'April' end as survey_month,
    'net-net' as basis,
    rtrim(rtrim(cast(s.usd_bn as varchar), '0'), '.') as turnover_usd_bn,
    case s.multiplier
        when '9' then cast(cast(s.share as decimal(9, 1)) as varchar)
        else cast(cast(s.share as decimal(9, 4)) as varchar)
    end as share_pct,
    'true' as share_is_computed,
    s.as_printed as share_as_printed_pct,
    cast(null as varchar) as note,
    cast(null as varchar) as label
from shares as s
