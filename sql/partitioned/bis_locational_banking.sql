-- Positions of banks from the BIS's own codes. A value that is missing, confidential or cannot exist is no position.
select
    L_REP_CTY as reporting_country,
    L_CP_COUNTRY as counterparty_country,
    L_MEASURE as measure,
    L_POSITION as position,
    L_INSTR as instrument,
    L_DENOM as currency,
    L_CURR_TYPE as currency_type,
    L_PARENT_CTY as parent_country,
    L_REP_BANK_TYPE as bank_type,
    L_CP_SECTOR as sector,
    L_POS_TYPE as position_type,
    case when regexp_full_match(TIME_PERIOD, '(19|20)[0-9]{2}-Q[1-4]')
        then last_day(make_date(TIME_PERIOD[:4]::int, 3 * TIME_PERIOD[7:]::int, 1)) end as quarter_end,
    OBS_VALUE as amount_usd_mn,
    OBS_STATUS as status
from live
where OBS_STATUS not in ('M', 'H', 'L', 'Q') and coalesce(OBS_VALUE, 'NaN') <> 'NaN'
