-- What happened first: a second primary, death, or neither until the end of follow-up?
select
    era,
    count(*) filter (where first_event = 'second_primary') as second_primary_first,
    count(*) filter (where first_event = 'death') as death_first,
    count(*) filter (where first_event = 'none') as neither,
    count(*) filter (where first_event is null) as unknown
from marts.index_patients
group by era
order by era;
