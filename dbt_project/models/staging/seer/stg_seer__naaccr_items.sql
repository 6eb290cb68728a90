with

tumors as (

    select * from {{ ref('stg_seer__naaccr_tumors') }}

),

items as (

    {{ delivered_items(['naaccr_tumors'], 'tumors') }}

)

select * from items
