select
    step,
    rule,
    reason,
    n_in,
    n_removed,
    n_left

from {{ ref('int_patients_counted_by_rule') }}

where source = 'institution'

order by step
