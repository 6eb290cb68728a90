-- Sex and race of patients with and without a second primary, unknown shown as unknown.
select
    coalesce(sex, 'unknown') as sex,
    coalesce(race, 'unknown') as race,
    count(*) filter (where not has_second_primary) as n_without,
    count(*) filter (where has_second_primary) as n_with
from marts.index_patients
group by all
order by sex, race;
