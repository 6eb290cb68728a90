{# Days as completed months, as SEER computes survival: floor(days / (365.24 / 12)), kept exact in whole hundredths. #}
{% macro completed_months(days) -%}
    cast(floor(({{ days }}) * 1200 / 36524.0) as integer)
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
