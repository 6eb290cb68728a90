-- How many patients and second primaries did each registry report?
-- Small counts: show them to nobody outside without `metachron disclose`.
select
    registry,
    count(*) as n_index,
    count(*) filter (where has_second_primary) as n_second
from marts.index_patients
group by registry
order by n_index desc, registry;
