select
    step,
    rule,
    reason,
    n_in,
    n_removed,
    n_left

from {{ ref('int_patients_counted_by_rule') }}

where source = 'seer'

order by step
