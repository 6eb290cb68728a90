-- What share of all patients is alive 1, 2, 5 and 10 years after the index cancer (Kaplan-Meier)?
with

at_risk as (

    select
        survival_months,
        count(*) filter (where died) as n_died,
        sum(count(*)) over (order by survival_months desc) as n_at_risk
    from marts.index_patients
    where is_followed
    group by survival_months

),

curve as (

    -- Nobody is left after a month in which everybody at risk died.
    select
        survival_months,
        case
            when min(n_at_risk - n_died) over (order by survival_months) = 0 then 0
            else exp(sum(ln(greatest(n_at_risk - n_died, 1) / n_at_risk)) over (order by survival_months))
        end as survival
    from at_risk

)

select
    years,
    round(arg_max(survival, survival_months), 4) as share_alive
from (values (1), (2), (5), (10)) as asked (years)
inner join curve on curve.survival_months <= 12 * years
group by years
order by years;
