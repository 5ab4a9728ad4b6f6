-- One row per definition and ruling. A definition is a way of counting rulings, a rule of who won and a reading of the
-- contested ones; the codelist lists them. A ruling that the reading leaves out, or whose result the rule cannot tell, has no
-- winner. A ruling on several disputes has the parties of all of them.
with parties as (
    select
        ds_number,
        bool_or(member = 'USA' and role = 'complainant') as us_complains,
        bool_or(member = 'USA' and role = 'respondent') as us_answers,
        bool_or(member = 'JPN' and role = 'complainant') as japan_complains,
        bool_or(member = 'JPN' and role = 'respondent') as japan_answers
    from wto_dispute_parties
    group by ds_number
),

rulings as (
    select
        d.definition,
        r.ruling_id,
        r.decided_on,
        bool_or(p.us_complains) as us_complains,
        bool_or(p.us_answers) as us_answers,
        bool_or(p.japan_complains) as japan_complains,
        case
            when bool_or(p.japan_complains and p.us_answers) then 'japan_v_us'
            when bool_or(p.us_complains and p.japan_answers) then 'us_v_japan'
        end as direction,
        bool_or(
            case
                when r.contested_kind = 'conflicting_texts' and d.reading = 'conflicts_as_found' then true
                when r.contested_kind = 'conflicting_texts' and d.reading = 'conflicts_as_not_found' then false
                when r.contested_kind = 'conflicting_texts' and d.reading = 'conflicts_omitted' then null
                when r.contested_kind is not null and d.reading = 'clear_only' then null
                when r.decided_on <= date '2001-12-06' and d.reading = 'after_talk' then null
                else r.complainant_prevailed
            end
        ) as complainant_prevailed
    from codelist_wto_ruling_definitions as d
    inner join wto_rulings as r on d.counting_unit = r.counting_unit and d.winning_rule = r.winning_rule
    inner join parties as p on r.ds_number = p.ds_number
    group by d.definition, r.ruling_id, r.decided_on
)

select
    definition,
    ruling_id,
    decided_on,
    us_complains,
    us_answers,
    japan_complains,
    direction,
    complainant_prevailed,
    case complainant_prevailed = (direction = 'japan_v_us')
        when true then 'JPN'
        when false then 'USA'
    end as us_japan_winner
from rulings
