-- Which histologies are the second primaries, and in which years were the index cancers?
select
    second_histology_code,
    count(*) as n,
    min(index_year) as first_index_year,
    max(index_year) as last_index_year
from marts.second_primaries
group by second_histology_code
order by second_histology_code;
