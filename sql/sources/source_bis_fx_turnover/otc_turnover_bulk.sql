-- The world's turnover: by instrument and in total net-net, in total net-gross as well. "Other" instruments are told with
-- the options, as the BIS prints them. Surveys are of April, the first of March 1986. Exact: millions become billions by
-- moving the point; whole billions stay as they are.
with figures as (
    select
        case l.DER_INSTR
            when 'A' then 'total'
            when 'B' then 'spot'
            when 'E' then 'outright_forward'
            when 'H' then 'fx_swap'
            when 'I' then 'currency_swap'
            else 'options_other'   -- R and Z
        end as instrument,
        l.DER_INSTR as code,
        l.TIME_PERIOD as survey_year,
        case l.DER_BASIS when 'B' then 'net-gross' else 'net-net' end as basis,
        cast(l.OBS_VALUE as decimal(28, 9)) * case l.UNIT_MULT
            when '6' then 0.001
            when '9' then 1.000
            else error('UNIT_MULT is ' || coalesce(l.UNIT_MULT, 'missing'))
        end as usd_bn
    from live as l
    where concat_ws(
            '.', l.FREQ, l.DER_TYPE, l.DER_RISK, l.DER_REP_CTY, l.DER_SECTOR_CPY, l.DER_CPC, l.DER_SECTOR_UDL,
            l.DER_CURR_LEG1, l.DER_CURR_LEG2, l.DER_ISSUE_MAT, l.DER_RATING, l.DER_EX_METHOD
        ) = 'A.U.B.5J.A.5J.A.TO1.TO1.A.A.3'
        and (l.DER_BASIS = 'C' and l.DER_INSTR in ('A', 'B', 'E', 'H', 'I', 'R', 'Z')
             or l.DER_BASIS = 'B' and l.DER_INSTR = 'A')
)

select
    if(count(*) filter (where code <> 'Z') > 0, instrument, 'other') as instrument,
    survey_year,
    case survey_year when '1986' then 'March' else 'April' end as survey_month,
    basis,
    rtrim(rtrim(cast(sum(usd_bn) as varchar), '0'), '.') as turnover_usd_bn,
    cast(null as varchar) as share_pct,
    cast(null as varchar) as note,
    cast(null as varchar) as label
from figures
group by figures.instrument, survey_year, basis
