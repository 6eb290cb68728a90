-- How many second primaries are there under each definition of the second cancer?
select definition, is_selected, n_second
from marts.second_primaries_by_definition
order by n_second, definition;
