-- Which delivered files is this release made of, and is every row accounted for?
select
    file_name,
    source,
    role,
    rows_read,
    rows_landed,
    rows_rejected,
    rows_read = rows_landed + rows_rejected as adds_up,
    is_synthetic
from staging.stg_ledger__loads
where is_current
order by file_name;
