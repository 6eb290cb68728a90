{# A hospital's patient may well be in the registry too. Nobody may find out here: the two are never joined. #}
with

linked as (

    select * from {{ ref('int_second_tumors_linked_to_index') }}

),

tumors as (

    select * from {{ ref('int_tumors_conformed') }}

)

select
    linked.source,
    index_tumors.source as index_source,
    second_tumors.source as second_source

from linked

inner join tumors as index_tumors
    on linked.index_tumor_id = index_tumors.tumor_id

inner join tumors as second_tumors
    on linked.second_tumor_id = second_tumors.tumor_id

where
    linked.source is distinct from index_tumors.source
    or linked.source is distinct from second_tumors.source
