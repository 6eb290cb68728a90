with

tumors as (

    select * from {{ ref('stg_seer__research_tumors') }}

),

items as (

    {{ delivered_items(['seer_listing', 'seer_ascii'], 'tumors') }}

)

select * from items
