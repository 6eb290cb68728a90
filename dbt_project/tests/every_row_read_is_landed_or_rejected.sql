{# By the ledger's own numbers, and by counting the rejects that it says there are. #}
with

loads as (

    select * from {{ ref('stg_ledger__loads') }}

),

rejects_counted as (

    select
        load_id,
        count(distinct source_line) as n_lines

    from {{ source('raw', 'rejects') }}

    group by load_id

)

select
    loads.load_id,
    loads.rows_read,
    loads.rows_landed,
    loads.rows_rejected,
    rejects_counted.n_lines

from loads

left join rejects_counted
    on loads.load_id = rejects_counted.load_id

where
    loads.rows_read is distinct from loads.rows_landed + loads.rows_rejected
    or loads.rows_rejected is distinct from coalesce(rejects_counted.n_lines, 0)
