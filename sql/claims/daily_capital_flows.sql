-- The newest turnover at hand under each definition of the world's, for 2001 (the latest survey when the claim was made)
-- and every other survey; and the first survey that passed two trillion dollars a day.
with world as (
    select t.turnover_definition as definition, t.survey_year, t.turnover_usd_bn, t.vintages, t.sources
    from fx_turnover_by_definition as t
    inner join codelist_fx_turnover_definitions as d
        on d.turnover_definition = t.turnover_definition and d.counts = 'world'
),

widest_parts as (
    select instrument, turnover_usd_bn, vintage_id, source_id
    from bis_fx_turnover
    where survey_year = 1998
      and instrument in ('traditional', 'otc_options_and_currency_swaps', 'exchange_traded')
    qualify row_number() over (
        partition by instrument order by known_on desc, coalesce(label, '') like '%rounded%', source_id
    ) = 1
),

figures as (
    select definition, survey_year, turnover_usd_bn, vintages || ' in ' || sources as note
    from world
    where turnover_usd_bn is not null
    union all
    select
        'widest_count_1998', 1998, sum(turnover_usd_bn),
        string_agg(instrument || ' ' || vintage_id, ', ' order by instrument)
    from widest_parts
    having count(*) = 3
),

-- Every definition has a row for the survey that the claim is about, with or without a figure.
asked as (
    select turnover_definition as definition, 2001 as survey_year
    from codelist_fx_turnover_definitions
    where counts = 'world'
    union all
    select 'widest_count_1998', 1998
    union
    select definition, survey_year from figures
),

first_above as (
    select a.definition, min(f.survey_year) as survey_year
    from (select distinct definition from asked) as a
    left join figures as f on f.definition = a.definition and f.turnover_usd_bn > 2000
    group by a.definition
)

select
    a.definition, 'turnover_usd_bn' as measure, cast(a.survey_year as varchar) as period,
    f.turnover_usd_bn as value, 'billions of US dollars a day' as unit,
    case when a.survey_year = 2001 or a.definition = 'widest_count_1998' then 2000 end as claimed_value,
    coalesce(f.note, 'no figure of ' || a.survey_year || ' under this definition is at hand') as note
from asked as a
left join figures as f on f.definition = a.definition and f.survey_year = a.survey_year
union all
select
    definition, 'first_survey_year_above_2tn', 'all surveys', survey_year, 'year', null,
    case when survey_year is null then 'no survey at hand had passed two trillion dollars a day' end
from first_above
union all
select
    a.definition, 'break_even_usd_bn', cast(a.survey_year as varchar), 1800, 'billions of US dollars a day', null,
    'two trillion less a tenth; the survey counted '
    || coalesce(round(100 * f.turnover_usd_bn / 1800)::integer || ' percent of it', 'nothing at hand')
from asked as a
left join figures as f on f.definition = a.definition and f.survey_year = a.survey_year
