-- How many person-years and deaths fall before and after the second primary?
-- Each patient contributes time without it until the day it is found: no immortal time.
select
    exposed as after_second_primary,
    count(distinct patient_id) as n_patients,
    round(sum(stop_months - start_months) / 12, 1) as person_years,
    count(*) filter (where died) as n_died,
    round(100.0 * n_died / sum(stop_months - start_months) * 12, 2) as deaths_per_100_person_years
from marts.survival_intervals
group by exposed
order by exposed;
