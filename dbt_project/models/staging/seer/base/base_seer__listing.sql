{# Lines of a SEER*Stat case listing, in labels. #}
{{ research_lines('seer_listing') }}
