{# What the ledger says was landed of each current delivery is what staging holds, load by load. #}
with

loads as (

    select * from {{ ref('stg_ledger__loads') }}
    where is_current

),

staged_rows as (

    select load_id from {{ ref('stg_seer__tumors') }}
    union all
    select load_id from {{ ref('stg_institution__patients') }}
    union all
    select load_id from {{ ref('stg_institution__second_cancers') }}
    union all
    select load_id from {{ ref('stg_reference__populations') }}

),

staged_rows_counted as (

    select
        load_id,
        count(*) as n_staged

    from staged_rows

    group by load_id

)

select
    loads.load_id,
    loads.kind,
    loads.rows_landed,
    staged_rows_counted.n_staged

from loads

full outer join staged_rows_counted
    on loads.load_id = staged_rows_counted.load_id

where
    coalesce(loads.role, '') in ('tumors', 'patients', 'second_cancers', 'populations')
    and coalesce(loads.rows_landed, 0) is distinct from coalesce(staged_rows_counted.n_staged, 0)
