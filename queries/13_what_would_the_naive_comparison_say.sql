-- What is the median follow-up of patients with and without a second primary, counted from the index cancer?
-- To be quoted with care: whoever has a second primary had to live until it was found (question 12 does it right).
select
    has_second_primary,
    count(*) as n,
    median(survival_months) as median_months_followed
from marts.index_patients
where is_followed
group by has_second_primary
order by has_second_primary;
