{# Lines of SEER's fixed-width files: the columns of a case listing, in codes. #}
{{ research_lines('seer_ascii') }}
