-- Does the ratio of observed to expected change with the time since the index cancer?
select
    level as months_since_index,
    observed,
    round(expected, 3) as expected,
    round(observed / expected, 2) as ratio
from marts.sir
where grouping = 'months_since_index'
order by try_cast(regexp_extract(level, '^\d+') as integer);
