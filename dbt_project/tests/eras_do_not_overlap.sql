select
    earlier.era as earlier_era,
    later.era as later_era

from {{ ref('study_eras') }} as earlier

inner join {{ ref('study_eras') }} as later
    on
        earlier.position < later.position
        and earlier.last_year >= later.first_year
