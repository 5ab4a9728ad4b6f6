-- One row per series, compiler, period and reporting member: its actions on all exporters. Where a compiler lists exporters
-- one by one, they are added. `to_date` adds a compiler's calendar years from its first; other periods stand alone. Ranks are
-- competition ranks among the reporters that the compiler lists for the period, so equals share a rank.
with newest as (
    select series, compiler, reporter, exporter, period, period_start, period_end, actions, alignment
    from antidumping_actions
    where actions is not null and not starts_with(series, 'measures_by_exporter')
    qualify row_number() over (
        partition by series, compiler, reporter, exporter_code, period order by known_on desc, vintage_id desc, source_id
    ) = 1
),

summed as (
    select
        series, compiler, reporter, period, period_start, period_end,
        coalesce(max(actions) filter (where exporter = 'WLD'), sum(actions)) as actions,
        bool_or(starts_with(alignment, 'INFERRED')) as is_inferred
    from newest
    where compiler = 'gad_us' or exporter = 'WLD'
    group by series, compiler, reporter, period, period_start, period_end
)

select
    s.series,
    s.compiler,
    s.period,
    s.period_start,
    s.period_end,
    s.reporter,
    s.actions,
    case
        when regexp_full_match(s.period, '\d{4}') and s.period_start < s.period_end and s.compiler <> 'wto_press_release'
            then sum(s.actions) over (
                partition by s.series, s.compiler, s.reporter, length(s.period) order by s.period_end
            )
    end as to_date,
    s.is_inferred,
    w.actions as all_actions,
    100 * s.actions / nullif(w.actions, 0) as share_pct,
    rank() over (partition by s.series, s.compiler, s.period order by s.actions desc) as rank,
    count(*) over (partition by s.series, s.compiler, s.period, s.actions) - 1 as tied_with,
    count(*) over (partition by s.series, s.compiler, s.period) as reporters_listed
from summed as s
left join summed as w
    on w.reporter = 'WLD' and s.series = w.series and s.compiler = w.compiler and s.period = w.period
where s.reporter <> 'WLD'
