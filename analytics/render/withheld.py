"""Sections of which nothing can be told: the sentence that stands where their numbers would.

Not delivered (nobody looked) comes before not estimable (asked, and no data to answer with).
"""

from __future__ import annotations

from analytics.questions.deliveries import LISTING
from analytics.questions.registry import ANALYSES
from analytics.render.lookup import first
from analytics.results.document import Results


def withheld(results: Results) -> dict[str, str]:
    """Section to sentence; a section that has something to show is not in it."""
    why = {each.section: sentence_of(results, *each.needs) or each.why_empty(results) for each in ANALYSES}
    return {section: sentence for section, sentence in why.items() if sentence}


def lacks_registry(results: Results) -> bool:
    """Whether no registry listing was delivered."""
    return first(results.not_delivered, item=LISTING) is not None


def sentence_of(results: Results, *items: str) -> str:
    """What was not delivered of these items and what to deliver; empty where all were.

    Without a registry listing, which holds them all, it is that alone.
    """
    registry = first(results.not_delivered, item=LISTING)
    if items and registry:
        return f"{registry.reason} {registry.remedy}"
    absent = [row for item in items if (row := first(results.not_delivered, item=item))]
    return " ".join(f"{row.reason} {row.remedy}".strip() for row in absent)
