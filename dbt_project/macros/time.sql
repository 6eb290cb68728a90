{# Days as completed months, as SEER computes survival: floor(days / (365.24 / 12)), kept exact in whole hundredths. #}
{% macro completed_months(days) -%}
    cast(floor(({{ days }}) * 1200 / 36524.0) as integer)
{%- endmacro %}


{#
    The clock of person-time, in whole ticks so that it adds up exactly on any number of threads: 600 a day, 9,131 half a month,
    219,144 a year of 365.24 days, as SEER counts a year.
#}
{% macro ticks_per_year() -%} 219144 {%- endmacro %}


{% macro days_as_ticks(days) -%}
    cast({{ days }} as bigint) * 600
{%- endmacro %}


{% macro half_months_as_ticks(half_months) -%}
    cast({{ half_months }} as bigint) * 9131
{%- endmacro %}


{#
    Follow-up that is known in days, or else in completed months: on average it ended in the middle of the month begun. Whoever
    died on the day of diagnosis was followed for half a day.
#}
{% macro follow_up_as_ticks(days, completed_months) -%}
    case
        when {{ completed_months }} is null then null
        when {{ days }} = 0 then cast(300 as bigint)
        when {{ days }} is not null then {{ days_as_ticks(days) }}
        else {{ half_months_as_ticks('cast(' ~ completed_months ~ ' as bigint) * 2 + 1') }}
    end
{%- endmacro %}


{# When person-time ends: with the second cancer, or else with the follow-up. #}
{% macro last_tick(has_second, followed_ticks) -%}
    case when {{ has_second }} then latency_ticks else {{ followed_ticks }} end
{%- endmacro %}


{# Between two diagnoses of known months; each stands for the middle of its month. #}
{% macro months_between_diagnoses(first, second) -%}
    ({{ second }}.diagnosis_year - {{ first }}.diagnosis_year) * 12
    + {{ second }}.diagnosis_month - {{ first }}.diagnosis_month
{%- endmacro %}


{# Where the years alone are known: two dates of one year lie a third of it apart on average, of different years whole years. #}
{% macro months_between_years(years) -%}
    case when {{ years }} = 0 then 4 else {{ years }} * 12 end
{%- endmacro %}


{# Birthdays passed from one date to another. #}
{% macro completed_years(first_date, last_date) -%}
    cast(
        extract(year from {{ last_date }}) - extract(year from {{ first_date }})
        - case
            when extract(month from {{ last_date }}) * 100 + extract(day from {{ last_date }})
                < extract(month from {{ first_date }}) * 100 + extract(day from {{ first_date }})
                then 1
            else 0
        end as integer
    )
{%- endmacro %}


{# Number of the nineteen age groups of SEER's population files: under 1, 1 to 4, five-year groups, 85 and over. #}
{% macro age_group_number(age_years) -%}
    case
        when {{ age_years }} < 1 then 0
        when {{ age_years }} < 5 then 1
        when {{ age_years }} >= 85 then 18
        else cast(floor({{ age_years }} / 5) as integer) + 1
    end
{%- endmacro %}


{# First of the five calendar years that a year belongs to, counted from the study's first year. #}
{% macro five_year_period(year, first_year) -%}
    {{ first_year }} + cast(floor(({{ year }} - {{ first_year }}) / 5) as integer) * 5
{%- endmacro %}


{# The group in the words of SEER's age recode: '00', '01-04', '05-09', ..., '85+'. #}
{% macro age_group_label(group_number) -%}
    case
        when {{ group_number }} = 0 then '00'
        when {{ group_number }} = 1 then '01-04'
        when {{ group_number }} = 18 then '85+'
        else concat(
            lpad(cast(({{ group_number }} - 1) * 5 as {{ string_type() }}), 2, '0'),
            '-',
            lpad(cast(({{ group_number }} - 1) * 5 + 4 as {{ string_type() }}), 2, '0')
        )
    end
{%- endmacro %}
