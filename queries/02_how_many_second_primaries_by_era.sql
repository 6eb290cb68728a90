-- How many second primaries per 100,000 person-years at risk, by era of the index cancer?
-- Time at risk begins when counting begins: at the study's shortest latency.
select
    era,
    n_index,
    n_second,
    round(person_months_at_risk / 12) as person_years,
    round(1e5 * n_second / (person_months_at_risk / 12), 2) as per_100k_person_years
from marts.second_primaries_by_era
order by era;
