with

loads as (

    select * from {{ source('raw', 'loads') }}

),

{# The newest delivery is the one that holds the newest load; all its files count, earlier deliveries do not. #}
loads_with_their_delivery_placed as (

    select
        loads.*,

        max(load_sequence) over (partition by source, role) as newest_load_sequence,
        max(load_sequence) over (partition by source, role, delivery_id) as newest_load_sequence_of_delivery

    from loads

),

loads_read as (

    select
        -- ids
        load_id,
        load_sequence,
        delivery_id,

        -- what it was
        source,
        role,
        kind,
        file_name,
        sha256,
        dictionary_sha256,
        bytes,
        database_name,
        product,
        registries,
        submission_year,
        first_year,
        last_year,
        study_cutoff,
        {{ whole_state_code('header', 'California') }} as california_code,
        {{ whole_state_code('header', 'Georgia') }} as georgia_code,
        case when events like '%"tumors_counted"%' then 'tumour' else 'line' end as row_place,
        regexp_extract(header, '"looked_for": "([^"]*)"', 1) as cancers_looked_for,
        is_synthetic,

        -- how it went
        rows_read,
        rows_landed,
        rows_rejected,
        reader_version,
        loaded_at,
        newest_load_sequence_of_delivery = newest_load_sequence as is_current

    from loads_with_their_delivery_placed

)

select * from loads_read
