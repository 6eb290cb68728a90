-- Who was left out, and by which rule?
-- Rules are applied in order; each row says how many reached the rule, left by it and remained.
select step, rule, n_in, n_removed, n_left
from marts.cohort_flow
order by step;
