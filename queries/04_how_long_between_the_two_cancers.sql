-- How many months lay between index cancer and second primary, by era?
select
    era,
    count(*) as n,
    median(latency_months) as median_months,
    min(latency_months) as shortest,
    max(latency_months) as longest
from marts.second_primaries
group by era
order by era;
