-- How many second primaries per 100,000 person-years at risk, by era of the index cancer?
-- Time at risk begins when counting begins: at the study's shortest latency. Nobody is excluded for what came later.
select
    era,
    sum(observed) as observed,
    round(sum(person_years)) as person_years,
    round(1e5 * sum(observed) / sum(person_years), 2) as per_100k_person_years
from marts.person_time_by_era
group by era
order by era;
