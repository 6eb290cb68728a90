select
    item,
    is_delivered,
    n_rows,
    n_known

from {{ ref('int_items_delivered') }}
