-- What percentage of patients had a second primary, by era?
-- Later patients were followed for less time, so their percentage is bound to be smaller; compare question 02.
select
    era,
    n_second,
    n_index,
    round(100.0 * n_second / n_index, 4) as percent
from marts.second_primaries_by_era
order by era;
