{# What a hospital wrote, or null where it wrote one of the ways of saying nothing. #}
{% macro given(column) -%}
    case
        when lower({{ trimmed(column) }}) not in ('', 'na', 'n/a', 'nd', 'nk', '/', '-', '--', '.', 'unknown', '无', '不详', '未知')
            then {{ trimmed(column) }}
    end
{%- endmacro %}


{# 'Yes', 'No', or null: three states, so not a boolean. #}
{% macro yes_or_no(column) -%}
    case
        when lower({{ trimmed(column) }}) in ('yes', 'y', 'true', '1', '是', '有') then 'Yes'
        when lower({{ trimmed(column) }}) in ('no', 'n', 'none', 'false', '0', '否', '无') then 'No'
    end
{%- endmacro %}


{# 'Male', 'Female', or null. #}
{% macro hospital_sex(column) -%}
    case
        when lower({{ trimmed(column) }}) in ('male', 'm', '1', '男', '男性') then 'Male'
        when lower({{ trimmed(column) }}) in ('female', 'f', '2', '女', '女性') then 'Female'
    end
{%- endmacro %}


{# 'alive', 'dead', or null. #}
{% macro hospital_vital_status(column) -%}
    case
        when lower({{ trimmed(column) }}) in ('alive', 'living', '1', '存活', '生存') then 'alive'
        when lower({{ trimmed(column) }}) in ('dead', 'died', 'deceased', '0', '死亡') then 'dead'
    end
{%- endmacro %}


{# '+', '-', or null. A lone '-' is a finding here, where elsewhere it says nothing. #}
{% macro positive_or_negative(column) -%}
    case
        when lower({{ trimmed(column) }}) in ('+', 'positive', 'pos', '阳性') then '+'
        when lower({{ trimmed(column) }}) in ('-', 'negative', 'neg', '阴性') then '-'
    end
{%- endmacro %}
