{# Levels of attained age for the report; the splitting itself is by single years, and the rates by SEER's nineteen groups. #}
select * from (
    values
    (1, 0, 49, '00-49'),
    (2, 50, 59, '50-59'),
    (3, 60, 69, '60-69'),
    (4, 70, 79, '70-79'),
    (5, 80, 199, '80+')
) as written (position, first_age_years, last_age_years, attained_age)
