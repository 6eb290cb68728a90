-- How many months did patients live after the second primary, and how many have died?
select
    coalesce(sex, 'unknown') as sex,
    count(*) as n,
    count(*) filter (where died) as n_died,
    median(months_after_second) as median_months_followed
from marts.second_primaries
group by all
order by sex;
