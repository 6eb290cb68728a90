"""Every analysis, in the order of their provenance. A new one is a file beside this and a line here."""

from __future__ import annotations

from analytics.questions import (
    characteristics,
    competing_risks,
    era_comparison,
    incidence_by_era,
    institution_cases,
    latency,
    misclassification,
    published_numbers,
    screening,
    standardised_incidence,
    survival_after_index,
    survival_after_second,
)
from analytics.questions.analysis import Analysis, Question

ANALYSES: tuple[Analysis, ...] = tuple(
    question.ANALYSIS
    for question in (
        screening,
        characteristics,
        incidence_by_era,
        latency,
        survival_after_index,
        era_comparison,
        survival_after_second,
        competing_risks,
        standardised_incidence,
        misclassification,
        institution_cases,
        published_numbers,
    )
)

ORDER = (
    "included", "characteristics", "incidence", "sir", "latency", "eras", "survival", "after", "competing",
    "unknown", "hospital", "published",
)  # fmt: skip
"""The analyses on the page; one that is not named comes after them."""


def on_the_page() -> list[Analysis]:
    """The analyses in the order of their sections."""
    return sorted(
        ANALYSES, key=lambda each: ORDER.index(each.section) if each.section in ORDER else len(ORDER)
    )


def questions() -> dict[str, Question]:
    """By their key, the questions of analyses that have no field of `Results`."""
    return {each.keys[0]: each.question for each in ANALYSES if each.question}


def row_types() -> dict[str, type]:
    """The types of their rows."""
    return {key: question.row for key, question in questions().items()}
