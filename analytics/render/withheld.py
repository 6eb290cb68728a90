"""Sections of which nothing can be told: the sentence that stands where their numbers would.

Not delivered (nobody looked) comes before not estimable (asked, and no data to answer with).
"""

from __future__ import annotations

from analytics.questions.registry import ANALYSES
from analytics.render.lookup import first
from analytics.results.document import Results


def withheld(results: Results) -> dict[str, str]:
    """Section to sentence; a section that has something to show is not in it."""
    found = {each.section: said for each in ANALYSES if (said := sentence_of(results, *each.needs))}
    return _without_answer(results) | found


def sentence_of(results: Results, *items: str) -> str:
    """What was not delivered of these items and what to deliver; empty where all were."""
    absent = [row for item in items if (row := first(results.not_delivered, item=item))]
    return " ".join(f"{row.reason} {row.remedy}".strip() for row in absent)


def _without_answer(results: Results) -> dict[str, str]:
    second = results.study.second_short_label
    nobody = f"Not estimable: nobody had {second}."
    said: dict[str, str] = {}
    if results.cohort.n_second == 0:
        said |= {"latency": nobody, "after": nobody}
    if not results.fair_eras.horizons:
        said["eras"] = results.fair_eras.reason or "Not estimable: there are no two eras to compare."
    if results.misclassification is None:
        said["unknown"] = "Not estimable: a group or a level of the recorded table is empty."
    if not any(analysis.strata for analysis in results.competing):
        said["competing"] = "Not estimable: nobody was followed."
    if (whole := results.sir[0]).state != "value":
        said["sir"] = whole.reason or ""
    return said
