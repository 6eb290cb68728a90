-- Are there more second primaries than the population's rates would give (standardised incidence ratio)?
-- Exact confidence intervals need a chi-squared quantile; the report has them. Excess is per 10,000 person-years.
select
    sum(observed) as observed,
    round(sum(expected), 3) as expected,
    round(sum(observed) / sum(expected), 2) as ratio,
    round(1e4 * (sum(observed) - sum(expected)) / sum(person_years), 3) as excess_per_10k
from marts.person_time
where expected is not null;
