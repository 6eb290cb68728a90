-- Chemotherapy of index patients as the registry records it.
-- 'No/Unknown' is one value in the registry: it does not mean that no chemotherapy was given.
select
    era,
    chemotherapy_index,
    count(*) as n,
    round(100.0 * count(*) / sum(count(*)) over (partition by era), 1) as percent_of_era
from marts.index_patients
group by era, chemotherapy_index
order by era, chemotherapy_index;
