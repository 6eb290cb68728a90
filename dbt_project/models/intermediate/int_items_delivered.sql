{#
    What analyses need, and whether it was delivered. The second cancer is where anybody has it: a code that no row has makes
    no zero, for it may be the wrong code.
#}
with

tumors as (

    select * from {{ ref('int_tumors_conformed') }}
    where source = 'seer'

),

second_cancers as (

    select tumor_id from {{ ref('int_tumors_in_study') }}
    where role = 'second' and is_selected_definition

),

items as (

    select * from {{ ref('stg_seer__research_items') }}
    union all
    select * from {{ ref('stg_seer__naaccr_items') }}

),

items_delivered as (

    select
        item,
        count(*) filter (where is_delivered) > 0 as is_delivered,
        cast(sum(n_rows) as bigint) as n_rows,
        cast(sum(n_known) as bigint) as n_known

    from items

    group by item

    union all

    select
        'second_cancer' as item,
        count(second_cancers.tumor_id) > 0 as is_delivered,
        count(*) as n_rows,
        count(second_cancers.tumor_id) as n_known

    from tumors

    left join second_cancers
        on tumors.tumor_id = second_cancers.tumor_id

)

select * from items_delivered
