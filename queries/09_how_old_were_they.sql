-- How old were patients at the index cancer, by era?
-- Ages of 85 and over may be top-coded: a mean would be too low, so this gives quartiles.
select
    era,
    count(*) as n,
    quantile_cont(age_at_index_years, 0.25) as lower_quartile,
    median(age_at_index_years) as median_years,
    quantile_cont(age_at_index_years, 0.75) as upper_quartile,
    count(*) filter (where age_is_top_coded) as n_top_coded
from marts.index_patients
group by era
order by era;
