-- Is the share of second primaries in the hospital that of the registry?
select
    'hospital' as source,
    n_index,
    n_second,
    round(100.0 * n_second / n_index, 4) as percent
from marts.institution_summary

union all

select
    'registry' as source,
    count(*) as n_index,
    count(*) filter (where has_second_primary) as n_second,
    round(100.0 * n_second / n_index, 4) as percent
from marts.index_patients
order by source;
