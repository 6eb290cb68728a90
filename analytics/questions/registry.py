"""Every analysis, in the order of the page. A new one is a file beside this and a line here."""

from __future__ import annotations

from analytics.questions import (
    characteristics,
    competing_risks,
    data_quality,
    fair_eras,
    incidence_by_era,
    institution_cases,
    latency,
    misclassification,
    parametric_survival,
    published_numbers,
    screening,
    standardised_incidence,
    survival_after_index,
    survival_after_second,
)
from analytics.questions.analysis import Analysis, FurtherRows

ANALYSES: tuple[Analysis, ...] = tuple(
    question.ANALYSIS
    for question in (
        screening,
        characteristics,
        incidence_by_era,
        standardised_incidence,
        latency,
        fair_eras,
        survival_after_index,
        survival_after_second,
        parametric_survival,
        competing_risks,
        misclassification,
        institution_cases,
        published_numbers,
        data_quality,
    )
)


def questions() -> dict[str, FurtherRows]:
    """By their key, the questions of analyses that have no field of `Results`."""
    return {each.keys[0]: each.further for each in ANALYSES if each.further}


def row_types() -> dict[str, type]:
    """The types of their rows."""
    return {key: question.row for key, question in questions().items()}
