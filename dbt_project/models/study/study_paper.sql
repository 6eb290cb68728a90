{% set study = study_definition() %}
{% if execute %}
{% set paper = study.get('paper', {}) %}

select
    {{ text_literal(paper.get('authors', '')) }} as authors,
    {{ text_literal(paper.get('title', '')) }} as title,
    {{ text_literal(paper.get('journal', '')) }} as journal,
    cast({{ paper.get('year', 0) }} as integer) as year,
    {{ text_literal(paper.get('doi', '')) }} as doi
where {{ 'true' if paper else 'false' }}
{% endif %}
