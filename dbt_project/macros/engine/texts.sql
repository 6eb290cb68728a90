{# Text without the blanks at its ends, of every width that is written in the world. #}
{% macro trimmed(text) -%}
    {{ return(adapter.dispatch('trimmed', 'metachron')(text)) }}
{%- endmacro %}


{% macro default__trimmed(text) -%}
    trim({{ text }})
{%- endmacro %}


{# Spark's trim knows the common space alone; these are all of Unicode's, the ideographic among them. #}
{% macro spark__trimmed(text) -%}
    trim(both '{{ " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000" }}' from {{ text }})
{%- endmacro %}


{# A text of the study as an SQL literal, so that an apostrophe in a title cannot end it. #}
{% macro text_literal(value) -%}
    '{{ adapter.dispatch('escaped', 'metachron')(value | string | trim) }}'
{%- endmacro %}


{% macro default__escaped(text) -%}
    {{ text | replace("'", "''") }}
{%- endmacro %}


{# Spark's literals have backslash escapes, and no doubled apostrophes. #}
{% macro spark__escaped(text) -%}
    {{ text | replace("\\", "\\\\") | replace("'", "\\'") }}
{%- endmacro %}
