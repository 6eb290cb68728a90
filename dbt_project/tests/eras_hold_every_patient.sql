select
    sum(n_index) as n_in_eras,
    (select count(*) from {{ ref('index_patients') }}) as n_patients

from {{ ref('second_primaries_by_era') }}

having sum(n_index) is distinct from (select count(*) from {{ ref('index_patients') }})
