-- One row per centre and survey, net-gross, all instruments. Shares are of the sum of the centres (5J), to one decimal
-- where the amounts are whole billions; 5J is no centre. Exact: millions become billions by moving the point.
with figures as (
    select
        l.DER_REP_CTY as country,
        l.TIME_PERIOD as survey_year,
        l.UNIT_MULT as multiplier,
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
        f.country,
        f.survey_year,
        f.series_key,
        f.usd_bn,
        f.multiplier,
        100 * f.usd_bn / nullif(w.usd_bn, 0) as share
    from figures as f
    left join figures as w
        on w.survey_year = f.survey_year and w.series_key = 'A.U.A.B.5J.A.5J.A.TO1.TO1.A.A.3.B'
    where f.series_key like 'A.U.A.B.__.A.5J.A.TO1.TO1.A.A.3.B' and f.country <> '5J'
)

select
    s.country,
    s.survey_year,
    case s.survey_year when '1986' then 'March' else 'April' end as survey_month,
    'net-gross' as basis,
    rtrim(rtrim(cast(s.usd_bn as varchar), '0'), '.') as turnover_usd_bn,
    case s.multiplier
        when '9' then cast(cast(s.share as decimal(9, 1)) as varchar)
        else cast(cast(s.share as decimal(9, 4)) as varchar)
    end as share_pct,
    'true' as share_is_computed,
    s.series_key,
    cast(null as varchar) as note,
    cast(null as varchar) as label
from shares as s
