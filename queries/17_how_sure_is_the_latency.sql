-- How was each latency found, and how many are uncertain because a month is missing?
select
    latency_method,
    count(*) as n,
    count(*) filter (where latency_is_uncertain) as n_uncertain
from marts.second_primaries
group by latency_method
order by latency_method;
